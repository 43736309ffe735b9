"""Columns that behave the same on SQLite, MariaDB, MySQL and PostgreSQL."""

from collections.abc import Callable

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import OrderBy
from django.db.models.lookups import IContains, IExact, IStartsWith, Lookup
from django.db.models.sql.compiler import SQLCompiler

LAST_CODE_POINT = "\U0010ffff"


class KeyField(models.CharField):
    """Text compared byte for byte: `sku1` is not `SKU1`, `cafe` is not `café`, `x` is not `x `.

    SQLite and PostgreSQL compare so by themselves; MariaDB and MySQL need a binary collation that
    does not pad with blanks, and each has its own name for it.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, str | None]:
        parameters = super().db_parameters(connection)
        if connection.vendor == "mysql":
            maria = connection.mysql_is_mariadb
            parameters["collation"] = "utf8mb4_nopad_bin" if maria else "utf8mb4_0900_bin"
        return parameters


class BlindToCase:
    """Search ignores case also under the binary collation."""

    process_lhs: Callable
    process_rhs: Callable

    def as_mysql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple]:
        key, key_params = self.process_lhs(compiler, connection)
        word, word_params = self.process_rhs(compiler, connection)
        # Needs no ESCAPE: MySQL's default is the backslash with which Django escapes % and _.
        return f"LOWER({key}) LIKE LOWER({word})", (*key_params, *word_params)


@KeyField.register_lookup
class KeyContains(BlindToCase, IContains):
    pass


@KeyField.register_lookup
class KeyStarts(BlindToCase, IStartsWith):
    pass


@KeyField.register_lookup
class KeyIs(BlindToCase, IExact):
    pass


@models.CharField.register_lookup
class Prefix(Lookup):
    """Text that begins so, byte for byte, found by a range of an index: `startswith` reads all
    rows on SQLite, MariaDB and MySQL. Columns with a collation that ignores case do so here too.

    On PostgreSQL it needs an index with varchar_pattern_ops; Django adds one to unique columns.
    """

    lookup_name = "prefix"

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple]:
        column, params = self.process_lhs(compiler, connection)
        least, below = ("~>=~", "~<~") if connection.vendor == "postgresql" else (">=", "<")
        sql = f"({column} {least} %s AND {column} {below} %s)"
        # No text contains the last code point, so it is behind all that begin with `rhs`.
        return sql, (*params, self.rhs, *params, f"{self.rhs}{LAST_CODE_POINT}")


class PrefixOrder(OrderBy):
    """The order of the index that `Prefix` reads, which on PostgreSQL is not that of the locale."""

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple:
        # Django looks for the word ASC.
        return self.as_sql(compiler, connection, template="%(expression)s USING ~<~ /* ASC */")


class MoneyField(models.DecimalField):
    """An amount: 15 digits, so that SQLite's REAL keeps it exact, four of them after the point."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"max_digits": 15, "decimal_places": 4, **kwargs})
