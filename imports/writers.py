r"""Many rows into one table of the books, by the fastest way that each database has.

All run inside the caller's transaction, take their rows from a query of the staging, set `fixed`
columns to one value on every row, and tell how many rows they have written so far.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from django.db import connection, transaction

from imports.sql import quoted
from imports.staging import Staging

BATCH = 5_000

Tell = Callable[[int], None]


def insert(
    table: str,
    columns: list[str],
    staging: Staging,
    query: str,
    *,
    fixed=None,
    tell: Tell = lambda _: None,
) -> int:
    """Insert the rows of `query`, whose columns stand in the order of `columns`."""
    quote = connection.ops.quote_name
    columns = [quote(name) for name in columns]
    fixed = {quote(name): value for name, value in (fixed or {}).items()}
    options = connection.settings_dict["OPTIONS"]
    if connection.vendor == "sqlite":
        way = _sqlite
    elif connection.vendor == "postgresql":
        way = _copy
    else:
        way = _load_data if options.get("local_infile") else _execute_many
    return way(table, columns, staging, query, fixed, tell)


@contextmanager
def many_writes():
    """A transaction for many rows.

    On SQLite, which lets nobody else write meanwhile, the keys that the rows were just matched with
    need not be looked up again. On servers they must: somebody may delete a product between.
    """
    if connection.vendor != "sqlite":
        with transaction.atomic():
            yield
        return
    tune(foreign_keys="off", cache_size=-16384)
    try:
        with transaction.atomic():
            yield
    finally:
        tune(foreign_keys="on", cache_size=-2000)
    if not connection.in_atomic_block:
        shorten_log()


def shorten_log() -> None:
    """A large import leaves hundreds of megabytes in SQLite's log; without waiting for readers."""
    with connection.cursor() as cursor:
        cursor.execute("pragma busy_timeout")
        patience = cursor.fetchone()[0]
        cursor.execute("pragma busy_timeout = 0")
        try:
            cursor.execute("pragma wal_checkpoint(truncate)").fetchall()
        finally:
            cursor.execute(f"pragma busy_timeout = {patience}")


def tune(**pragmas) -> None:
    """With a cursor of its own: what waits for the commit may have closed an old connection, and
    the next one begins with the usual settings."""
    with connection.cursor() as cursor:
        for name, value in pragmas.items():
            cursor.execute(f"pragma {name} = {value}")


def money_value(column: str) -> str:
    """SQLite keeps decimals as REAL and takes floats as they are; others take exact text."""
    return f"cast({column} as double)" if connection.vendor == "sqlite" else column


def utc_text(column: str) -> str:
    """SQL for a time in UTC as text that the database understands."""
    zone = " || '+00'" if connection.vendor == "postgresql" else ""
    return f"cast({column} as varchar){zone}"


def sql_now() -> str:
    """The current time in UTC as text, without the zone where the database has none."""
    text = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return text + ("+00" if connection.vendor == "postgresql" else "")


def _sqlite(table, columns, staging, query, fixed, tell):
    """Into a table that is about to double, indexes are sorted in afterwards at half the price."""
    coming = staging.scalar(f"select count(*) from ({query})")
    with connection.cursor() as cursor:
        cursor.execute(f"select coalesce(max(rowid), 0) from {table}")
        if cursor.fetchone()[0] > coming:
            return _execute_many(table, columns, staging, query, fixed, tell)
        cursor.execute(
            "select name, sql from sqlite_master "
            "where type = 'index' and tbl_name = %s and sql is not null",
            [table],
        )
        indexes = [row for row in cursor.fetchall() if "unique" not in row[1].lower()]
        for name, _ in indexes:
            cursor.execute(f"drop index {connection.ops.quote_name(name)}")
        written = _execute_many(table, columns, staging, query, fixed, tell)
        for _, sql in indexes:
            cursor.execute(sql)
    return written


def _execute_many(table, columns, staging, query, fixed, tell):
    """SQLite's own way, and the portable one where a server refuses files."""
    connection.ensure_connection()
    mark = "?" if connection.vendor == "sqlite" else "%s"
    values = ", ".join([*(mark for _ in columns), *map(literal, fixed.values())])
    sql = f"insert into {table} ({', '.join([*columns, *fixed])}) values ({values})"
    cursor = connection.connection.cursor()  # past Django's: it would copy every row once more
    written = 0
    for batch in batches(staging, query):
        cursor.executemany(sql, batch)
        written += len(batch)
        tell(written)
    cursor.close()
    return written


def _load_data(table, columns, staging, query, fixed, tell):
    """MariaDB and MySQL. All values are quoted, so a text NULL is never taken for no value."""
    path = staging.folder / f"{table}.csv"
    staging.run(
        f"copy ({numeric(staging, query)}) to {quoted(path)} "
        "(format csv, header false, quote '\"', escape '\"', force_quote *, nullstr 'NULL')"
    )
    setting = ", ".join(f"{name} = {literal(value)}" for name, value in fixed.items())
    with connection.cursor() as cursor:
        cursor.execute(
            f"load data local infile {quoted(path)} into table {table} character set utf8mb4 "
            "fields terminated by ',' optionally enclosed by '\"' escaped by '' "
            f"lines terminated by '\\n' ({', '.join(columns)})"
            + (f" set {setting}" if setting else "")
        )
        written = cursor.rowcount
    path.unlink()
    tell(written)
    return written


def numeric(staging, query) -> str:
    """MySQL has no word for true: its booleans are 1 and 0."""
    columns = staging.run(f"describe {query}")
    cast = ", ".join(
        f'cast("{n}" as integer) as "{n}"' for n, kind, *_ in columns if kind == "BOOLEAN"
    )
    return f"select * replace ({cast}) from ({query})" if cast else query


def _copy(table, columns, staging, query, fixed, tell):
    """PostgreSQL. Unquoted nothing is NULL, a quoted empty text is an empty text."""
    path = staging.folder / f"{table}.csv"
    picked = "".join(f", {literal(value)} as {name}" for name, value in fixed.items())
    staging.run(
        f"copy (select *{picked} from ({query})) to {quoted(path)} "
        "(format csv, header false, force_quote *)"
    )
    names = ", ".join([*columns, *fixed])
    with connection.cursor() as cursor, path.open("rb") as file:
        with cursor.copy(f"copy {table} ({names}) from stdin (format csv)") as copy:
            while block := file.read(1 << 20):
                copy.write(block)
        written = cursor.rowcount
    path.unlink()
    tell(written)
    return written


def literal(value) -> str:
    return str(int(value)) if isinstance(value, int) else quoted(value)


def batches(staging: Staging, query: str) -> Iterator[list[tuple]]:
    """The rows of a query in Python's own types, a bounded number at a time."""
    found = staging.execute(query)
    while rows := found.fetchmany(BATCH):
        yield rows
