"""Every address × method × person, as the URLconf has them, against the table of roles."""

import re

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver
from rest_framework.permissions import AllowAny
from rest_framework.test import APIClient

from accounts.models import User
from accounts.roles import GRANTS, Role, allowed
from analytics.api.legacy.charts import names_of
from analytics.faces import FACES
from catalog.models import Category, Tag
from core import throttles
from customers.models import Country, Customer
from imports.models import Import, Mapping
from orders.models import Order, OrderItem, TaxRate

pytestmark = pytest.mark.once

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


@pytest.fixture
def ids(shop):
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


def named(address):
    """With the name of an analysis that the same resource opens."""
    return re.sub(r"<([a-z-]+)-analysis:name>", lambda found: names_of(found[1])[0], address)


def ask(client, method, address, pk):
    """The answer to a request that leaves no trace."""
    throttles.forget()
    address = address.replace(f"(?P<suffix>{'|'.join(FACES)})", "csv")
    address = named(address)
    path = "/" + re.sub(r"\(\?P<pk>[^)]*\)", str(pk), address).replace("\\", "")
    body = {"data": {}} if method in ("post", "put", "patch") else {}
    if "imports" in address or "bulk" in address:
        body = {**body, "format": "multipart"} if body else {}
    with transaction.atomic():
        answer = getattr(client, method)(path, **body)
        transaction.set_rollback(True)
    return answer


def text_of(answer) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode(errors="replace")  # some are pictures


def expected(role, resource, action):
    if action is None:
        return {405}
    if not allowed(role, resource, action):
        return {403}
    return {200, 201, 204, 400, 409} | ({404} if resource in OWNED else set())


def pages():
    """(address, resource, action) of every page that `for_roles` guards."""
    for address, view in routes():
        if hasattr(view, "resource") and not hasattr(view, "cls"):
            yield address, view.resource, view.action


def test_every_route_is_declared():
    known = {address for address, *_ in [*declared(), *pages()]} | OPEN | {NOTHING_THERE}
    assert {address for address, _ in routes()} - known == set()
    assert {resource for _, resource, _ in declared()} <= GRANTS.keys()


def test_only_routes_that_are_listed_are_open_to_everybody():
    opened = {
        address
        for address, view in routes()
        if AllowAny in getattr(getattr(view, "cls", None), "permission_classes", ())
    }
    assert opened - OPEN == set()


def test_no_address_has_a_second_spelling():
    assert [address for address, _ in routes() if "format" in address] == []


def test_nobody_gets_in_without_signing_in(ids):
    stranger = APIClient()
    for address, resource, _ in declared():
        for method in METHODS:
            answer = ask(stranger, method, address, ids.get(resource, (1,))[0])
            assert answer.status_code == 401, (method, address)
            assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("role", [*Role, ""])
def test_a_role_may_do_what_the_table_says_and_nothing_else(role, ids, signed_in, shop):
    client = signed_in(role, shop.germany)
    for address, resource, actions in declared():
        for method in METHODS:
            answer = ask(client, method, address, ids.get(resource, (1,))[0])
            asked = (method, address, text_of(answer))
            assert answer.status_code in expected(role, resource, actions.get(method)), asked


@pytest.mark.parametrize("role", [Role.MANAGER, ""])
def test_nothing_of_another_country_is_ever_answered(role, ids, signed_in, shop):
    client = signed_in(role, shop.germany)
    for address, resource, actions in declared():
        for foreign, pk in enumerate(ids.get(resource, (1,))):
            if pk is None:
                continue
            for method in METHODS:
                answer = ask(client, method, address, pk)
                asked = (method, address, text_of(answer))
                assert not any(word in asked[2] for word in SENTINELS), asked
                action = actions.get(method)
                if foreign and "pk" in address and action and allowed(role, resource, action):
                    assert answer.status_code == 404, asked


def test_the_sentinels_are_there_for_those_who_may_see_them(ids, signed_in):
    client = signed_in(Role.ADMIN)
    for path in ("customers", "orders", "order-items", "tax-rates", "purchases"):
        text = client.get(f"/api/{path}/?page_size=500").content.decode()
        assert any(word in text for word in SENTINELS), path


def test_somebody_who_is_not_active_may_do_nothing(ids, signed_in):
    client = signed_in(Role.ADMIN)
    User.objects.filter(pk=client.user.pk).update(is_active=False)
    client.user.refresh_from_db()
    assert client.get("/api/products/").status_code == 403
    assert Category.objects.exists()


def opened(client, address, ids, resource):
    path = re.sub(r"<int:[a-z_]+>", str(ids.get(resource, (1,))[0]), f"/{address}")
    path = path.replace("<path:path>", "revenue/monthly")
    answer = client.get(path)
    return client.post(path) if answer.status_code == 405 else answer


def test_pages_ask_strangers_to_sign_in(ids):
    for address, resource, _ in pages():
        answer = opened(Client(), address, ids, resource)
        assert answer.status_code == 302, address
        assert answer["Location"].startswith("/accounts/login/?next=/"), address


@pytest.mark.parametrize("role", Role)
def test_pages_open_to_the_roles_of_the_table(role, ids, signed_in, shop):
    client, user = Client(), signed_in(role, shop.germany).user
    for address, resource, action in pages():
        client.force_login(user, "accounts.backends.EmailOrUsername")  # some pages sign out
        status = opened(client, address, ids, resource).status_code
        told = (address, status)
        assert (status == 403) == (not allowed(role, resource, action)), told
        assert status in (200, 302, 400, 403, 404, 405, 409), told
