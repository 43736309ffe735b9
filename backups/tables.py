"""Which tables a backup holds, and their rows as text that is the same on every database."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

import orjson
from django.apps import apps
from django.db import connection, models
from django.db.models import Max

PAGE_SIZE = 5_000

# App or model → why a backup does not hold it.
SKIPPED = {
    "analytics": "predictions are calculated from the orders",
    "ledger": "it is built from the orders",
    "axes": "failed sign-ins are counted for a short time only",
    "django_q": "the states of imports and exports say which jobs are to be queued",
    "sessions": "everybody signs in again: a session that was ended must not come back",
    "token_blacklist": "the same for API tokens",
    "accounts.EmailToken": "a link that was used since must not work again",
}
KEPT_ON_RESTORE = "django_q.Schedule"  # created by `migrate`
FILLED_BY_MIGRATE = {
    "auth.Permission",
    "contenttypes.ContentType",
    "customers.Country",
    "orders.TaxRate",
}

ModelClass = type[models.Model]


def saved_models() -> list[ModelClass]:
    """Including the tables of many-to-many relations."""
    return [model for model in managed_models() if not is_skipped(model)]


def skipped_models() -> list[ModelClass]:
    """Those that a restore empties and does not fill."""
    return [
        model
        for model in managed_models()
        if is_skipped(model) and model._meta.label != KEPT_ON_RESTORE
    ]


def managed_models() -> list[ModelClass]:
    every = apps.get_models(include_auto_created=True)
    return [model for model in every if model._meta.managed and not model._meta.proxy]


def is_skipped(model: ModelClass) -> bool:
    return bool({model._meta.label, model._meta.app_label} & SKIPPED.keys())


def part_name(model: ModelClass) -> str:
    """The name of the table's part of the backup."""
    return f"tables/{model._meta.label}.jsonl"


def all_rows(model: ModelClass) -> models.QuerySet:
    """Every row, even those that the model's own manager hides or forbids to delete."""
    return models.QuerySet(model).order_by()


def stored_fields(model: ModelClass) -> list[models.Field]:
    # The database computes generated columns itself and refuses to have them inserted.
    return [field for field in model._meta.concrete_fields if not field.generated]


def column_names(model: ModelClass) -> list[str]:
    return [field.attname for field in stored_fields(model)]


def decimal_positions(model: ModelClass) -> list[int]:
    """The positions of the decimals in a row; a backup records their sums."""
    fields = stored_fields(model)
    return [n for n, field in enumerate(fields) if isinstance(field, models.DecimalField)]


def row_pages(model: ModelClass) -> Iterator[list[tuple]]:
    """All rows by id. Pages limit the memory even where the driver buffers whole results."""
    rows, last = all_rows(model).order_by("pk").values_list("pk", *column_names(model)), None
    while True:
        # By key: with an offset the database would read all earlier rows again for each page.
        page = list((rows if last is None else rows.filter(pk__gt=last))[:PAGE_SIZE])
        if not page:
            return
        last = page[-1][0]
        yield [row[1:] for row in page]


def serialize_row(row: tuple) -> bytes:
    """Decimals as text, times as ISO 8601 in UTC, keys of JSON sorted: equal rows, equal lines."""
    return orjson.dumps(
        row, default=decimal_text, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    )


def decimal_text(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{value!r} cannot be saved as text")


def insert_rows(model: ModelClass, pages: Iterable[list[bytes]]) -> None:
    """Insert the rows with their ids; no signal, default or current time changes them."""
    quote, fields = connection.ops.quote_name, stored_fields(model)
    names = ", ".join(quote(field.column) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    insert = f"insert into {quote(model._meta.db_table)} ({names}) values ({marks})"  # noqa: S608
    converters = [field_converter(field) for field in fields]
    with connection.cursor() as cursor:
        for page in pages:
            rows = [orjson.loads(line) for line in page]
            cursor.executemany(
                insert,
                [
                    [convert(value) for convert, value in zip(converters, row, strict=True)]
                    for row in rows
                ],
            )


def field_converter(field: models.Field) -> Callable[[Any], Any]:
    """Converts a value of the backup to what this database's driver takes."""
    if isinstance(field, models.ForeignKey):
        field = field.target_field
    if isinstance(field, models.CharField | models.TextField | models.IntegerField):
        return lambda value: value
    return lambda value: field.get_db_prep_save(field.to_python(value), connection)


def last_id(model: ModelClass) -> int:
    """The highest id ever given, even to a row that was deleted since."""
    highest = all_rows(model).aggregate(n=Max("pk"))["n"] or 0
    return max(highest, current_sequence(model)) if has_sequence(model) else highest


def has_sequence(model: ModelClass) -> bool:
    return isinstance(model._meta.pk, models.AutoField | models.BigAutoField)


def current_sequence(model: ModelClass) -> int:
    table, pk = model._meta.db_table, model._meta.pk.column
    statements = {
        "sqlite": ("select seq from sqlite_sequence where name = %s", [table]),
        "postgresql": (
            "select last_value from pg_sequences where schemaname = any(current_schemas(false)) "
            "and (quote_ident(schemaname) || '.' || quote_ident(sequencename)) "
            "= pg_get_serial_sequence(quote_ident(%s), %s)",
            [table, pk],
        ),
        "mysql": (
            "select auto_increment - 1 from information_schema.tables "
            "where table_schema = database() and table_name = %s",
            [table],
        ),
    }
    with connection.cursor() as cursor:
        cursor.execute(*statements[connection.vendor])
        row = cursor.fetchone()
    # Before the first row SQLite has no entry, and PostgreSQL returns NULL.
    return (row and row[0]) or 0


def advance_sequence(model: ModelClass, last: int) -> None:
    """The next row gets a higher id, so that references to a deleted row never mean a new one."""
    if not has_sequence(model) or current_sequence(model) >= last:
        return
    table, pk = model._meta.db_table, model._meta.pk.column
    quoted = connection.ops.quote_name(table)
    statements = {
        "sqlite": ("insert into sqlite_sequence (name, seq) values (%s, %s)", [table, last]),
        "postgresql": (
            "select setval(pg_get_serial_sequence(quote_ident(%s), %s), %s)",
            [table, pk, last],
        ),
        "mysql": (f"alter table {quoted} auto_increment = {int(last) + 1}", None),
    }
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # The table has no unique key on the name, so there is no upsert.
            cursor.execute("delete from sqlite_sequence where name = %s", [table])
        cursor.execute(*statements[connection.vendor])
