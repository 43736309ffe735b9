"""Spark on a cluster: one application for this process, a session of views for each snapshot."""

import logging
import threading

import ibis
import pyarrow as pa
from ibis.backends.pyspark import Backend
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from pyspark.sql import SparkSession

from ledger.sources import columns, sources

OPEN_SNAPSHOTS = 8
# Where the cluster is, what it may use and on what addresses stands in Spark's own files
# (SPARK_CONF_DIR); here is only what the answers hang on, and that many readers share it fairly.
SETTINGS = {
    "spark.app.name": "Ledgerlight",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",  # moments are by the shop's clock, without a zone
    "spark.sql.ansi.enabled": "true",  # an amount that is too large is an error, not another number
    "spark.scheduler.mode": "FAIR",
    "spark.ui.enabled": "false",  # it would show all queries to whoever reaches this host
    "spark.ui.showConsoleProgress": "false",
}
logging.getLogger("py4j").setLevel(logging.WARNING)  # it would log each thread's end


class Dialect(PySparkCompiler):
    def visit_DateTruncate(self, op, *, arg, unit):
        """Spark makes a moment with a zone of it, whatever it was."""
        return self.cast(super().visit_TimestampTruncate(op, arg=arg, unit=unit), op.dtype)

    visit_TimestampTruncate = visit_DateTruncate


class Spark:
    def __init__(self, master: str):
        Backend.register_options()
        self.dialect = Dialect()
        here = master.startswith(("local", "spark://127.0.0.1"))  # nobody calls from outside then
        address = dict.fromkeys(("spark.driver.host", "spark.driver.bindAddress"), "127.0.0.1")
        self.builder = SparkSession.builder.master(master).config(
            map=SETTINGS | (address if here else {})
        )
        self.base = self.builder.getOrCreate()
        self.sessions: dict[str, SparkSession] = {}
        self.opening = threading.Lock()

    def compile(self, query: ibis.Table) -> str:
        return self.dialect.to_sqlglot(query).sql(dialect=self.dialect.dialect)

    def fetch(self, snapshot, sql: str) -> pa.Table:
        return self.session(snapshot).sql(sql).toArrow()

    def reader(self, snapshot, sql: str, rows: int) -> pa.RecordBatchReader:
        return self.fetch(snapshot, sql).to_reader(rows)

    def session(self, snapshot) -> SparkSession:
        """The snapshot's views; those that were not asked for the longest are forgotten."""
        key = snapshot.token.hex
        with self.opening:
            self.reconnect_if_closed()
            session = self.sessions.pop(key, None) or self.open(snapshot)
            self.sessions[key] = session  # the last is the one that was used last
            while len(self.sessions) > OPEN_SNAPSHOTS:
                del self.sessions[next(iter(self.sessions))]
        return session

    def reconnect_if_closed(self) -> None:
        """A cluster ends an application that lost its workers too often; this one begins anew."""
        if self.base.sparkContext._jsc.sc().isStopped():
            self.sessions.clear()
            self.base.stop()
            self.base = self.builder.getOrCreate()

    def open(self, snapshot) -> SparkSession:
        session = self.base.newSession()
        for table, files in sources(snapshot).items():
            rows = reading(session, table, [f"file://{file}" for file in files])
            rows.createTempView(table)
        return session


def reading(session: SparkSession, table: str, files: list[str]):
    named = PySparkCompiler.type_mapper.to_string
    schema = ", ".join(
        f"{name} {named(ibis.dtype(kind))}" for name, kind in columns()[table].items()
    )
    if files:
        return session.read.schema(schema).parquet(*files)
    return session.createDataFrame([], schema)
