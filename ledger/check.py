"""Compares the ledger with the books: rows and monthly sums, computed through the models."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

import duckdb
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from catalog.models import Category, Inventory, Product
from core.parts import Part, monthly_parts, months_of_parts
from customers.models import Country, Customer
from ledger.book_reader import consistent_read
from ledger.files import damaged_parts
from ledger.models import Dirty, Snapshot
from orders.models import Order, OrderItem

PLACES = Decimal("0.0001")
AMOUNTS = ("units", "returned_units", "revenue", "tax", "costed", "cost")
# Ids are summed too: their sums differ when a row belongs to another product or customer.
SUMMED_COLUMNS = {
    "lines": (*AMOUNTS, "product_id", "first_of_product"),
    "orders": (*AMOUNTS, "customer_id", "country_id", "shipping", "voucher"),
}
# Parts that are compared row by row: the model, its columns, and the same columns of the ledger.
ROW_COLUMNS = {
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
        "product_id, sku, product, price, unit_cost, category_id, category, is_active, category_1,"
        " category_2, category_3",
    ),
    "product_tags": (Product.tags.through, "product tag__name", "product_id, tag"),
}


CATEGORY_ID = 5  # among the columns of products
DEPTHS = 3

Sums = dict[str, Decimal | int]


class Difference(NamedTuple):
    part: str
    key: object  # the name of a sum, or the id of a row
    books: object
    ledger: object

    def __str__(self) -> str:
        return f"{self.part}: {self.key} is {self.books} in the books, {self.ledger} in the ledger"


def differences() -> Iterator[Difference]:
    """Between the books and the newest snapshot, without the parts that changed since."""
    # Changes and rows of the same moment: a write in between is no difference.
    with consistent_read(), duckdb.connect() as con:
        changed = set(Dirty.objects.values_list("part", flat=True))
        newest = Snapshot.objects.newest()
        files, damaged = newest.files, damaged_parts(newest) - changed
        for part in sorted(damaged):
            yield Difference(part, "the file", "needed", "damaged")
        for part in sorted(ROW_COLUMNS.keys() - changed - damaged):
            yield from part_differences(con, part, book_rows(part), files)
        # Months of both: a month whose orders are all gone must have no file.
        for month in sorted(months_with_orders() | months_of_parts(files)):
            if not changed & monthly_parts(("lines", "orders"), [month]):
                for name, sums in book_sums(month).items():
                    part = str(Part(name, month))
                    if part not in damaged:
                        yield from part_differences(con, part, sums, files)


def part_differences(
    con: duckdb.DuckDBPyConnection, part: str, books: dict, files: dict[str, str]
) -> Iterator[Difference]:
    ledger = ledger_values(con, part, files[part]) if part in files else {}
    for key in sorted(books.keys() | ledger.keys()):
        pair = books.get(key, "missing"), ledger.get(key, "missing")
        if pair[0] != pair[1]:
            yield Difference(part, key, *pair)


def ledger_values(con: duckdb.DuckDBPyConnection, part: str, file: str) -> dict:
    """The rows of a part by id, or the sums of a month."""
    rows = con.read_parquet(str(settings.LEDGER_FOLDER / file))
    name = Part.parse(part).table
    if name in ROW_COLUMNS:
        return by_key(part, rows.select(ROW_COLUMNS[name][2]).fetchall())
    sums = {"rows": "count(*)", "canceled": "count(*) filter (status = 'canceled')"}
    sums |= {column: f"coalesce(sum({column}), 0)" for column in SUMMED_COLUMNS[name]}
    [values] = rows.aggregate(", ".join(sums.values())).fetchall()
    return dict(zip(sums, values, strict=True))


def book_rows(part: str) -> dict[int, tuple]:
    model, columns, _ = ROW_COLUMNS[part]
    rows = [
        tuple(timezone.localdate(v) if isinstance(v, datetime) else v for v in row)
        for row in model.objects.order_by().values_list(*columns.split())
    ]
    return by_key(part, with_depths(rows) if part == "products" else rows)


def by_key(part: str, rows: Iterable[tuple]) -> dict:
    if part == "product_tags":  # a product has a row for each of them
        return dict.fromkeys(rows, "there")
    return {row[0]: row[1:] for row in rows}


def with_depths(products: Iterable[tuple]) -> Iterator[tuple]:
    """Rows of products, and the names of the upper three categories around each of them."""
    rows = Category.objects.order_by().values_list("pk", "name", "parent")
    categories = {pk: (name, parent) for pk, name, parent in rows}
    for product in products:
        path = category_path(categories, product[CATEGORY_ID])
        yield *product, *[*path, *[None] * DEPTHS][:DEPTHS]


def category_path(categories: dict[int, tuple[str, int | None]], pk: int | None) -> list[str]:
    """From the root. Categories in a circle and those inside them have none, and stand alone."""
    names: list[str] = []
    seen: set[int] = set()
    above = pk
    while above is not None:
        if above in seen:
            return names[-1:]
        seen.add(above)
        name, above = categories[above]
        names.insert(0, name)
    return names


def months_with_orders() -> set[str]:
    days = Order.objects.order_by().values_list("placed_on", flat=True).distinct()
    return {f"{day:%Y-%m}" for day in days}


def book_sums(month: str) -> dict[str, Sums]:
    """The sums of a month's lines and of its orders.

    Orders have the sums of their lines, and their own. Their tax is that of lines and shipping.
    """
    start = date.fromisoformat(f"{month}-01")
    end = (start + timedelta(days=32)).replace(day=1)
    orders = Order.objects.filter(placed_on__gte=start, placed_on__lt=end).order_by()
    items = OrderItem.objects.filter(order__placed_on__gte=start, order__placed_on__lt=end)
    lines, own = line_sums(items.order_by()), order_sums(orders)
    own["tax"] += lines["tax"]
    return {"lines": lines, "orders": {column: lines[column] for column in AMOUNTS} | own}


def line_sums(items: QuerySet) -> Sums:
    sums: Sums = dict.fromkeys(("rows", "canceled", *SUMMED_COLUMNS["lines"]), 0)
    rows = items.values_list(
        "order", "product", "quantity", "unit_price", "unit_cost", "discount", "tax",
        "order__kind", "order__status", "order__exchange_rate", "order__tax_included",
    )  # fmt: skip
    products_of_orders = set()
    for (
        order,
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
        # In Python on purpose: SQL like the ledger's could have the same mistake.
        is_sale = kind == Order.Kind.SALE
        net = base_amount(quantity * price - discount - (tax if included else 0), rate, is_sale)
        sums["rows"] += 1
        sums["canceled"] += status == Order.Status.CANCELED
        sums["product_id"] += product
        products_of_orders.add((order, product))
        sums["units" if is_sale else "returned_units"] += quantity
        sums["revenue"] += net
        sums["tax"] += base_amount(tax, rate, is_sale)
        if cost is not None:
            sums["costed"] += net
            sums["cost"] += base_amount(cost * quantity, rate, is_sale)
    sums["first_of_product"] = len(products_of_orders)
    return sums


def order_sums(orders: QuerySet) -> Sums:
    """The sums that orders have in addition to those of their lines; `tax` is that on shipping."""
    own = SUMMED_COLUMNS["orders"][len(AMOUNTS) :]
    sums: Sums = dict.fromkeys(("rows", "canceled", "tax", *own), 0)
    for order in orders.iterator():
        is_sale, rate = order.kind == Order.Kind.SALE, order.exchange_rate
        sums["rows"] += 1
        sums["canceled"] += order.status == Order.Status.CANCELED
        sums["customer_id"] += order.customer_id or 0
        sums["country_id"] += order.country_id
        shipping = order.shipping - (order.shipping_tax if order.tax_included else 0)
        sums["shipping"] += base_amount(shipping, rate, is_sale)
        sums["tax"] += base_amount(order.shipping_tax, rate, is_sale)
        sums["voucher"] += base_amount(order.voucher_amount, rate, True) if is_sale else 0
    return sums


def base_amount(amount: Decimal, rate: Decimal, is_sale: bool) -> Decimal:
    """In the base currency; negative for returns."""
    if rate != 1:
        # As DuckDB rounds when the ledger casts to decimal(18, 4).
        amount = (amount * rate).quantize(PLACES, ROUND_HALF_UP)
    return amount if is_sale else -amount
