"""DuckDB in this process: it reads the hot copy, and from Parquet what that does not have."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import duckdb
import ibis
import pyarrow as pa
from django.conf import settings

from core.parts import Part
from ledger.bounds import TooExpensive, batches_within_bounds, within_bounds
from ledger.hot_copy import copied_parts, newest_copy, rows_of, set_aside
from ledger.models import Snapshot
from ledger.sources import files_of, table_columns

T = TypeVar("T")
Config = dict[str, str | bool | int | float | list[str]]
LOOK_EVERY = 1  # seconds between two looks for a newer hot copy
log = logging.getLogger("ledgerlight.ledger")


class Duck:
    """The engine: a database over the newest hot copy, and one without for all that it lacks."""

    # Otherwise all rows and columns of a part would be read before any is left out.
    inlined = "AS NOT MATERIALIZED"
    has_totals_of_nothing = True  # by GROUPING SETS, of no rows

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.parquet = Database(folder)
        self.hot: Database | None = None
        self.opening = threading.Lock()
        self.look_at = 0.0

    def compile(self, query: ibis.Table) -> str:
        return ibis.to_sql(query, dialect="duckdb", pretty=False)

    def text_literal(self, text: str) -> str:
        """A text as SQL writes it, whatever is in it."""
        return "'" + text.replace("'", "''") + "'"

    def fetch(self, snapshot: Snapshot, sql: str) -> pa.Table:
        return self.read(lambda database: database.fetch(snapshot, sql))

    def reader(self, snapshot: Snapshot, sql: str, rows: int) -> pa.RecordBatchReader:
        """Batches of this many rows."""

        def open_reader(database: Database) -> pa.RecordBatchReader:
            batches = database.reader(snapshot, sql, rows)
            return self.guarded(database, batches) if database.path else batches

        return self.read(open_reader)

    def read(self, run: Callable[["Database"], T]) -> T:
        """Where the hot copy is damaged, the answer comes from Parquet."""
        self.open_newest_copy()
        hot = self.hot
        if hot is None:
            return run(self.parquet)
        try:
            return run(hot)
        except TooExpensive:
            raise
        # Any other: each kind of damage raises another one. Parquet says whether the query is it.
        except Exception:
            answer = run(self.parquet)
            self.give_up(hot)
            return answer

    def guarded(self, hot: "Database", batches: pa.RecordBatchReader) -> pa.RecordBatchReader:
        """An answer that breaks off cannot begin again elsewhere, but the next one can."""

        def read() -> Iterator[pa.RecordBatch]:
            try:
                yield from batches
            except TooExpensive:
                raise
            except Exception:
                self.give_up(hot)
                raise

        return pa.RecordBatchReader.from_batches(batches.schema, read())

    def open_newest_copy(self) -> None:
        now = time.monotonic()
        # Who finds another thread opening it reads from what there is.
        if now < self.look_at or not self.opening.acquire(blocking=False):
            return
        try:
            self.look_at = now + LOOK_EVERY
            path = newest_copy(self.folder)
            if path and (self.hot is None or self.hot.path != path):
                # The one before is closed when the last query that reads it has ended.
                self.hot = Database(self.folder, path)
        except (duckdb.Error, OSError) as error:
            # The worker cannot read it either, and writes another one.
            log.warning("A hot copy cannot be opened; reports are read from Parquet: %s", error)
        finally:
            self.opening.release()

    def give_up(self, hot: "Database") -> None:
        if self.hot is hot and hot.path:
            self.hot = None
            set_aside(hot.path)


class Database:
    """A database of DuckDB, with a cursor for each thread: over a hot copy, or without tables."""

    def __init__(self, folder: Path, hot_copy: Path | None = None):
        self.path = hot_copy
        self.base = duckdb.connect(
            str(hot_copy or ":memory:"),
            read_only=hot_copy is not None,
            config=memory_config(settings.LEDGER_READ_MB),
        )
        self.copied: dict[str, dict[str, str]] = {name: {} for name in table_columns()}
        for part, file in (copied_parts(self.base) if hot_copy else {}).items():
            self.copied[Part.parse(part).table][part] = file
        # Files never change, so their metadata may be cached. Their contents are cached by the
        # operating system; DuckDB would keep those of deleted files, up to its memory limit.
        self.base.execute("set parquet_metadata_cache = true")
        self.base.execute("set enable_external_file_cache = false")
        self.base.execute("set allocator_flush_threshold = '1MB'")  # frees memory sooner
        # No SQL that gets here can read anything outside of the ledger's folder.
        self.base.execute(f"set allowed_directories = ['{folder}']")
        # After the folders, which can no longer be set then.
        self.base.execute("set enable_external_access = false")
        self.base.execute("set lock_configuration = true")
        self.local = threading.local()

    def fetch(self, snapshot: Snapshot, sql: str) -> pa.Table:
        cursor, statement = self.cursor(), self.with_tables(snapshot, sql)
        with within_bounds(cursor):
            return cursor.execute(statement).to_arrow_table()

    def reader(self, snapshot: Snapshot, sql: str, rows: int) -> pa.RecordBatchReader:
        # A cursor of its own: the thread runs other queries before the last batch is read.
        cursor, statement = self.base.cursor(), self.with_tables(snapshot, sql)
        with within_bounds(cursor):
            batches = cursor.execute(statement).to_arrow_reader(rows)
        return batches_within_bounds(cursor, batches)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        # A connection runs one query at a time, and opening a cursor takes 1 to 2 ms.
        if not hasattr(self.local, "cursor"):
            self.local.cursor = self.base.cursor()
        return self.local.cursor

    def with_tables(self, snapshot: Snapshot, sql: str) -> str:
        """The query, with a `with` clause for the tables that are not as the snapshot has them.

        Views for each snapshot would do the same, but DuckDB would plan every new one twice.
        """
        files = {table: files_of(snapshot, table) for table in tables_named_in(sql)}
        # Not materialized: otherwise a table named twice is read whole, with all columns and rows.
        tables = [
            f'"{table}" as not materialized ({self.select(table, wanted)})'
            for table, wanted in files.items()
            if self.path is None or wanted != self.copied[table]
        ]
        return f"with {', '.join(tables)}{after_with_clause(sql)}" if tables else sql

    def select(self, table: str, wanted: dict[str, str]) -> str:
        """SQL for the rows of a table: from the copy where it has the same file, else from it."""
        copied = self.copied[table]
        missing = [file for part, file in wanted.items() if copied.get(part) != file]
        outdated = [part for part, file in copied.items() if wanted.get(part) != file]
        if len(outdated) == len(copied):
            return select_files(table, missing)
        kept = " and ".join(f"not ({rows_of(Part.parse(part))})" for part in outdated)
        rows = f'select * from main."{table}"' + (f" where {kept}" if kept else "")
        return f"{rows} union all {select_files(table, missing)}" if missing else rows


def memory_config(megabytes: int) -> Config:
    """The memory limit of a connection, and the folder for what exceeds it."""
    return {"memory_limit": f"{megabytes}MB", "temp_directory": str(spill_folder())}


def spill_folder() -> Path:
    return settings.LEDGER_FOLDER / "spill"


def after_with_clause(sql: str) -> str:
    """The query as it follows a `with` clause; its own becomes part of that clause."""
    return f", {sql[5:]}" if sql.startswith("WITH ") else f" {sql}"


@lru_cache(maxsize=4096)
def tables_named_in(sql: str) -> tuple[str, ...]:
    """The tables that a query may read; a column of the same name does no harm."""
    # Ibis quotes every name.
    return tuple(table for table in table_columns() if f'"{table}"' in sql)


def select_files(table: str, files: list[str]) -> str:
    if files:
        paths = [f"{settings.LEDGER_FOLDER}/{file}" for file in files]
        return f"select * from read_parquet({paths})"
    # read_parquet() of no files is an error.
    empty = ", ".join(f"null::{kind} as {name}" for name, kind in table_columns()[table].items())
    return f"select {empty} where false"
