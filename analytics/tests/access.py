"""Every address of the URLconf, and a row of each resource, own and foreign."""

import re

from django.apps import apps
from django.urls import URLPattern, get_resolver

from analytics.api.legacy.charts import names_of
from catalog.models import Tag
from customers.models import Country, Customer
from imports.models import Import, Mapping
from orders.models import Order, OrderItem, TaxRate

METHODS = ("get", "post", "put", "patch", "delete")
FAR = 98765000  # the id and amount of everything in the foreign country
SENTINELS = (str(FAR), "SENTINEL")

# Open to everybody: ways to sign in, descriptions without data, and redirects.
OPEN = {
    "", "healthz", "favicon.ico", "swagger/", "redoc/", "swagger.json",
    "api/docs/", "api/redoc/", "api/health/",
    "docs/?", "openapi.json", "health/?",
    "accounts/verify/<str:token>/",
    "accounts/reset/<str:token>/", "accounts/login/", "accounts/logout/", "accounts/register/",
    "accounts/reset/", "api/token/", "api/token/refresh/", "api/auth/login/",
    "api/auth/logout/", "api/auth/register/", "api/auth/verify-email/",
    "api/auth/password/reset/", "api/auth/password/reset/confirm/", "exports/leave/<str:ticket>/",
}  # fmt: skip
NOTHING_THERE = "api/"
OWNED = {"exports", "schedules", "alerts"}  # those of others are not there


def routes(patterns=None, prefix=""):
    """(address, view) of every route but those of the admin, which has tests of its own."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        address = prefix + str(pattern.pattern).removeprefix("^").removesuffix("$")
        if address.startswith("admin/"):
            continue
        if isinstance(pattern, URLPattern):
            yield address, pattern.callback
        else:
            yield from routes(pattern.url_patterns, address)


def declared():
    """(address, resource, {method: action}) of every route that roles decide about."""
    for address, view in routes():
        cls = getattr(view, "cls", None)
        if address not in OPEN and hasattr(cls, "resource"):
            actions = getattr(view, "actions", None) or cls.actions
            served = {method: a for method, a in actions.items() if method in cls.http_method_names}
            yield address, cls.resource, served


def with_analysis_name(address):
    """With the name of an analysis that the same resource opens."""
    return re.sub(r"<([a-z-]+)-analysis:name>", lambda found: names_of(found[1])[0], address)


def ids_by_resource(shop) -> dict[str, tuple[int, int | None]]:
    """The id of an own and of a foreign row of each resource."""
    mug = shop.product("mug", category="Mugs")
    own = shop.sell((mug, 2))
    far = Country.objects.create(pk=FAR, name="SENTINEL land", code="XS", currency="EUR")
    rate = TaxRate.objects.create(pk=FAR, country=far, rate="19", valid_from="2020-01-01")
    spy = Customer.objects.create(
        pk=FAR, code="SENTINEL", name="SENTINEL", email="SENTINEL@example.com", country=far
    )
    sent = {"segment_name": "frequent_segment", "segment": "0-4", "held_out": False}
    vouchers = [
        apps.get_model("recommendations", "Voucher").objects.create(
            customer=customer, country=customer.country, amount=amount, **sent
        )
        for customer, amount in ((shop.anna, 5), (spy, FAR))
    ]
    bought = {"source": "purchases", "number": "1", "currency": "EUR"}
    purchase = Order.objects.create(country=shop.germany, **bought)
    theirs = Order.objects.create(
        pk=FAR,
        number="SENTINEL",
        customer=spy,
        country=far,
        currency="EUR",
        total=FAR,
        subtotal=FAR,
    )
    their_purchase = Order.objects.create(
        pk=FAR + 9, customer=spy, country=far, total=FAR, **(bought | {"number": "SENTINEL"})
    )
    line = OrderItem.objects.create(
        pk=FAR, order=theirs, product=mug, quantity=1, unit_price=FAR, tax_rate="19"
    )
    return {
        "products": (mug.pk, None),
        "categories": (mug.category_id, None),
        "tags": (Tag.objects.create(name="gift").pk, None),
        "inventory": (mug.inventory.pk, None),
        "customers": (shop.anna.pk, spy.pk),
        "customer-value": (shop.anna.pk, spy.pk),
        "recommendations": (shop.anna.pk, spy.pk),
        "vouchers": (vouchers[0].pk, vouchers[1].pk),
        "orders": (own.pk, theirs.pk),
        "order-tax": (own.pk, theirs.pk),
        "order-items": (own.items.get().pk, line.pk),
        "countries": (shop.germany.pk, far.pk),
        "tax-rates": (shop.germany.tax_rates.get().pk, rate.pk),
        "imports": (Import.objects.create(name="a.csv", size=1, state="failed").pk, None),
        "purchases": (purchase.pk, their_purchase.pk),
        "import-mappings": (Mapping.objects.create(name="own", columns={}).pk, None),
    }
