"""Write staged documents to the books: add new ones, rewrite changed ones, record both for undo."""

from django.db import connection

from catalog.models import Product
from core.parts import monthly_parts
from core.tracking import announce
from customers.models import Country, Customer
from imports.corrections import record_corrections
from imports.matching import (
    NOWHERE,
    match_countries,
    match_customers,
    match_products,
    record_created_rows,
)
from imports.models import Import
from imports.staging import Staging
from imports.steps import step
from imports.tax_rates import find_tax_rates
from imports.writers import WriteProgress, insert, money_value, utc_text
from orders import exchange_rates
from orders.models import ExchangeRate, Order, OrderItem

# Column of orders_order → SQL over the staged orders o, their countries c and people p
ORDER = {
    "kind": "o.kind",
    "customer_id": "p.id",
    "country_id": "c.id",
    "status": "case when o.kind = 'return' then 'refunded' else o.status end",
    "placed_at": "o.utc_time",
    "placed_on": "cast(o.local_time as date)",
    "currency": "o.currency",
    "tax_included": "o.tax_included",
    "exchange_rate": "o.exchange_rate",
    "subtotal": "o.subtotal",
    "discount": "o.discount",
    "shipping": "o.freight",
    "tax": "o.tax",
    "total": "o.total",
}
AMOUNTS = ("exchange_rate", "subtotal", "discount", "shipping", "tax", "total")


def stored_documents(source: str) -> list[tuple]:
    """(number, order id, fingerprint, locked) of the orders that this source brought before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select o.number, o.id, d.fingerprint, exists (select 1 from orders_orderitem i "
            "where i.order_id = o.id and i.returned > 0) from orders_order o "
            "left join imports_document d on d.order_id = o.id where o.source = %s",
            [source],
        )
        # SQLite and MySQL answer `exists` with 1 or 0.
        return [(number, pk, known, bool(locked)) for number, pk, known, locked in cursor]


@step(reads="checked", writes="")
def known_rates(staging: Staging) -> list[tuple]:
    """All exchange rates of the books; loads missing ones that the file needs."""
    currencies = staging.run(
        "select currency, cast(min(local_time) as date) from checked where currency is not null "
        "and local_time is not null group by currency"
    )
    for currency, day in currencies:
        # Only the first day: `load_around` loads the rates of all later days with it.
        earlier = ExchangeRate.objects.filter(currency=currency, date__lte=day)
        if exchange_rates.is_published(currency) and not earlier.exists():
            exchange_rates.load_around(day, currency)
    rates = ExchangeRate.objects.order_by("currency", "date")
    return list(rates.values_list("currency", "date", "rate"))


def write_documents(
    staging: Staging, run: Import, source: str, on_progress: WriteProgress
) -> dict[str, int]:
    """Write new and changed documents in the caller's transaction; how many rows were created."""
    # First, so that nothing is created for documents that are not written.
    drop_unchanged(staging)
    match_countries(staging)
    match_products(staging)
    match_customers(staging)
    months = changed_months(staging)
    added = add_orders(staging, run, source)
    rewrite_orders(staging, run)
    add_to_orders(staging, run)
    add_lines(staging, on_progress)
    record_created_rows(staging, run)
    record_corrections(staging)
    announce_changes(staging, months | changed_months(staging))
    return {
        "orders": added,
        **{
            f"{kind}s": staging.scalar(f"select count(*) from {table} where made")
            for kind, table in (("product", "products"), ("customer", "people"))
        },
        "countries": staging.scalar("select count(*) from countries where made"),
    }


@step(reads="orders lines", writes="orders lines")
def drop_unchanged(staging: Staging) -> None:
    """Leave out documents that are in the books with the same content."""
    staging.run("delete from orders where action = 'unchanged'")
    staging.run("delete from lines where document not in (select document from orders)")


def _order_values(staging: Staging, action: str, *more: str) -> str:
    values = [
        money_value(sql) if name in AMOUNTS else utc_text(sql) if name == "placed_at" else sql
        for name, sql in ORDER.items()
    ]
    return (
        f"select {', '.join([*values, *more])} from orders o "
        f"join countries c on c.text = coalesce(o.country, '{NOWHERE}') "
        "left join people p on p.code = coalesce(o.customer, o.email) "
        f"where o.action = '{action}' order by o.first"
    )


@step(reads="orders countries people numbers", writes="numbers orders")
def add_orders(staging: Staging, run: Import, source: str) -> int:
    """Insert the new orders and their documents, and note the ids in `orders`; how many."""
    # LOAD DATA and COPY return no ids: they are those above the newest, with the file's own source,
    # as the shop may sell meanwhile.
    newest = Order.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    # SQL knows nothing of the defaults of Django's models.
    fixed = {"source": source, "voucher_value": 0, "voucher_amount": 0, "shipping_tax": 0}
    query = _order_values(staging, "new", "o.document")
    added = insert("orders_order", [*ORDER, "number"], staging, query, fixed=fixed)
    rows = Order.objects.filter(pk__gt=newest, source=source).values_list("number", "pk")
    staging.create("numbers")
    staging.insert_rows("numbers", list(rows))
    staging.run(
        "update orders set order_id = n.id from numbers n where n.document = orders.document"
    )
    insert(
        "imports_document",
        ["order_id", "fingerprint", "status", "total"],
        staging,
        f"select o.order_id, o.fingerprint, {ORDER['status']}, {money_value('o.total')} "
        "from orders o where o.action = 'new'",
        fixed={"run_id": run.pk},
    )
    return added


@step(reads="orders countries people", writes="")
def rewrite_orders(staging: Staging, run: Import) -> None:
    """Update the headers of changed documents and delete their lines: `add_lines` adds the new."""
    rows = staging.run(_order_values(staging, "changed", "o.fingerprint", "o.order_id"))
    if not rows:
        return
    status, total = list(ORDER).index("status"), list(ORDER).index("total")
    setting = ", ".join(f"{name} = %s" for name in ORDER)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"update orders_order set {setting} where id = %s", [(*r[:-2], r[-1]) for r in rows]
        )
        cursor.executemany(
            "delete from orders_orderitem where order_id = %s", [r[-1:] for r in rows]
        )
        cursor.executemany(
            "update imports_document set changed_by_id = %s, fingerprint = %s, status = %s, "
            "total = %s where order_id = %s",
            [(run.pk, r[-2], r[status], r[total], r[-1]) for r in rows],
        )


@step(reads="orders", writes="")
def add_to_orders(staging: Staging, run: Import) -> None:
    """Add the amounts of corrected rows to the stored order; `add_lines` adds their lines."""
    amounts = ("subtotal", "discount", "shipping", "tax", "total")
    values = ", ".join(money_value(ORDER[name]) for name in amounts)
    rows = staging.run(f"select {values}, o.order_id from orders o where o.action = 'added'")
    if not rows:
        return
    setting = ", ".join(f"{name} = {name} + %s" for name in amounts)
    with connection.cursor() as cursor:
        cursor.executemany(f"update orders_order set {setting} where id = %s", rows)
        cursor.executemany(
            "update imports_document set changed_by_id = %s, total = total + %s "
            "where order_id = %s",
            [(run.pk, *row[-2:]) for row in rows],
        )


@step(reads="lines orders products nominal", writes="")
def add_lines(staging: Staging, on_progress: WriteProgress) -> None:
    """Insert the lines of new, changed and corrected orders."""
    columns = {
        "order_id": "o.order_id",
        "product_id": "p.id",
        "quantity": "l.quantity",
        "unit_price": money_value("l.unit_price"),
    }
    fixed: dict[str, str | int] = {"voucher_share": 0, "returned": 0}
    rates = ""
    if staging.scalar("select count(*) from lines where discount <> 0 or tax <> 0"):
        find_line_tax_rates(staging)
        rates = "left join nominal n on n.line = l.line "
        columns |= {
            "discount": money_value("l.discount"),
            "tax": money_value("l.tax"),
            "tax_rate": money_value("coalesce(n.rate, 0)"),
            "tax_rate_source": "coalesce(n.source, '')",
        }
    else:
        fixed |= {"discount": 0, "tax": 0, "tax_rate": 0, "tax_rate_source": ""}
    query = (
        f"select {', '.join(columns.values())} from lines l join orders o using (document) "
        f"join products p using (sku) {rates}order by o.order_id, l.record"
    )
    insert("orders_orderitem", list(columns), staging, query, fixed=fixed, on_progress=on_progress)


@step(reads="lines orders countries", writes="lines taxed")
def find_line_tax_rates(staging: Staging) -> None:
    """Number the lines and find the nominal tax rate of those with tax."""
    staging.run(
        "create or replace table lines as select *, row_number() over () as line from lines"
    )
    staging.create("taxed")
    spread = "coalesce(o.order_tax > 0, false)::integer"
    staging.run(
        "insert into taxed select l.line, c.id, cast(o.local_time as date), "
        "l.quantity * l.unit_price - l.discount, l.tax, l.quantity, o.tax_included, l.declared, "
        f"o.currency, {spread} from lines l join orders o using (document) "
        f"join countries c on c.text = coalesce(o.country, '{NOWHERE}') where l.tax > 0"
    )
    find_tax_rates(staging)


@step(reads="orders", writes="")
def changed_months(staging: Staging) -> set[str]:
    """The months of these orders, in the file and in the books: call it before and after writing,
    because a changed order may move to another month."""
    days = staging.run("select distinct date_trunc('month', local_time)::date from orders")
    changed = [
        pk
        for (pk,) in staging.run("select order_id from orders where action in ('changed', 'added')")
    ]
    stored = Order.objects.filter(pk__in=changed).values_list("placed_on", flat=True).distinct()
    return {f"{day:%Y-%m}" for day in [*(day for (day,) in days), *stored]}


@step(reads="products people countries", writes="")
def announce_changes(staging: Staging, months: set[str]) -> None:
    """Announce to the ledger which of its parts changed: bulk inserts send no signals."""
    parts = monthly_parts(OrderItem.ledger_parts, months)
    announce(Order, parts)
    for model, table in ((Product, "products"), (Customer, "people"), (Country, "countries")):
        if staging.scalar(f"select count(*) from {table} where made"):
            announce(model, set(model.ledger_parts))
