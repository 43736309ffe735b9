"""Writes the files of the books' parts: whole, or the last file with only its changed rows anew.

Both give the same rows in the same order. Reading and computing a month takes as long as it has
lines; copying its file without a few orders, and with their new rows, takes a small part of that.
"""

from collections.abc import Iterable

import duckdb
from django.conf import settings

from core.parts import Part, days_of_month, monthly_parts, months_of_parts
from ledger.book_reader import FromBooks
from ledger.files import Writer, is_whole
from ledger.models import Snapshot
from ledger.sources import is_usable
from ledger.tables import DOCUMENTS, LINES, ORDERS, UNPARTITIONED, TableDefinition

# Where more than one row in so many changed, everything is read.
LEAST_ROWS_FOR_EACH_CHANGE = 4

# The ids of the changed rows of each part; None where any row may have changed.
ChangedRows = dict[str, set[int] | None]


class BookFiles:
    """The parts of one state of the books, and the files that they had in the snapshot before."""

    def __init__(
        self,
        writer: Writer,
        con: duckdb.DuckDBPyConnection,
        from_books: FromBooks,
        since: Snapshot | None,
    ) -> None:
        self.writer, self.con, self.from_books = writer, con, from_books
        self.before = since.book_files() if since else {}

    def write(self, changes: ChangedRows) -> dict[str, str | None]:
        """New files for these parts; None for a month that has no rows now."""
        files: dict[str, str | None] = {}
        for month in sorted(months_of_parts(changes)):
            parts = monthly_parts(("lines", "orders"), [month])
            changed = merged_rows(changes[part] for part in parts & changes.keys())
            files |= self.write_month(month, changed)
        for part in sorted(changes.keys() & set(UNPARTITIONED)):
            files[part] = self.write_table(part, changes[part])
        return files

    def write_table(self, part: str, changed: set[int] | None) -> str:
        table = UNPARTITIONED[part]
        if not changed or not self.can_be_copied(part, changed):
            return self.writer.write(self.con, part, table.query(self.from_books(table.book_sql)))
        self.read("changed_rows", table, f"{table.book_id} {in_list(changed)}")
        return self.write_copy(part, table, "temp.changed_rows", changed)

    def write_month(self, month: str, changed: set[int] | None) -> dict[str, str | None]:
        """Writes lines and orders together: an order's amounts are the sums of its lines."""
        lines, orders = str(Part("lines", month)), str(Part("orders", month))
        is_copy = changed and all(self.can_be_copied(part, changed) for part in (orders, lines))
        ids = in_list(changed) if changed and is_copy else self.range_of_ids(month)
        if ids is None:
            return dict.fromkeys((lines, orders))
        # In this order: LINES joins temp.documents, and ORDERS sums temp.lines.
        for name, table in (("documents", DOCUMENTS), ("lines", LINES)):
            self.read(name, table, f"{days_of(month)} and {table.book_id} {ids}")
        if not (changed and is_copy):
            queries = {lines: "from temp.lines", orders: ORDERS.query("")}
            return {part: self.writer.write(self.con, part, sql) for part, sql in queries.items()}
        self.con.execute(f"create or replace temp table orders as {ORDERS.query('')}")
        return {
            lines: self.write_copy(lines, LINES, "temp.lines", changed),
            orders: self.write_copy(orders, ORDERS, "temp.orders", changed),
        }

    def read(self, name: str, table: TableDefinition, condition: str) -> None:
        """Make a temporary table of these rows of the books."""
        query = table.query(self.from_books(f"{table.book_sql} where {condition}"))
        self.con.execute(f"create or replace temp table {name} as {query}")

    def can_be_copied(self, part: str, changed: set[int]) -> bool:
        """Whether the last file of a part can be copied without the changed rows."""
        file = self.before.get(part)
        # Its content is checked: a copy of a damaged file would look like a whole one.
        if file is None or not is_usable(file) or not is_whole(file):
            return False
        rows = self.con.read_parquet(f"{settings.LEDGER_FOLDER}/{file.name}").count("*").fetchone()
        # This also keeps at least one row: a month without rows has no file.
        return rows is not None and len(changed) * LEAST_ROWS_FOR_EACH_CHANGE <= rows[0]

    def write_copy(self, part: str, table: TableDefinition, new: str, changed: set[int]) -> str:
        """The last file without the changed rows, and the new ones.

        Only what lies between the first and the last new row is sorted. The rest is in order, and
        sorting it would take longer than copying it.
        """
        path = f"{settings.LEDGER_FOLDER}/{self.before[part].name}"
        kept = f"select * from read_parquet('{path}') where {table.key} not {in_list(changed)}"
        column = table.order_by.split(",")[0]
        [(first, last)] = self.con.execute(
            f"select min({column}), max({column}) from {new}"
        ).fetchall()
        if first is not None:
            between = f"{kept} and {column} between '{first}' and '{last}' union all from {new}"
            kept = f"""{kept} and {column} < '{first}'
                union all from ({between} order by {table.order_by})
                union all {kept} and {column} > '{last}'"""
        return self.writer.write(self.con, part, kept)

    def range_of_ids(self, month: str) -> str | None:
        """The ids of a month's orders; with them, lines are found by their index."""
        query = f"""select min(id) as first_id, max(id) as last_id from orders_order
            where {days_of(month)}"""
        [(first, last)] = self.con.execute(self.from_books(query)).fetchall()
        return first and f"between {first} and {last}"


def days_of(month: str) -> str:
    return "placed_on between '{}' and '{}'".format(*days_of_month(month))


def in_list(ids: Iterable[int]) -> str:
    return f"in ({', '.join(map(str, sorted(ids)))})"


def rows_by_part(changes: Iterable[tuple[str, int | None]]) -> ChangedRows:
    """From pairs of a part and the id of a changed row of it, or None."""
    rows: dict[str, list[set[int] | None]] = {}
    for part, row in changes:
        rows.setdefault(part, []).append(None if row is None else {row})
    return {part: merged_rows(changed) for part, changed in rows.items()}


def merged_rows(changes: Iterable[set[int] | None]) -> set[int] | None:
    merged: set[int] = set()
    for rows in changes:
        if rows is None:
            return None
        merged |= rows
    return merged
