"""Reads the books into DuckDB: one consistent state, whatever is written meanwhile.

DuckDB reads MariaDB and PostgreSQL by its own extensions. Without them, and inside a transaction
whose rows no other connection sees, rows come through Django's cursor. Both give the same rows.

SQLite is always read through the cursor: DuckDB would load a second SQLite into the process, and
the first one to close the file releases the locks of the other (sqlite.org/howtocorrupt.html).
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import duckdb
import orjson
import pyarrow as pa
from django.conf import settings
from django.db import connection

from ledger.duckdb_engine import Config, memory_config

EXTENSIONS = {"mysql": "mysql", "postgresql": "postgres"}
SETTINGS = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}


# Turns SQL for the books' database into DuckDB's SQL for its rows
FromBooks = Callable[[str], str]


@contextmanager
def open_books(few_rows: bool = False) -> Iterator[tuple[duckdb.DuckDBPyConnection, FromBooks]]:
    """A connection to DuckDB, and the function that makes the rows of the books known to it.

    For few rows the cursor is faster: it needs no new connections.
    """
    extension = None if few_rows or connection.in_atomic_block else extension_file()
    with new_connection() if extension else shared_connection(os.getpid()).cursor() as con:
        # PostgreSQL's times have a zone, and DuckDB would cast them by the zone of the machine.
        con.execute("set TimeZone = 'UTC'")
        if extension:
            yield con, attach_books(con, extension)
        else:
            with consistent_read():
                yield con, lambda sql: register_rows(con, sql)


def new_connection() -> duckdb.DuckDBPyConnection:
    """Not shared: an attached database is seen by all users of a connection."""
    unsigned: Config = {"allow_unsigned_extensions": True}
    return duckdb.connect(config=unsigned | memory_config(settings.LEDGER_BUILD_MB))


@cache
def shared_connection(process: int) -> duckdb.DuckDBPyConnection:
    """One for all builds of a process: opening it takes a fifth of the time to write a month.

    Its threads do not survive a fork, hence the process id.
    """
    return duckdb.connect(config=memory_config(settings.LEDGER_BUILD_MB))


def extension_file() -> Path | None:
    """DuckDB's extension for the books' database, from its Python package."""
    name = f"{EXTENSIONS.get(connection.vendor)}_scanner"
    package = find_spec(f"duckdb_extension_{name}")
    if not (package and package.origin):
        return None
    # An extension works only with the version of DuckDB that it was built for.
    files = Path(package.origin).parent.glob(f"extensions/v{duckdb.__version__}/{name}.*")
    return next(files, None)


def attach_books(con: duckdb.DuckDBPyConnection, extension: Path) -> FromBooks:
    """Everything is read in one transaction of the attached database: one state of it."""
    kind, database = EXTENSIONS[connection.vendor], connection.settings_dict
    options = {"database": database["NAME"]} | {SETTINGS[name]: database[name] for name in SETTINGS}
    secret = ", ".join(f"{name} {sql_literal(value)}" for name, value in options.items() if value)
    con.execute(f"load '{extension}'")
    con.execute(f"create secret books (type {kind}, {secret})")
    con.execute(f"attach '' as books (type {kind}, read_only, secret books)")
    con.execute("begin")
    if kind == "postgres":
        return lambda sql: f"select * from postgres_query('books', {sql_literal(sql)})"
    # mysql_query() would read outside of the transaction; DuckDB understands the SQL itself.
    con.execute(f'use books."{database["NAME"]}"')
    return lambda sql: sql


def consistent_read() -> AbstractContextManager[None]:
    """One state of the books for several queries; an open transaction is used as it is."""
    return nullcontext() if connection.in_atomic_block else snapshot_transaction()


@contextmanager
def snapshot_transaction() -> Iterator[None]:
    begin = {
        # Not Django's IMMEDIATE, which would lock out writers while the ledger is built.
        "sqlite": "begin",
        "mysql": "start transaction with consistent snapshot",
        "postgresql": "begin isolation level repeatable read",
    }
    with connection.cursor() as cursor:
        if connection.vendor == "mysql":
            # In Django's READ COMMITTED, MySQL ignores "with consistent snapshot".
            cursor.execute("set transaction isolation level repeatable read")
        cursor.execute(begin[connection.vendor])
        try:
            yield
        finally:
            cursor.execute("rollback")


def register_rows(con: duckdb.DuckDBPyConnection, sql: str) -> str:
    """The rows stay in memory until the next ones are registered."""
    columns = json_columns if connection.vendor == "sqlite" else cursor_columns
    con.register("rows_of_books", pa.table(columns(sql)))
    return "select * from rows_of_books"


def json_columns(sql: str) -> dict[str, pa.Array]:
    """SQLite returns each column as one JSON text, which is much faster than row by row."""
    with connection.cursor() as cursor:
        cursor.execute(f"select * from ({sql}) limit 0")
        names = [column[0] for column in cursor.description]
        texts = ", ".join(f"json_group_array({name})" for name in names)
        cursor.execute(f"select {texts} from ({sql})")
        texts = cursor.fetchone()
    return {name: pa.array(orjson.loads(text)) for name, text in zip(names, texts, strict=True)}


def cursor_columns(sql: str) -> dict[str, pa.Array]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        names = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return {name: arrow_array(column) for name, column in zip(names, columns, strict=True)}


def arrow_array(column: Sequence) -> pa.Array:
    """Text columns with a binary collation come as bytes."""
    array = pa.array(column)
    return array.cast(pa.string()) if pa.types.is_binary(array.type) else array


def sql_literal(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
