"""Does the ledger say what the books say? Added up once more by another way, through the models."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

import duckdb
from django.conf import settings
from django.utils import timezone

from catalog.models import Inventory, Product
from core.parts import Part, monthly_parts, months_of_parts
from customers.models import Country, Customer
from ledger.book_reader import at_one_moment
from ledger.files import damaged
from ledger.models import Dirty, Snapshot
from orders.models import Order, OrderItem

PLACES = Decimal("0.0001")
AMOUNTS = ("units", "returned_units", "revenue", "tax", "costed", "cost")
ADDED_UP = {  # ids too: their sums tell when a row went to somebody else
    "lines": (*AMOUNTS, "product_id"),
    "orders": (*AMOUNTS, "customer_id", "country_id", "shipping", "voucher"),
}
# For each of the other parts the model, and the same columns of the model and of the ledger
WHOLE = {
    "countries": (Country, "id name code", "country_id, country, country_code"),
    "customers": (
        Customer,
        "id code name country registered_at",
        "customer_id, code, customer, country_id, registered_on",
    ),
    "inventory": (
        Inventory,
        "product quantity reorder_level lead_time_days",
        "product_id, on_hand, reorder_level, lead_time_days",
    ),
    "products": (
        Product,
        "id sku name price cost category category__name is_active",
        "product_id, sku, product, price, unit_cost, category_id, category, is_active",
    ),
}


class Difference(NamedTuple):
    part: str
    what: object  # a sum, or the id of a row
    books: object
    ledger: object

    def __str__(self):
        return f"{self.part}: {self.what} is {self.books} in the books, {self.ledger} in the ledger"


def differences() -> Iterator[Difference]:
    """Between the books and the newest snapshot. What was changed since is left out."""
    with at_one_moment(), duckdb.connect() as con:
        changed = set(Dirty.objects.values_list("part", flat=True))
        newest = Snapshot.objects.newest()
        files, broken = newest.files, damaged(newest) - changed
        for part in sorted(broken):
            yield Difference(part, "the file", "needed", "damaged")
        for part in sorted(WHOLE.keys() - changed - broken):
            yield from compared(con, part, rows_of_books(part), files)
        for month in sorted(months() | months_of_parts(files)):
            if not changed & monthly_parts(("lines", "orders"), [month]):
                for name, sums in sums_of_books(month).items():
                    part = str(Part(name, month))
                    if part not in broken:
                        yield from compared(con, part, sums, files)


def compared(con, part: str, books: dict, files: dict[str, str]) -> Iterator[Difference]:
    ledger = of_ledger(con, part, files[part]) if part in files else {}
    for what in sorted(books.keys() | ledger.keys()):
        pair = books.get(what, "missing"), ledger.get(what, "missing")
        if pair[0] != pair[1]:
            yield Difference(part, what, *pair)


def of_ledger(con, part: str, file: str) -> dict:
    """The rows of a part by their ids, or the sums of a month's."""
    rows = con.read_parquet(str(settings.LEDGER_FOLDER / file))
    name = Part.parse(part).table
    if name in WHOLE:
        return {row[0]: row[1:] for row in rows.select(WHOLE[name][2]).fetchall()}
    sums = {"rows": "count(*)", "canceled": "count(*) filter (status = 'canceled')"}
    sums |= {what: f"coalesce(sum({what}), 0)" for what in ADDED_UP[name]}
    return dict(zip(sums, rows.aggregate(", ".join(sums.values())).fetchone(), strict=True))


def rows_of_books(part: str) -> dict[int, tuple]:
    model, columns, _ = WHOLE[part]
    return {
        row[0]: tuple(timezone.localdate(v) if isinstance(v, datetime) else v for v in row[1:])
        for row in model.objects.order_by().values_list(*columns.split())
    }


def months() -> set[str]:
    days = Order.objects.order_by().values_list("placed_on", flat=True).distinct()
    return {f"{day:%Y-%m}" for day in days}


def sums_of_books(month: str) -> dict[str, dict]:
    """The sums of a month's lines; and of its orders, which have those of their lines and more.

    The tax of orders is that of their lines and of their shipping.
    """
    start = date.fromisoformat(f"{month}-01")
    end = (start + timedelta(days=32)).replace(day=1)
    orders = Order.objects.filter(placed_on__gte=start, placed_on__lt=end).order_by()
    items = OrderItem.objects.filter(order__placed_on__gte=start, order__placed_on__lt=end)
    lines, own = sums_of_lines(items.order_by()), sums_of_orders(orders)
    own["tax"] += lines["tax"]
    return {"lines": lines, "orders": {what: lines[what] for what in AMOUNTS} | own}


def sums_of_lines(items) -> dict:
    sums = dict.fromkeys(("rows", "canceled", *ADDED_UP["lines"]), 0)
    rows = items.values_list(
        "product", "quantity", "unit_price", "unit_cost", "discount", "tax", "order__kind",
        "order__status", "order__exchange_rate", "order__tax_included",
    )  # fmt: skip
    for (
        product,
        quantity,
        price,
        cost,
        discount,
        tax,
        kind,
        status,
        rate,
        included,
    ) in rows.iterator():
        is_sale = kind == Order.Kind.SALE
        net = in_base(quantity * price - discount - (tax if included else 0), rate, is_sale)
        sums["rows"] += 1
        sums["canceled"] += status == Order.Status.CANCELED
        sums["product_id"] += product
        sums["units" if is_sale else "returned_units"] += quantity
        sums["revenue"] += net
        sums["tax"] += in_base(tax, rate, is_sale)
        if cost is not None:
            sums["costed"] += net
            sums["cost"] += in_base(cost * quantity, rate, is_sale)
    return sums


def sums_of_orders(orders) -> dict:
    """What orders have beside the sums of their lines; `tax` is that on shipping."""
    sums = dict.fromkeys(("rows", "canceled", "tax", *ADDED_UP["orders"][len(AMOUNTS) :]), 0)
    for order in orders.iterator():
        is_sale, rate = order.kind == Order.Kind.SALE, order.exchange_rate
        sums["rows"] += 1
        sums["canceled"] += order.status == Order.Status.CANCELED
        sums["customer_id"] += order.customer_id or 0
        sums["country_id"] += order.country_id
        shipping = order.shipping - (order.shipping_tax if order.tax_included else 0)
        sums["shipping"] += in_base(shipping, rate, is_sale)
        sums["tax"] += in_base(order.shipping_tax, rate, is_sale)
        sums["voucher"] += in_base(order.voucher_amount, rate, True) if is_sale else 0
    return sums


def in_base(amount: Decimal, rate: Decimal, is_sale: bool) -> Decimal:
    """In the base currency; what was given back is less than nothing."""
    if rate != 1:
        amount = (amount * rate).quantize(PLACES, ROUND_HALF_UP)
    return amount if is_sale else -amount
