"""DuckDB inside of this process: one database of views, a cursor for each thread."""

import threading
from functools import lru_cache

import duckdb
import ibis
import pyarrow as pa

from analytics.ledger.sources import COLUMNS, sources

OPEN_SNAPSHOTS = 8


class Duck:
    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.base = duckdb.connect()
        # Files never change, so what was read of them stays true.
        self.base.execute("set parquet_metadata_cache = true")
        self.base.execute("set validate_external_file_cache = 'NO_VALIDATION'")
        # Whatever SQL gets here reads the ledger's folder and nothing else.
        self.base.execute(f"set allowed_directories = ['{folder}']")
        self.base.execute("set enable_external_access = false")
        self.base.execute("set lock_configuration = true")
        self.own = threading.local()
        self.schemas: dict[str, set[str]] = {}
        self.opening = threading.Lock()

    def compile(self, query: ibis.Table) -> str:
        return ibis.to_sql(query, dialect="duckdb", pretty=False)

    def fetch(self, snapshot, sql: str) -> pa.Table:
        cursor = self.cursor()
        cursor.execute(f"use {self.schema(snapshot, named_in(sql))}")
        return cursor.execute(sql).to_arrow_table()

    def cursor(self):
        if not hasattr(self.own, "cursor"):
            self.own.cursor = self.base.cursor()
        return self.own.cursor

    def schema(self, snapshot, tables: frozenset[str]) -> str:
        """The snapshot's views, made when a query first names them; the schemas that were not asked
        for the longest are closed."""
        name = f"snapshot_{snapshot.token.hex}"
        with self.opening:
            if name not in self.schemas:
                self.base.execute(f"create schema {name}")
            views = self.schemas.pop(name, set())
            self.schemas[name] = views  # the last is the one that was used last
            if missing := tables - views:
                self.open(name, snapshot, missing)
                views |= missing
            while len(self.schemas) > OPEN_SNAPSHOTS:
                oldest = next(iter(self.schemas))
                del self.schemas[oldest]
                self.base.execute(f"drop schema {oldest} cascade")
        return name

    def open(self, schema: str, snapshot, tables: frozenset[str]) -> None:
        files = sources(snapshot)
        for table in tables:
            view = reading(table, files[table])
            self.base.execute(f"create view {schema}.{table} as {view}")


@lru_cache(maxsize=4096)
def named_in(sql: str) -> frozenset[str]:
    """The tables that a query may ask; a column of the same name does no harm."""
    return frozenset(table for table in COLUMNS if f'"{table}"' in sql)


def reading(table: str, files: list[str]) -> str:
    if files:
        return f"select * from read_parquet({files})"
    columns = ", ".join(f"null::{kind} as {name}" for name, kind in COLUMNS[table].items())
    return f"select {columns} where false"
