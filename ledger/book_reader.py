"""Ways to read the books into DuckDB: at one moment, whatever is written meanwhile.

DuckDB reads MariaDB and PostgreSQL by extensions of its own. Where there is none, and inside of a
transaction, whose rows nobody else sees yet, they come through Django's cursor. Both give the same.

SQLite is only read through the cursor: DuckDB would bring a second SQLite into the process, and the
one that closes the file first lets go of the locks of the other (sqlite.org/howtocorrupt.html).
"""

import os
from contextlib import contextmanager, nullcontext
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import duckdb
import orjson
import pyarrow as pa
from django.conf import settings
from django.db import connection

from ledger.duckdb_engine import memory

KINDS = {"mysql": "mysql", "postgresql": "postgres"}
SETTINGS = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}


@contextmanager
def reading():
    """A connection to DuckDB; and what turns SQL for the books into DuckDB's SQL for its rows."""
    extension = None if connection.in_atomic_block else extension_file()
    with attaching() if extension else kept(os.getpid()).cursor() as con:
        con.execute("set TimeZone = 'UTC'")
        if extension:
            yield con, attached(con, extension)
        else:
            with at_one_moment():
                yield con, lambda sql: through_cursor(con, sql)


def attaching() -> duckdb.DuckDBPyConnection:
    """What is attached to one is seen by all that use it: it has its own."""
    return duckdb.connect(
        config={"allow_unsigned_extensions": True} | memory(settings.LEDGER_BUILD_MB)
    )


@cache
def kept(process: int) -> duckdb.DuckDBPyConnection:
    """For all builds of a process: to open one takes a fifth of the time in which a month is
    written. Its threads do not live through a fork."""
    return duckdb.connect(config=memory(settings.LEDGER_BUILD_MB))


def extension_file() -> Path | None:
    """DuckDB's extension for the books' database, out of its Python package."""
    name = f"{KINDS.get(connection.vendor)}_scanner"
    package = find_spec(f"duckdb_extension_{name}")
    if not package:
        return None
    files = Path(package.origin).parent.glob(f"extensions/v{duckdb.__version__}/{name}.*")
    return next(files, None)


def attached(con, extension: Path):
    """Everything is read in one transaction of the attached database, so from one state of it."""
    kind, own = KINDS[connection.vendor], connection.settings_dict
    options = {"database": own["NAME"]} | {SETTINGS[name]: own[name] for name in SETTINGS}
    given = ", ".join(f"{name} {quoted(value)}" for name, value in options.items() if value)
    con.execute(f"load '{extension}'")
    con.execute(f"create secret books (type {kind}, {given})")
    con.execute(f"attach '' as books (type {kind}, read_only, secret books)")
    con.execute("begin")
    if kind == "postgres":
        return lambda sql: f"select * from postgres_query('books', {quoted(sql)})"
    # mysql_query() would read beside the transaction; but DuckDB itself understands the SQL too.
    con.execute(f'use books."{own["NAME"]}"')
    return lambda sql: sql


def at_one_moment():
    """One state of the books for several queries. An open transaction is taken as it is."""
    return nullcontext() if connection.in_atomic_block else snapshot_transaction()


@contextmanager
def snapshot_transaction():
    begin = {
        "sqlite": "begin",
        "mysql": "start transaction with consistent snapshot",
        "postgresql": "begin isolation level repeatable read",
    }
    with connection.cursor() as cursor:
        if connection.vendor == "mysql":
            cursor.execute("set transaction isolation level repeatable read")
        cursor.execute(begin[connection.vendor])
        try:
            yield
        finally:
            cursor.execute("rollback")


def through_cursor(con, sql: str) -> str:
    """The rows lie in memory until the next are asked for."""
    columns = packed if connection.vendor == "sqlite" else fetched
    con.register("rows_of_books", pa.table(columns(sql)))
    return "select * from rows_of_books"


def packed(sql: str) -> dict[str, pa.Array]:
    """SQLite puts each column into one text: row by row it would start Python each time."""
    with connection.cursor() as cursor:
        cursor.execute(f"select * from ({sql}) limit 0")
        names = [column[0] for column in cursor.description]
        texts = ", ".join(f"json_group_array({name})" for name in names)
        cursor.execute(f"select {texts} from ({sql})")
        texts = cursor.fetchone()
    return {name: pa.array(orjson.loads(text)) for name, text in zip(names, texts, strict=True)}


def fetched(sql: str) -> dict[str, pa.Array]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        names = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return {name: arrow(column) for name, column in zip(names, columns, strict=True)}


def arrow(column) -> pa.Array:
    """Text that a database compares byte for byte comes as bytes."""
    array = pa.array(column)
    return array.cast(pa.string()) if pa.types.is_binary(array.type) else array


def quoted(value) -> str:
    return "'" + str(value).replace("'", "''") + "'"
