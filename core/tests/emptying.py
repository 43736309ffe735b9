"""Brings back what the migrations wrote, after a test with transactions of its own.

Django's flush truncates all tables and announces a migration, which writes content types,
permissions and scheduled jobs anew: 0.5 to 2 s a test on a server. What the migrations themselves
wrote, such as countries and their tax rates, it does not bring back: tests that run after it would
have another shop than tests before it. Here only the rows that differ are written, in milliseconds.
"""

from collections.abc import Iterable

from django.apps import apps
from django.db import connection, transaction

Row = tuple


class MigratedRows:
    """All rows there are when this is made, which is after the migrations and before any test."""

    def __init__(self) -> None:
        self.columns = {model._meta.db_table: columns_of(model) for model in stored_models()}
        self.kept = {table: self.rows(table) for table in self.filled_tables()}

    def restore(self) -> None:
        unchecked = connection.constraint_checks_disabled()  # PostgreSQL checks at the commit only
        with unchecked, transaction.atomic():
            for table in self.filled_tables() - self.kept.keys():
                execute(f"DELETE FROM {quoted(table)}")
            for table, kept in self.kept.items():
                self.restore_rows(table, kept)

    def restore_rows(self, table: str, kept: set[Row]) -> None:
        key, *others = self.columns[table]
        found = self.rows(table)
        execute(f"DELETE FROM {quoted(table)} WHERE {key} = %s", [row[:1] for row in found - kept])
        values = ", ".join(["%s"] * (1 + len(others)))
        execute(
            f"INSERT INTO {quoted(table)} ({self.list_of(table)}) VALUES ({values})", kept - found
        )

    def filled_tables(self) -> set[str]:
        tables = list(self.columns)
        exists = (f"EXISTS (SELECT 1 FROM {quoted(table)})" for table in tables)
        [filled] = fetch(f"SELECT {', '.join(exists)}")
        return {table for table, has_rows in zip(tables, filled, strict=True) if has_rows}

    def rows(self, table: str) -> set[Row]:
        return set(fetch(f"SELECT {self.list_of(table)} FROM {quoted(table)}"))

    def list_of(self, table: str) -> str:
        return ", ".join(self.columns[table])


def stored_models() -> list:
    models = apps.get_models(include_auto_created=True)
    return [model for model in models if model._meta.managed and not model._meta.proxy]


def columns_of(model) -> list[str]:
    """The key first; without those that the database computes."""
    key, fields = model._meta.pk, model._meta.local_concrete_fields
    others = [field for field in fields if field is not key and not field.generated]
    return [quoted(field.column) for field in (key, *others)]


def quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def fetch(sql: str) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def execute(sql: str, rows: Iterable[Row] = ((),)) -> None:
    with connection.cursor() as cursor:
        for row in rows:
            cursor.execute(sql, row)
