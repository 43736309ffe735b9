"""Empties the database after a test with transactions of its own.

Django's flush truncates all tables and announces a migration, which writes content types,
permissions and scheduled jobs anew: 0.5 to 2 s a test on a server. The same state is reached in
milliseconds by deleting from the few tables that have rows, as long as those three are unchanged.
"""

from collections.abc import Callable

from django.db import connection, transaction

WRITTEN_BY_MIGRATE = ("django_content_type", "auth_permission", "django_q_schedule")


class Emptying:
    """Called in place of Django's flush, which it falls back on."""

    def __init__(self, flush: Callable[[], None]):
        self.flush = flush
        self.flushed: list | None = None  # what a flush left in the tables of WRITTEN_BY_MIGRATE

    def __call__(self) -> None:
        if self.flushed is not None and self.flushed == rows_written_by_migrate():
            delete_all_else()
        else:
            self.flush()
            self.flushed = rows_written_by_migrate()


def rows_written_by_migrate() -> list:
    return [rows(f"SELECT * FROM {table} ORDER BY id") for table in WRITTEN_BY_MIGRATE]


def delete_all_else() -> None:
    filled = filled_tables()
    unchecked = connection.constraint_checks_disabled()  # PostgreSQL checks keys at the commit only
    with unchecked, transaction.atomic(), connection.cursor() as cursor:
        for table in filled:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")


def filled_tables() -> list[str]:
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    names = [name for name in names if name not in WRITTEN_BY_MIGRATE]
    quoted = map(connection.ops.quote_name, names)
    [filled] = rows(f"SELECT {', '.join(f'EXISTS (SELECT 1 FROM {name})' for name in quoted)}")
    return [name for name, has_rows in zip(names, filled, strict=True) if has_rows]


def rows(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())
