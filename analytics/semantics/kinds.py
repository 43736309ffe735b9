"""One value on a face: exact for programs, as people read it for people."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pyarrow as pa
import pyarrow.compute as pc
from babel.numbers import get_currency_precision
from django.conf import settings

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def exact(column: pa.ChunkedArray, kind: str) -> pa.ChunkedArray:
    """Amounts as text with all of their places, dates as ISO writes them, whole numbers as such."""
    if kind == "money":
        return at_least_two_places(column.cast(pa.string()))
    if kind in ("share", "number"):
        return pc.utf8_rtrim(pc.utf8_rtrim(column.cast(pa.string()), "0"), ".")
    if kind == "date":
        return column.cast(pa.string())
    if kind == "month":
        return pc.utf8_slice_codeunits(column.cast(pa.string()), 0, 7)
    if kind == "moment":
        return pc.utf8_slice_codeunits(column.cast(pa.string()), 0, 19)  # to the second
    if kind == "weekday":
        return pc.take(pa.array(WEEKDAYS), pc.subtract(column, 1))
    return column


def at_least_two_places(amounts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Of four: 10.50, but 0.125. The shortest way that Arrow knows: answers are full of amounts."""
    three = pc.utf8_slice_codeunits(amounts, 0, -1)
    shorter = pc.if_else(pc.ends_with(amounts, "0"), three, amounts)
    return pc.if_else(pc.ends_with(amounts, "00"), pc.utf8_slice_codeunits(three, 0, -1), shorter)


def exact_rows(table: pa.Table, columns) -> list[dict]:
    names = [column.name for column in columns]
    values = [exact(table[column.name], column.kind).to_pylist() for column in columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


def rounded_sums(table: pa.Table, columns) -> pa.Table:
    """Sums of exact amounts, rounded once, to the smallest coin of the base currency."""
    for place, column in enumerate(columns):
        if column.kind == "money":
            places = get_currency_precision(settings.BASE_CURRENCY)
            sums = pc.round(table[column.name], places, round_mode="half_towards_infinity")
            table = table.set_column(place, column.name, sums)
    return table


def rows_to_show(answer, columns, table: pa.Table) -> pa.Table:
    """Rows keep the places of their amounts; a report whose only row is about nothing but the whole
    tells sums."""
    return table if answer.report.key_columns else rounded_sums(table, columns)


def shown(value, kind: str) -> str:
    """As people read it: 1,234.50, 12.3 %, Nov 2011; a dash where there is no value."""
    if value is None:
        return "–"
    if kind == "money":
        return f"{rounded(value, get_currency_precision(settings.BASE_CURRENCY)):,}"
    if kind == "share":
        return f"{rounded(value * 100, 1):,} %"
    if kind == "number":
        return f"{rounded(value, 2):,}"
    if kind == "count":
        return f"{value:,}"
    if kind == "weekday":
        return WEEKDAYS[value - 1]
    if kind == "hour":
        return f"{value:02}:00"
    if kind == "moment":
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return format(value, "%b %Y" if kind == "month" else "%Y-%m-%d")
    return str(value)


def rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
