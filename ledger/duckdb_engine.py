"""DuckDB inside of this process: a cursor for each thread, and nothing kept but open files."""

import threading
from functools import lru_cache

import duckdb
import ibis
import pyarrow as pa
from django.conf import settings

from ledger.sources import columns, sources


class Duck:
    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.base = duckdb.connect(config=memory(settings.LEDGER_READ_MB))
        # Files never change, so what was read of their ends stays true. Their contents are cached
        # by the system; DuckDB would keep those of files that are gone, up to its limit.
        self.base.execute("set parquet_metadata_cache = true")
        self.base.execute("set enable_external_file_cache = false")
        self.base.execute("set allocator_flush_threshold = '1MB'")  # gives room back sooner
        # Whatever SQL gets here reads the ledger's folder and nothing else.
        self.base.execute(f"set allowed_directories = ['{folder}']")
        self.base.execute("set enable_external_access = false")
        self.base.execute("set lock_configuration = true")
        self.own = threading.local()

    def compile(self, query: ibis.Table) -> str:
        return ibis.to_sql(query, dialect="duckdb", pretty=False)

    def fetch(self, snapshot, sql: str) -> pa.Table:
        return self.cursor().execute(of_files(snapshot, sql)).to_arrow_table()

    def reader(self, snapshot, sql: str, rows: int) -> pa.RecordBatchReader:
        """So many rows at a time. With a cursor of its own: others are asked before it is read."""
        return self.base.cursor().execute(of_files(snapshot, sql)).to_arrow_reader(rows)

    def cursor(self):
        if not hasattr(self.own, "cursor"):
            self.own.cursor = self.base.cursor()
        return self.own.cursor


def memory(megabytes: int) -> dict[str, str]:
    """What a connection may use, and where it puts what needs more."""
    spill = settings.LEDGER_FOLDER / "spill"
    return {"memory_limit": f"{megabytes}MB", "temp_directory": str(spill)}


def of_files(snapshot, sql: str) -> str:
    """The query with the names of the ledger's tables standing for the files of this snapshot.

    Views for each snapshot would say the same, but DuckDB would plan every new one twice.
    """
    files = sources(snapshot)
    named = (f'"{name}" as not materialized ({rows(name, files[name])})' for name in named_in(sql))
    return f"with {', '.join(named)}{inner(sql)}"


def inner(sql: str) -> str:
    """The query as it follows other names: those that it gives itself come after them."""
    return f", {sql[5:]}" if sql.startswith("WITH ") else f" {sql}"


@lru_cache(maxsize=4096)
def named_in(sql: str) -> tuple[str, ...]:
    """The tables that a query may ask; a column of the same name does no harm."""
    return tuple(table for table in columns() if f'"{table}"' in sql)


def rows(table: str, files: list[str]) -> str:
    if files:
        return f"select * from read_parquet({files})"
    empty = ", ".join(f"null::{kind} as {name}" for name, kind in columns()[table].items())
    return f"select {empty} where false"
