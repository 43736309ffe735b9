"""Asks a snapshot: SQL in, Arrow out, by DuckDB in this process or by Spark on a cluster.

Both read the same files, and both know the parts of the ledger as tables of these names. So the SQL
of a question does not depend on the snapshot, and is made once.
"""

from functools import cache

import ibis
from django.conf import settings

from analytics.ledger.sources import COLUMNS

TABLES = {name: ibis.table(columns, name=name) for name, columns in COLUMNS.items()}


@cache
def engine():
    if settings.LEDGER_ENGINE == "spark":
        from analytics.ledger.spark import Spark

        return Spark(settings.SPARK_MASTER)
    from analytics.ledger.duck import Duck

    return Duck(settings.LEDGER_FOLDER)
