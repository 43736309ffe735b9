"""One value on a face: exact for programs, as people read it for people."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pyarrow as pa
import pyarrow.compute as pc

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def exact(column: pa.ChunkedArray, kind: str) -> list:
    """Amounts as text with all of their places, dates as ISO writes them, whole numbers as such."""
    if kind == "money":  # two places at least: 10.50, but 0.125
        return pc.replace_substring_regex(column.cast(pa.string()), "0{1,2}$", "").to_pylist()
    if kind in ("share", "number"):
        return pc.utf8_rtrim(pc.utf8_rtrim(column.cast(pa.string()), "0"), ".").to_pylist()
    if kind == "date":
        return column.cast(pa.string()).to_pylist()
    if kind == "month":
        return pc.utf8_slice_codeunits(column.cast(pa.string()), 0, 7).to_pylist()
    if kind == "moment":
        return pc.strftime(column, "%Y-%m-%d %H:%M:%S").to_pylist()
    if kind == "weekday":
        return [day and WEEKDAYS[day - 1] for day in column.to_pylist()]
    return column.to_pylist()


def exact_rows(table: pa.Table, columns) -> list[dict]:
    names = [column.name for column in columns]
    values = [exact(table[column.name], column.kind) for column in columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


def shown(value, kind: str) -> str:
    """As people read it: 1,234.50, 12.3 %, Nov 2011; a dash where there is no value."""
    if value is None:
        return "–"
    if kind == "money":
        return f"{rounded(value, 2):,}"
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
