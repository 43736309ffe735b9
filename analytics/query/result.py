"""What a query finds in one state of the ledger. It is always the same, so a little is remembered;
much is read bit by bit, where a face needs no more at once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import pyarrow as pa

from analytics.query.cache import Memory
from analytics.semantics.report import Column
from ledger import repair
from ledger.engine import engine
from ledger.models import Snapshot

ARROW = {
    "money": pa.decimal128(38, 4),
    "share": pa.decimal128(38, 6),
    "number": pa.decimal128(38, 6),
    "count": pa.int64(),
    "id": pa.int64(),
    "date": pa.date32(),
    "month": pa.date32(),
}
BIT = 6_144  # rows: three times as many as DuckDB works on at once
FEW = 4  # bits: fewer are as good as one table
SMALL = 2**20  # bytes
OF_A_COLUMN = 1000  # bytes for its name, type and place
tables = Memory(8 * 2**20)
# DuckDB plans with one core, so two questions at once are answered sooner than one after the other.
beside = ThreadPoolExecutor(2)


@dataclass(frozen=True)
class Found:
    """Rows that are read when somebody needs them."""

    snapshot: Snapshot
    queries: tuple[str, ...]  # asked one after the other
    columns: tuple[Column, ...]

    def begin(self) -> "Found":
        """Ask while something else is asked too: whoever needs the rows waits for them."""
        if any((self.snapshot.token, sql) not in tables for sql in self.queries):
            self.__dict__["begun"] = beside.submit(self.read, fetch_without_repair)
        return self

    @cached_property
    def table(self) -> pa.Table:
        begun = self.__dict__.pop("begun", None)
        return self.read() if begun is None or begun.exception() else begun.result()

    def read(self, ask: Callable | None = None) -> pa.Table:
        parts = [(ask or fetch)(self.snapshot, sql) for sql in self.queries]
        return typed(pa.concat_tables(parts), self.columns)

    def bits(self) -> Iterator[pa.Table]:
        """The first are read at once: what cannot be read is known before anything is said."""
        first, *others = self.queries
        return chain(self.bits_of(first), chain.from_iterable(map(self.bits_of, others)))

    def bits_of(self, sql: str) -> Iterator[pa.Table]:
        if (self.snapshot.token, sql) in tables:
            return slices(typed(fetch(self.snapshot, sql), self.columns))
        schema, first, others = repair.begin(self.snapshot, sql, BIT, FEW)
        if len(first) < FEW:
            whole = pa.Table.from_batches(first, schema)
            return slices(typed(remembered(self.snapshot, sql, lambda: whole), self.columns))
        tables_of = (pa.Table.from_batches([batch]) for batch in chain(first, others))
        return (typed(bit, self.columns) for bit in tables_of)


def slices(table: pa.Table) -> Iterator[pa.Table]:
    return (table.slice(start, BIT) for start in range(0, table.num_rows, BIT))


def fetch(snapshot: Snapshot, sql: str) -> pa.Table:
    return remembered(snapshot, sql, lambda: repair.fetch(snapshot, sql))


def fetch_without_repair(snapshot: Snapshot, sql: str) -> pa.Table:
    """For a thread beside the request's: it leaves the books alone."""
    return remembered(snapshot, sql, lambda: engine().fetch(snapshot, sql))


def remembered(snapshot: Snapshot, sql: str, make: Callable[[], pa.Table]) -> pa.Table:
    return tables.get((snapshot.token, sql), lambda: trimmed(make()), room)


def room(table: pa.Table) -> int:
    return table.nbytes + table.num_columns * OF_A_COLUMN


def trimmed(table: pa.Table) -> pa.Table:
    """The same without the room to grow in that DuckDB gives each column: hundreds of kilobytes for
    a few numbers, held for as long as the answer is remembered."""
    if table.nbytes > SMALL or not table.num_rows:
        return table
    columns = [pa.concat_arrays(column.chunks) for column in table.columns]
    return pa.Table.from_arrays(columns, schema=table.schema)


def typed(table: pa.Table, columns) -> pa.Table:
    """Amounts as decimals of fixed places, months and days as dates, on whatever engine."""
    cast = {column.name: as_kind(table[column.name], column.kind) for column in columns}
    return pa.table(cast)


def as_kind(values: pa.ChunkedArray, kind: str) -> pa.ChunkedArray:
    wanted = ARROW.get(kind, values.type)
    return values if values.type == wanted else values.cast(wanted)
