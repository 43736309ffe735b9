"""Asks a snapshot: SQL in, Arrow out, by DuckDB in this process or by Spark on a cluster.

Both read the same files, and both know the tables of the ledger by these names. So the SQL of a
question does not depend on the snapshot, and is made once.
"""

from functools import cache

import ibis
from django.conf import settings

from ledger.sources import columns


@cache
def ledger_table(name: str) -> ibis.Table:
    return ibis.table(columns()[name], name=name)


@cache
def engine():
    if settings.LEDGER_ENGINE == "spark":
        from ledger.spark_engine import Spark

        return Spark(settings.SPARK_MASTER)
    from ledger.duckdb_engine import Duck

    return Duck(settings.LEDGER_FOLDER)
