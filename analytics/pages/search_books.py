"""Customers, products and orders by what somebody types.

A few thousand rows are searched through. Of more only those are found that begin so, by ranges of
indexes, for the answer to take no longer in a large shop.
"""

from collections.abc import Iterator

from django.db.models import Case, F, Q, QuerySet, Value, When
from django.utils import timezone

from accounts.models import User
from analytics.pages.search_matching import EXACT, INSIDE, START, WORD, Hit
from catalog.models import Product
from core.fields import PrefixOrder
from core.tables import search_rows
from customers.models import Customer
from orders.models import Order
from orders.templatetags.amounts import amount

FEW = 5000  # rows that are searched through
CANDIDATES = 100  # rows that are read from each range of an index
LIMIT = 6


def customers(user: User, text: str) -> list[Hit]:
    rows = matching(Customer.objects.for_user(user), text, "name", "email", "code")
    return [
        Hit(row.name, f"/customers/{row.pk}/", customer_detail(row), rank=row.rank)
        for row in rows.select_related("country")[:LIMIT]
    ]


def customer_detail(customer: Customer) -> str:
    return f"{customer.country} · {customer.email or customer.code}"


def products(user: User, text: str) -> list[Hit]:
    rows = matching(Product.objects.for_user(user), text, "name", "sku")
    return [Hit(row.name, f"/products/{row.pk}/", row.sku, rank=row.rank) for row in rows[:LIMIT]]


def orders(user: User, text: str) -> list[Hit]:
    rows = matching(Order.objects.for_user(user), text, "number", signs=("", "#"))
    return [
        Hit(row.number, f"/orders/{row.pk}/", order_detail(row), rank=row.rank)
        for row in rows[:LIMIT]
    ]


def order_detail(order: Order) -> str:
    # A return has one status only, which says no more than its kind.
    what = "Return" if order.kind == Order.Kind.RETURN else order.get_status_display().capitalize()
    day = timezone.localtime(order.placed_at)
    total = amount(order.total, order.currency)
    return f"{what} · {day:%-d %b %Y} · {total} {order.currency}"


def matching(rows: QuerySet, text: str, *fields: str, signs: tuple[str, ...] = ("",)) -> QuerySet:
    """The rows with the text in one of the fields, the best first; the first field names a row.
    In the books one of the signs may be before the text: Shopify's numbers begin with #."""
    if rows.order_by()[: FEW + 1].count() <= FEW:
        found = search_rows(rows, text, *fields)
    else:
        beginnings = [sign + spelling for sign in signs for spelling in spellings(text)]
        # Found without the scope, for which databases would read all rows of a country.
        ids = candidates(rows.model.objects.all(), fields, beginnings)
        found = rows.filter(pk__in=set(ids))
    return found.annotate(rank=rank(text, fields)).order_by("rank", fields[0], "pk")


def spellings(text: str) -> list[str]:
    """Indexes compare byte for byte, but people do not mind upper and lower case."""
    cases = text, text.lower(), text.upper(), text.title(), text.capitalize()
    return list(dict.fromkeys(cases))


def candidates(rows: QuerySet, fields: tuple[str, ...], beginnings: list[str]) -> Iterator[int]:
    """Ids of rows with a field that begins so, the first ones of each range of an index."""
    for field in fields:
        for beginning in beginnings:
            # One range at a time: of several at once databases sort all rows.
            found = rows.filter(**{f"{field}__prefix": beginning})
            in_order = found.order_by(PrefixOrder(F(field)), "pk")
            yield from in_order.values_list("pk", flat=True)[:CANDIDATES]


def rank(text: str, fields: tuple[str, ...]) -> Case:
    def any_field(lookup: str, value: str) -> Q:
        return Q(*((f"{field}__{lookup}", value) for field in fields), _connector=Q.OR)

    return Case(
        When(any_field("iexact", text), then=Value(EXACT)),
        When(any_field("istartswith", text), then=Value(START)),
        When(any_field("icontains", f" {text}"), then=Value(WORD)),
        default=Value(INSIDE),
    )
