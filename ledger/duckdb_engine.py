"""DuckDB in this process: one database, a cursor for each thread."""

import threading
from functools import lru_cache
from pathlib import Path

import duckdb
import ibis
import pyarrow as pa
from django.conf import settings

from ledger.models import Snapshot
from ledger.sources import table_columns, table_files

Config = dict[str, str | bool | int | float | list[str]]


class Duck:
    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        self.base = duckdb.connect(config=memory_config(settings.LEDGER_READ_MB))
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

    def compile(self, query: ibis.Table) -> str:
        return ibis.to_sql(query, dialect="duckdb", pretty=False)

    def fetch(self, snapshot: Snapshot, sql: str) -> pa.Table:
        return self.cursor().execute(with_file_tables(snapshot, sql)).to_arrow_table()

    def reader(self, snapshot: Snapshot, sql: str, rows: int) -> pa.RecordBatchReader:
        """Batches of this many rows.

        It has a cursor of its own: the thread runs other queries before the last batch is read.
        """
        return self.base.cursor().execute(with_file_tables(snapshot, sql)).to_arrow_reader(rows)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        # A connection runs one query at a time, and opening a cursor takes 1 to 2 ms.
        if not hasattr(self.local, "cursor"):
            self.local.cursor = self.base.cursor()
        return self.local.cursor


def memory_config(megabytes: int) -> Config:
    """The memory limit of a connection, and the folder for what exceeds it."""
    spill = settings.LEDGER_FOLDER / "spill"
    return {"memory_limit": f"{megabytes}MB", "temp_directory": str(spill)}


def with_file_tables(snapshot: Snapshot, sql: str) -> str:
    """The query with a `with` clause that defines the ledger's tables by the snapshot's files.

    Views for each snapshot would do the same, but DuckDB would plan every new one twice.
    """
    files = table_files(snapshot)
    # Not materialized: otherwise a table named twice is read whole, with all its columns and rows.
    tables = (
        f'"{name}" as not materialized ({select_files(name, files[name])})'
        for name in tables_named_in(sql)
    )
    return f"with {', '.join(tables)}{after_with_clause(sql)}"


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
        return f"select * from read_parquet({files})"
    # read_parquet() of no files is an error.
    empty = ", ".join(f"null::{kind} as {name}" for name, kind in table_columns()[table].items())
    return f"select {empty} where false"
