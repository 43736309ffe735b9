"""Which tables a backup holds, and their rows as text that every database gives and takes alike."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

import orjson
from django.apps import apps
from django.db import connection, models
from django.db.models import Max

PAGE = 5_000
DERIVED_OR_PASSING = {
    "analytics": "predictions are made of the books",
    "ledger": "it is made of the books",
    "axes": "counts of failed sign-ins",
    "django_q": "the books' own states say what is still to be done",
    "sessions": "everybody signs in anew: nobody who was signed out comes back",
    "token_blacklist": "the same for programs",
    "accounts.EmailToken": "a link that was used since must not open again",
}
STAYS = "django_q.Schedule"  # the program's own, put there by `migrate`
FILLED_BY_MIGRATE = {
    "auth.Permission",
    "contenttypes.ContentType",
    "customers.Country",
    "orders.TaxRate",
}


def tables() -> list[type[models.Model]]:
    """Those of the books, with the ones between two of them."""
    return [model for model in everything() if not is_left_out(model)]


def left_out() -> list[type[models.Model]]:
    """What a restored installation begins without."""
    return [m for m in everything() if is_left_out(m) and m._meta.label != STAYS]


def everything() -> list[type[models.Model]]:
    found = apps.get_models(include_auto_created=True)
    return [m for m in found if m._meta.managed and not m._meta.proxy]


def is_left_out(model) -> bool:
    return bool({model._meta.label, model._meta.app_label} & DERIVED_OR_PASSING.keys())


def rows_of(model) -> models.QuerySet:
    """All of them, past what a model's own manager hides, forbids or announces."""
    return models.QuerySet(model).order_by()


def fields_of(model) -> list[models.Field]:
    return [field for field in model._meta.concrete_fields if not field.generated]


def columns_of(model) -> list[str]:
    return [field.attname for field in fields_of(model)]


def amounts_of(model) -> list[int]:
    """Where in a row the decimals stand, of which a backup tells the sums."""
    return [n for n, field in enumerate(fields_of(model)) if isinstance(field, models.DecimalField)]


def read(model) -> Iterator[list[tuple]]:
    """The rows in the order of their ids, some thousand at a time whatever the database buffers."""
    rows, last = rows_of(model).order_by("pk").values_list("pk", *columns_of(model)), None
    while True:
        page = list((rows if last is None else rows.filter(pk__gt=last))[:PAGE])
        if not page:
            return
        last = page[-1][0]
        yield [row[1:] for row in page]


def line(row: tuple) -> bytes:
    """Decimals as text, moments as ISO 8601 in UTC; the keys of JSON in one order everywhere."""
    return orjson.dumps(
        row, default=exactly, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    )


def exactly(value) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{value!r} has no portable form")


def write(model, lines: Iterable[list[bytes]]) -> None:
    """Insert the rows as they are: ids and all, and no signal, default or clock adds anything."""
    quote, fields = connection.ops.quote_name, fields_of(model)
    names = ", ".join(quote(field.column) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    insert = f"insert into {quote(model._meta.db_table)} ({names}) values ({marks})"  # noqa: S608
    ways = [way_in(field) for field in fields]
    with connection.cursor() as cursor:
        for page in lines:
            rows = [orjson.loads(text) for text in page]
            cursor.executemany(
                insert, [[way(v) for way, v in zip(ways, row, strict=True)] for row in rows]
            )


def way_in(field: models.Field):
    """From the text's values to what this database's driver takes."""
    if isinstance(field, models.ForeignKey):
        field = field.target_field
    if isinstance(field, models.CharField | models.TextField | models.IntegerField):
        return lambda value: value
    return lambda value: field.get_db_prep_save(field.to_python(value), connection)


def last_id(model) -> int:
    """The highest that was ever given, as far as the database knows: of rows that are gone too."""
    highest = rows_of(model).aggregate(n=Max("pk"))["n"] or 0
    return max(highest, counter(model)) if has_counter(model) else highest


def has_counter(model) -> bool:
    return isinstance(model._meta.pk, models.AutoField | models.BigAutoField)


def counter(model) -> int:
    table, pk = model._meta.db_table, model._meta.pk.column
    asked = {
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
        cursor.execute(*asked[connection.vendor])
        found = cursor.fetchone()
    return (found and found[0]) or 0


def raise_counter(model, last: int) -> None:
    """The next row gets a higher id: what remembers a deleted row must not mean a new one."""
    if not has_counter(model) or counter(model) >= last:
        return
    table, pk = model._meta.db_table, model._meta.pk.column
    quoted = connection.ops.quote_name(table)
    asked = {
        "sqlite": ("insert into sqlite_sequence (name, seq) values (%s, %s)", [table, last]),
        "postgresql": (
            "select setval(pg_get_serial_sequence(quote_ident(%s), %s), %s)",
            [table, pk, last],
        ),
        "mysql": (f"alter table {quoted} auto_increment = {int(last) + 1}", None),
    }
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("delete from sqlite_sequence where name = %s", [table])
        cursor.execute(*asked[connection.vendor])
