"""Queries a snapshot: SQL in, Arrow out, by DuckDB in this process or by Spark on a cluster.

Both engines read the same files and know the tables by the same names. So the SQL of a query does
not depend on the snapshot and is compiled once.
"""

from functools import cache
from typing import Protocol

import ibis
import pyarrow as pa
from django.conf import settings

from ledger.models import Snapshot
from ledger.sources import table_columns


class Engine(Protocol):
    inlined: str  # what makes a part of a `with` clause part of the query that names it
    has_totals_of_nothing: bool  # whether GROUPING SETS give a total of no rows

    def compile(self, query: ibis.Table) -> str: ...
    def fetch(self, snapshot: Snapshot, sql: str) -> pa.Table: ...
    def text_literal(self, text: str) -> str: ...
    def reader(self, snapshot: Snapshot, sql: str, rows: int) -> pa.RecordBatchReader: ...


@cache
def ledger_table(name: str) -> ibis.Table:
    return ibis.table(table_columns()[name], name=name)


@cache
def engine() -> Engine:
    if settings.LEDGER_ENGINE == "spark":
        # Imported here: PySpark is installed only where the ledger uses Spark.
        from ledger.spark_engine import Spark

        return Spark(settings.SPARK_MASTER)
    from ledger.duckdb_engine import Duck

    return Duck(settings.LEDGER_FOLDER)
