r"""Bulk inserts into the tables of the books, in the fastest way that each database offers.

Each way runs inside the caller's transaction, takes its rows from a query on the staging database,
sets the columns `fixed` to the same value on every row and reports its progress.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from imports.sql import quoted
from imports.staging import Staging

BATCH = 5_000

WriteProgress = Callable[[int], None]  # called with the number of rows written so far


@dataclass(frozen=True)
class Insertion:
    """Rows on their way into a table; names are quoted for the database."""

    table: str
    columns: list[str]
    staging: Staging
    query: str
    fixed: dict[str, Any]
    on_progress: WriteProgress

    @property
    def file(self) -> Path:
        """Where databases that load files find the rows."""
        return self.staging.folder / f"{self.table}.csv"


def insert(
    table: str,
    columns: list[str],
    staging: Staging,
    query: str,
    *,
    fixed: dict[str, Any] | None = None,
    on_progress: WriteProgress = lambda _: None,
) -> int:
    """Insert the rows of `query`, whose columns have the order of `columns`; returns how many."""
    quote = connection.ops.quote_name
    columns = [quote(name) for name in columns]
    fixed = {quote(name): value for name, value in (fixed or {}).items()}
    if connection.vendor == "sqlite":
        insert_with = _insert_into_sqlite
    elif connection.vendor == "postgresql":
        insert_with = _copy
    elif connection.settings_dict["OPTIONS"].get("local_infile"):
        insert_with = _load_data
    else:
        insert_with = _execute_many
    return insert_with(Insertion(table, columns, staging, query, fixed, on_progress))


@contextmanager
def bulk_transaction() -> Iterator[None]:
    """A transaction for many rows.

    SQLite allows no other writer meanwhile, so the foreign keys that were just matched need no
    second check. Database servers must check them: another client may delete a product meanwhile.
    """
    if connection.vendor != "sqlite":
        with transaction.atomic():
            yield
        return
    # Before the transaction begins: within one SQLite ignores `foreign_keys`. A negative cache size
    # is in KiB.
    set_pragmas(foreign_keys="off", cache_size=-16384)
    try:
        with transaction.atomic():
            yield
    finally:
        # -2000 is SQLite's default; the connection is used for other requests or jobs afterwards.
        set_pragmas(foreign_keys="on", cache_size=-2000)
    # Inside a caller's transaction SQLite refuses a checkpoint.
    if not connection.in_atomic_block:
        truncate_wal()


def truncate_wal() -> None:
    """Shrink SQLite's write-ahead log, to which a large import adds hundreds of megabytes; skipped
    rather than waiting for readers."""
    with connection.cursor() as cursor:
        cursor.execute("pragma busy_timeout")
        timeout = cursor.fetchone()[0]
        cursor.execute("pragma busy_timeout = 0")
        try:
            cursor.execute("pragma wal_checkpoint(truncate)").fetchall()
        finally:
            cursor.execute(f"pragma busy_timeout = {timeout}")


def set_pragmas(**pragmas: str | int) -> None:
    """With its own cursor: a callback on commit may have closed the old connection, and the next
    one starts with the default settings."""
    with connection.cursor() as cursor:
        for name, value in pragmas.items():
            cursor.execute(f"pragma {name} = {value}")


def money_value(column: str) -> str:
    """SQLite keeps decimals as REAL and takes floats as they are; others take exact text."""
    return f"cast({column} as double)" if connection.vendor == "sqlite" else column


def utc_text(column: str) -> str:
    """SQL for a UTC timestamp as text that the database accepts."""
    zone = " || '+00'" if connection.vendor == "postgresql" else ""
    return f"cast({column} as varchar){zone}"


def sql_now() -> str:
    """The current time in UTC as text, with a zone only where the database stores one."""
    text = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return text + ("+00" if connection.vendor == "postgresql" else "")


def _insert_into_sqlite(insertion: Insertion) -> int:
    """If the table is about to double, rebuilding its indexes afterwards takes half the time."""
    table = insertion.table
    new_rows = insertion.staging.scalar(f"select count(*) from ({insertion.query})")
    with connection.cursor() as cursor:
        # An upper bound that is found at once; count(*) would read the whole table.
        cursor.execute(f"select coalesce(max(rowid), 0) from {table}")
        if cursor.fetchone()[0] > new_rows:
            return _execute_many(insertion)
        cursor.execute(
            "select name, sql from sqlite_master "
            "where type = 'index' and tbl_name = %s and sql is not null",
            [table],
        )
        # Unique indexes stay, for they are constraints. A kill loses none of the others: in SQLite
        # `drop index` is part of the transaction.
        indexes = [row for row in cursor.fetchall() if "unique" not in row[1].lower()]
        for name, _ in indexes:
            cursor.execute(f"drop index {connection.ops.quote_name(name)}")
        written = _execute_many(insertion)
        for _, sql in indexes:
            cursor.execute(sql)
    return written


def _execute_many(insertion: Insertion) -> int:
    """For SQLite, and for servers that do not accept files."""
    # The driver's cursor below does not connect by itself, as Django's does.
    connection.ensure_connection()
    placeholder = "?" if connection.vendor == "sqlite" else "%s"
    placeholders = [placeholder for _ in insertion.columns]
    values = ", ".join([*placeholders, *map(literal, insertion.fixed.values())])
    names = ", ".join([*insertion.columns, *insertion.fixed])
    sql = f"insert into {insertion.table} ({names}) values ({values})"
    cursor = connection.connection.cursor()  # Django's cursor would copy every row once more
    written = 0
    for batch in row_batches(insertion.staging, insertion.query):
        cursor.executemany(sql, batch)
        written += len(batch)
        insertion.on_progress(written)
    cursor.close()
    return written


def _load_data(insertion: Insertion) -> int:
    """MariaDB and MySQL. All values are quoted, so that the text NULL is not read as null."""
    # `escaped by ''` below: MySQL would take a backslash in a name for its escape character.
    staging, path = insertion.staging, insertion.file
    staging.run(
        f"copy ({with_integer_booleans(staging, insertion.query)}) to {quoted(path)} "
        "(format csv, header false, quote '\"', escape '\"', force_quote *, nullstr 'NULL')"
    )
    setting = ", ".join(f"{name} = {literal(value)}" for name, value in insertion.fixed.items())
    with connection.cursor() as cursor:
        cursor.execute(
            # The file is in UTF-8, whatever character set the database has.
            f"load data local infile {quoted(path)} into table {insertion.table} "
            "character set utf8mb4 "
            "fields terminated by ',' optionally enclosed by '\"' escaped by '' "
            f"lines terminated by '\\n' ({', '.join(insertion.columns)})"
            + (f" set {setting}" if setting else "")
        )
        written = cursor.rowcount
    path.unlink()
    insertion.on_progress(written)
    return written


def with_integer_booleans(staging: Staging, query: str) -> str:
    """The query with 1 and 0 for true and false, as MySQL stores booleans."""
    columns = staging.run(f"describe {query}")
    cast = ", ".join(
        f'cast("{n}" as integer) as "{n}"' for n, kind, *_ in columns if kind == "BOOLEAN"
    )
    return f"select * replace ({cast}) from ({query})" if cast else query


def _copy(insertion: Insertion) -> int:
    """PostgreSQL. An empty value without quotes is null, one in quotes is an empty text."""
    path, fixed = insertion.file, insertion.fixed
    constants = "".join(f", {literal(value)} as {name}" for name, value in fixed.items())
    insertion.staging.run(
        f"copy (select *{constants} from ({insertion.query})) to {quoted(path)} "
        "(format csv, header false, force_quote *)"
    )
    names = ", ".join([*insertion.columns, *fixed])
    with connection.cursor() as cursor, path.open("rb") as file:
        with cursor.copy(f"copy {insertion.table} ({names}) from stdin (format csv)") as copy:
            while block := file.read(1 << 20):
                copy.write(block)
        written = cursor.rowcount
    path.unlink()
    insertion.on_progress(written)
    return written


def literal(value: str | int) -> str:
    # True becomes 1, which all databases take for a boolean, also as text in PostgreSQL's COPY.
    return str(int(value)) if isinstance(value, int) else quoted(value)


def row_batches(staging: Staging, query: str) -> Iterator[list[tuple]]:
    """The rows of a query as Python values, at most BATCH at a time."""
    # DuckDB's own rows: by way of Arrow, the retail file took 40 MB and 0.15 s more.
    result = staging.execute(query)
    while rows := result.fetchmany(BATCH):
        yield rows
