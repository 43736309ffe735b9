"""The kinds of values: the type of each, its exact text, how people read it, what it is for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from babel.numbers import get_currency_precision
from django.conf import settings

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NO_VALUE = "–"


def unchanged(values: pa.ChunkedArray) -> pa.ChunkedArray:
    return values


def iso_text(values: pa.ChunkedArray) -> pa.ChunkedArray:
    return values.cast(pa.string())


def iso_month(days: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.utf8_slice_codeunits(iso_text(days), 0, 7)


def iso_second(moments: pa.ChunkedArray) -> pa.ChunkedArray:
    # Arrow writes six places of the second, needed or not.
    return pc.utf8_slice_codeunits(iso_text(moments), 0, 19)


def weekday_names(days: pa.ChunkedArray) -> pa.ChunkedArray:
    # ISO numbers: 1 is Monday.
    return pc.take(pa.array(WEEKDAYS), pc.subtract(days, 1))


def without_trailing_zeros(numbers: pa.ChunkedArray) -> pa.ChunkedArray:
    # One after the other: a single trim of "0." turns 10.000000 into 1. There always is a point,
    # because these are decimals of six places.
    return pc.utf8_rtrim(pc.utf8_rtrim(numbers.cast(pa.string()), "0"), ".")


def at_least_two_places(amounts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Of four: 10.50, but 0.125. The shortest way that Arrow knows: answers are full of amounts."""
    texts = amounts.cast(pa.string())
    three = pc.utf8_slice_codeunits(texts, 0, -1)
    shorter = pc.if_else(pc.ends_with(texts, "0"), three, texts)
    return pc.if_else(pc.ends_with(texts, "00"), pc.utf8_slice_codeunits(three, 0, -1), shorter)


def money_text(amount: Decimal) -> str:
    # Yen have no decimals, Kuwaiti dinars three.
    return f"{round_half_up(amount, get_currency_precision(settings.BASE_CURRENCY)):,}"


def share_text(share: Decimal) -> str:
    return f"{round_half_up(share * 100, 1):,} %"


def number_text(number: Decimal) -> str:
    return f"{round_half_up(number, 2):,}"


def count_text(count: int) -> str:
    return f"{count:,}"


def hour_text(hour: int) -> str:
    return f"{hour:02}:00"


def weekday_text(weekday: int) -> str:
    return WEEKDAYS[weekday - 1]


def weekday_axis_label(weekday: int) -> str:
    return WEEKDAYS[weekday - 1][:3]


def date_axis_label(day: date | str) -> str:
    """5 Mar 2026. What older answers hold as text, such as "2026-03", stays as it is."""
    return f"{day.day} {day:%b %Y}" if isinstance(day, date) else day


def moment_text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def month_text(day: date) -> str:
    return f"{day:%b %Y}"


def round_half_up(value: Decimal, places: int) -> Decimal:
    # Invoices round halves up; format(), round() and Decimal's default take them to the even digit.
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """All that differs between kinds of values is a field here: a new kind is an entry of KINDS."""

    arrow: pa.DataType | None = None  # None: the type that the engine gives
    exact: Callable[[pa.ChunkedArray], pa.ChunkedArray] = unchanged
    display: Callable[[Any], str] = str
    axis_label: Callable[[Any], str] | None = None  # shorter than `display`, where that is too long
    excel_format: str = ""  # empty: a text
    is_amount: bool = False  # compared with an earlier period, drawn as a length, watched by alerts
    is_key: bool = False  # says what a row is about
    is_calendar: bool = False  # a place in the calendar, which a comparison moves
    is_right_aligned: bool = False
    is_integer: bool = False  # a number in JSON; all others are text there
    is_decimal: bool = False


AMOUNT: dict[str, Any] = {"is_amount": True, "is_right_aligned": True}
# 38 digits, as DuckDB's SUM of decimals has; ratios come as floats and are cast to it.
DECIMAL = AMOUNT | {"is_decimal": True, "arrow": pa.decimal128(38, 6)}
CALENDAR: dict[str, Any] = {"is_calendar": True, "arrow": pa.date32()}

KINDS = {
    "money": Kind(
        **DECIMAL | {"arrow": pa.decimal128(38, 4)},
        exact=at_least_two_places,
        display=money_text,
        excel_format="#,##0.00",  # a workbook puts the symbol of its currency before it
    ),
    "share": Kind(**DECIMAL, exact=without_trailing_zeros, display=share_text, excel_format="0.0%"),
    "number": Kind(
        **DECIMAL, exact=without_trailing_zeros, display=number_text, excel_format="#,##0.00"
    ),
    "count": Kind(
        **AMOUNT, arrow=pa.int64(), display=count_text, excel_format="#,##0", is_integer=True
    ),
    "id": Kind(
        arrow=pa.int64(), excel_format="0", is_key=True, is_right_aligned=True, is_integer=True
    ),
    "hour": Kind(display=hour_text, axis_label=str, excel_format="0", is_key=True, is_integer=True),
    "weekday": Kind(
        exact=weekday_names, display=weekday_text, axis_label=weekday_axis_label, is_key=True
    ),
    "text": Kind(is_key=True),
    "date": Kind(**CALENDAR, exact=iso_text, axis_label=date_axis_label, excel_format="yyyy-mm-dd"),
    "month": Kind(**CALENDAR, exact=iso_month, display=month_text, excel_format="mmm yyyy"),
    "moment": Kind(exact=iso_second, display=moment_text, excel_format="yyyy-mm-dd hh:mm"),
}


def display(value: Any, kind: str) -> str:
    """As people read it: 1,234.50, 12.3 %, Nov 2011; a dash where there is no value."""
    return NO_VALUE if value is None else KINDS[kind].display(value)
