"""A table of the ledger that is read when it is needed: whole, or in batches where it is long."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from itertools import chain

import pyarrow as pa

from analytics.query.cache import cache
from analytics.semantics.kinds import KINDS
from analytics.semantics.report import Column
from ledger import repair
from ledger.bounds import TooExpensive
from ledger.engine import engine
from ledger.models import Snapshot

BATCH_ROWS = 6_144  # three times as many as DuckDB works on at once
MAX_CACHED_BATCHES = 4  # a table of fewer batches is read whole and cached
SMALL = 2**20  # bytes
COLUMN_OVERHEAD = 1000  # bytes for the name, type and place of a column
# DuckDB plans with one core, so two queries at once are answered sooner than one after the other.
executor = ThreadPoolExecutor(2)


class LazyTable:
    """The rows of one or more statements, one after the other, with the types of the columns."""

    def __init__(
        self,
        snapshot: Snapshot,
        write_statements: Callable[[], tuple[str, ...]],
        columns: tuple[Column, ...],
    ):
        self.snapshot, self.columns = snapshot, columns
        # A pivot reads levels only: the SQL of its rows would be compiled for nobody.
        self.write_statements = write_statements
        self.reading: Future[pa.Table] | None = None

    @cached_property
    def statements(self) -> tuple[str, ...]:
        return self.write_statements()

    def read_ahead(self) -> None:
        """Begin to read in another thread, which must not write to the books: it repairs no damaged
        file. Where it fails, `table` reads again, with repair."""
        if not all(is_cached(self.snapshot, sql) for sql in self.statements):
            # Here, because the other thread's connection sees nothing of an open transaction.
            _ = self.snapshot.tables
            self.reading = executor.submit(self.read, fetch_without_repair)

    @cached_property
    def table(self) -> pa.Table:
        reading, self.reading = self.reading, None
        error = reading and reading.exception()
        if reading is None or (error and not isinstance(error, TooExpensive)):
            return self.read(fetch_table)
        return reading.result()

    def read(self, fetch_rows: Callable[[Snapshot, str], pa.Table]) -> pa.Table:
        parts = [fetch_rows(self.snapshot, sql) for sql in self.statements]
        return with_types(pa.concat_tables(parts), self.columns)

    def batches(self) -> Iterator[pa.Table]:
        """The first are read at once, so an error comes before anything is sent."""
        first, *others = self.statements
        return chain(self.batches_of(first), chain.from_iterable(map(self.batches_of, others)))

    def batches_of(self, sql: str) -> Iterator[pa.Table]:
        if is_cached(self.snapshot, sql):
            return slices(with_types(fetch_table(self.snapshot, sql), self.columns))
        # Some batches ahead, because only the end of a result says how long it is.
        schema, first, others = repair.fetch_batches(
            self.snapshot, sql, BATCH_ROWS, MAX_CACHED_BATCHES
        )
        if len(first) < MAX_CACHED_BATCHES:
            whole = pa.Table.from_batches(first, schema)
            return slices(with_types(cached(self.snapshot, sql, lambda: whole), self.columns))
        # Not cached: a table this long would push out everything else.
        batches = (pa.Table.from_batches([batch]) for batch in chain(first, others))
        return (with_types(batch, self.columns) for batch in batches)


def slices(table: pa.Table) -> Iterator[pa.Table]:
    return (table.slice(start, BATCH_ROWS) for start in range(0, table.num_rows, BATCH_ROWS))


def fetch_table(snapshot: Snapshot, sql: str) -> pa.Table:
    return cached(snapshot, sql, lambda: repair.fetch_with_repair(snapshot, sql))


def fetch_without_repair(snapshot: Snapshot, sql: str) -> pa.Table:
    return cached(snapshot, sql, lambda: engine().fetch(snapshot, sql))


def cached(snapshot: Snapshot, sql: str, read: Callable[[], pa.Table]) -> pa.Table:
    return cache.get(cache_key(snapshot, sql), lambda: without_spare_memory(read()), table_size)


def is_cached(snapshot: Snapshot, sql: str) -> bool:
    return cache_key(snapshot, sql) in cache


def cache_key(snapshot: Snapshot, sql: str) -> tuple:
    # By token: unlike the number of a snapshot, it is never used again.
    return "table", snapshot.token, sql


def table_size(table: pa.Table) -> int:
    return table.nbytes + table.num_columns * COLUMN_OVERHEAD


def without_spare_memory(table: pa.Table) -> pa.Table:
    """The same without the spare memory that DuckDB gives each column: hundreds of kilobytes for a
    few numbers, held for as long as the table is cached."""
    if table.nbytes > SMALL or not table.num_rows:
        return table
    columns = [pa.concat_arrays(column.chunks) for column in table.columns]
    return pa.Table.from_arrays(columns, schema=table.schema)


def with_types(table: pa.Table, columns: tuple[Column, ...]) -> pa.Table:
    """Amounts as decimals of fixed places, months and days as dates, on whatever engine."""
    return pa.table({c.name: cast_to_kind(table[c.name], c.kind) for c in columns})


def cast_to_kind(values: pa.ChunkedArray, kind: str) -> pa.ChunkedArray:
    wanted = KINDS[kind].arrow
    return values if wanted in (None, values.type) else values.cast(wanted)
