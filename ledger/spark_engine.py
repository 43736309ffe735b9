"""Spark on a cluster: one application for this process, a session with views for each snapshot."""

import logging
import threading

import ibis
import pyarrow as pa
from ibis.backends.pyspark import Backend
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from ibis.expr.operations import Value
from pyspark.sql import DataFrame, SparkSession
from sqlglot.expressions import Expression

from ledger.models import Snapshot
from ledger.sources import table_columns, table_files

OPEN_SNAPSHOTS = 8
Config = dict[str, bool | float | int | str | None]
# The cluster's address and resources are set in Spark's own files (SPARK_CONF_DIR). Here are only
# the settings that change results, and fair sharing between readers.
SETTINGS: Config = {
    "spark.app.name": "Ledgerlight",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",  # timestamps are in the shop's local time
    "spark.sql.ansi.enabled": "true",  # an overflow is an error, not a wrong number
    "spark.scheduler.mode": "FAIR",
    "spark.ui.enabled": "false",  # it would show all queries to anyone who reaches this host
    "spark.ui.showConsoleProgress": "false",
}
logging.getLogger("py4j").setLevel(logging.WARNING)  # it logs the end of each thread


class Dialect(PySparkCompiler):
    def visit_DateTruncate(self, op: Value, *, arg: Expression, unit: Expression) -> Expression:
        """Spark returns a timestamp with a time zone, whatever the type of its argument."""
        return self.cast(super().visit_TimestampTruncate(op, arg=arg, unit=unit), op.dtype)

    visit_TimestampTruncate = visit_DateTruncate


class Spark:
    inlined = "AS"
    has_totals_of_nothing = False

    def __init__(self, master: str):
        Backend.register_options()
        self.dialect = Dialect()
        is_local = master.startswith(("local", "spark://127.0.0.1"))
        # Without a cluster nobody connects from outside.
        address = dict.fromkeys(("spark.driver.host", "spark.driver.bindAddress"), "127.0.0.1")
        config: Config = {**SETTINGS, **address} if is_local else SETTINGS
        self.builder = SparkSession.builder.master(master).config(map=config)
        self.base = self.builder.getOrCreate()
        self.sessions: dict[str, SparkSession] = {}
        self.opening = threading.Lock()

    def compile(self, query: ibis.Table) -> str:
        return self.dialect.to_sqlglot(query).sql(dialect=self.dialect.dialect)

    def text_literal(self, text: str) -> str:
        # Spark reads a backslash as the beginning of an escape.
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

    def fetch(self, snapshot: Snapshot, sql: str) -> pa.Table:
        return self.session(snapshot).sql(sql).toArrow()

    def reader(self, snapshot: Snapshot, sql: str, rows: int) -> pa.RecordBatchReader:
        return self.fetch(snapshot, sql).to_reader(rows)

    def session(self, snapshot: Snapshot) -> SparkSession:
        """The session with the snapshot's views; the least recently used ones are dropped."""
        key = snapshot.token.hex
        with self.opening:
            self.reconnect_if_closed()
            session = self.sessions.pop(key, None) or self.open(snapshot)
            self.sessions[key] = session  # the most recently used one is last
            while len(self.sessions) > OPEN_SNAPSHOTS:
                del self.sessions[next(iter(self.sessions))]
        return session

    def reconnect_if_closed(self) -> None:
        """A cluster ends an application that lost its workers too often; then start a new one."""
        if self.base.sparkContext._jsc.sc().isStopped():
            self.sessions.clear()
            # Otherwise getOrCreate() would return the session that has ended.
            self.base.stop()
            self.base = self.builder.getOrCreate()

    def open(self, snapshot: Snapshot) -> SparkSession:
        session = self.base.newSession()
        for table, files in table_files(snapshot).items():
            # Without a scheme Spark would look in the cluster's default file system, such as HDFS.
            rows = read_files(session, table, [f"file://{file}" for file in files])
            rows.createTempView(table)
        return session


def read_files(session: SparkSession, table: str, files: list[str]) -> DataFrame:
    type_name = PySparkCompiler.type_mapper.to_string
    # Types as text mean what the session's settings say only in its own SQL: elsewhere the thread's
    # settings count. And an empty createDataFrame() would be read by Python on the cluster.
    columns = ", ".join(
        f"CAST(NULL AS {type_name(ibis.dtype(kind))}) AS {name}"
        for name, kind in table_columns()[table].items()
    )
    empty = session.sql(f"SELECT {columns} WHERE false")
    # With a schema Spark need not open files to infer one before the query.
    return session.read.schema(empty.schema).parquet(*files) if files else empty
