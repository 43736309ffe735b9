"""A ledger of many lines, made by DuckDB from a small one: to import them would take hours.

Each copy of the small ledger has orders, lines and customers of its own, on the same days of one of
ten years. Products and countries are the same.
"""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import duckdb
from django.conf import settings
from django.utils import timezone

from ledger.build import add_snapshot
from ledger.files import Writer
from ledger.models import Snapshot
from ledger.sources import table_files
from ledger.tables import LINES, ORDERS, TableDefinition

YEARS = 10
MOVED_DAY = "(day - to_months(months))::date"
MOVED = {
    "order_id": "order_id + copy * orders_of_a_copy",
    "customer_id": "customer_id + copy * customers_of_a_copy",
    "placed_at": "placed_at - to_months(months)",
    "day": MOVED_DAY,
}
MOVED_LINES = MOVED | {"line_id": "line_id + copy * lines_of_a_copy"}
MOVED_ORDERS = MOVED | {
    "returns_id": "returns_id + copy * orders_of_a_copy",
    "number": "number || '-' || copy",
}
MOVED_CUSTOMERS = {
    "customer_id": MOVED["customer_id"],
    "code": "code || '-' || copy",
    "registered_on": "(registered_on - to_months(months))::date",
}


def multiply_ledger(copies: int) -> Snapshot:
    """The next snapshot, with so many times the lines of the newest one."""
    newest = Snapshot.objects.newest()
    with Writer(settings.LEDGER_FOLDER) as writer, duckdb.connect() as con:
        open_base(con, newest, copies)
        files = newest.files | write_copies(writer, con)
        writer.fsync_directory()
        snapshot = add_snapshot(newest, files, created_at=timezone.now())
        writer.keep()
    return snapshot


def open_base(con: duckdb.DuckDBPyConnection, snapshot: Snapshot, copies: int) -> None:
    for table, paths in table_files(snapshot).items():
        if table in ("lines", "orders", "customers"):
            con.execute(f"create table {table} as from read_parquet({paths})")
    # Copy 0 keeps its ids and days.
    a_year = max(1, copies // YEARS)
    con.execute(f"""create table copies as
        select copy, 12 * (copy // {a_year}) as months,
            (select max(line_id) from lines) as lines_of_a_copy,
            (select max(order_id) from orders) as orders_of_a_copy,
            (select max(customer_id) from customers) as customers_of_a_copy
        from range({copies}) t(copy)""")


def write_copies(writer: Writer, con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    query = copied("customers", MOVED_CUSTOMERS, "order by customer_id")
    files = {"customers": writer.write(con, "customers", query)}
    months = f"select distinct {month_number(MOVED_DAY)} from orders, copies order by 1"
    for [month] in con.execute(months).fetchall():
        name = date(month // 12, month % 12 + 1, 1).strftime("%Y-%m")
        files[f"lines/{name}"] = write_month(writer, con, f"lines/{name}", MOVED_LINES, LINES)
        files[f"orders/{name}"] = write_month(writer, con, f"orders/{name}", MOVED_ORDERS, ORDERS)
    return files


def write_month(
    writer: Writer,
    con: duckdb.DuckDBPyConnection,
    part: str,
    moved: dict[str, str],
    definition: TableDefinition,
) -> str:
    table, _, month = part.partition("/")
    # As an equality, so that DuckDB joins the rows only to the copies that move them there.
    first = month_number(f"date '{month}-01'")
    wanted = f"{first} + months = {month_number('day')}"
    query = copied(table, moved, f"where {wanted} order by {definition.order_by}")
    return writer.write(con, part, query)


def month_number(day: str) -> str:
    return f"(year({day}) * 12 + month({day}) - 1)"


def copied(table: str, moved: dict[str, str], rest: str) -> str:
    values = ", ".join(f"{value} as {name}" for name, value in moved.items())
    moved_rows = f"{table}.* replace ({values})"
    return f"select {moved_rows} from {table}, copies {rest}"


def multiply_month(books: Path, month: str, copies: int) -> int:
    """In the books on SQLite; returns the number of lines of the month."""
    with closing(sqlite3.connect(books, timeout=60)) as con, con:
        chosen = "select id from orders_order where strftime('%Y-%m', placed_on) = ?"
        con.execute(f"create temp table chosen as {chosen}", [month])
        con.execute(f"""create temp table copies as
            with recursive numbers(copy) as (
                select 1 union all select copy + 1 from numbers where copy < {copies})
            select copy from numbers where copy < {copies}""")
        highest = "select (select max(id) from orders_order), max(id) from orders_orderitem"
        orders, lines = con.execute(highest).fetchone()
        moved = {"id": f"id + copy * {orders}", "number": "number || '-' || copy"}
        insert_copies(con, "orders_order", "id", moved)
        moved = {"id": f"id + copy * {lines}", "order_id": f"order_id + copy * {orders}"}
        insert_copies(con, "orders_orderitem", "order_id", moved)
        con.execute("insert into chosen select chosen.id + copy * ? from chosen, copies", [orders])
        count = "select count(*) from orders_orderitem where order_id in (select id from chosen)"
        return con.execute(count).fetchone()[0]


def insert_copies(con: sqlite3.Connection, table: str, order: str, moved: dict[str, str]) -> None:
    names = [row[1] for row in con.execute(f"pragma table_info({table})")]
    values = ", ".join(moved.get(name, name) for name in names)
    con.execute(f"""insert into {table} ({", ".join(names)}) select {values}
        from {table}, copies where {order} in (select id from chosen)""")
