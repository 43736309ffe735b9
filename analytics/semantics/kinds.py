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

from analytics.semantics import parsing

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
NO_VALUE = "–"


def unchanged(values: pa.ChunkedArray) -> pa.ChunkedArray:
    return values


def iso_text(values: pa.ChunkedArray) -> pa.ChunkedArray:
    return values.cast(pa.string())


def iso_month(days: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.utf8_slice_codeunits(iso_text(days), 0, 7)


def iso_year(days: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.utf8_slice_codeunits(iso_text(days), 0, 4)


def iso_quarter(days: pa.ChunkedArray) -> pa.ChunkedArray:
    """2011-Q4, which ISO 8601 does not have, but everybody reads."""
    return pc.binary_join_element_wise(iso_year(days), iso_text(pc.quarter(days)), "-Q")


def iso_hour(moments: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.replace_substring(pc.utf8_slice_codeunits(iso_text(moments), 0, 13), " ", "T")


def iso_second(moments: pa.ChunkedArray) -> pa.ChunkedArray:
    # Arrow writes six places of the second, needed or not.
    return pc.utf8_slice_codeunits(iso_text(moments), 0, 19)


def weekday_names(days: pa.ChunkedArray) -> pa.ChunkedArray:
    # ISO numbers: 1 is Monday.
    return pc.take(pa.array(WEEKDAYS), pc.subtract(days, 1))


def month_names(months: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.take(pa.array(MONTHS), pc.subtract(months, 1))


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


def month_of_year_text(month: int) -> str:
    return MONTHS[month - 1]


def month_of_year_axis_label(month: int) -> str:
    return MONTHS[month - 1][:3]


def date_axis_label(day: date | str) -> str:
    """5 Mar 2026. What older answers hold as text, such as "2026-03", stays as it is."""
    return f"{day.day} {day:%b %Y}" if isinstance(day, date) else day


def moment_text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def month_text(day: date) -> str:
    return f"{day:%b %Y}"


def week_text(day: date) -> str:
    return f"Week of {date_axis_label(day)}"


def quarter_text(day: date) -> str:
    return f"Q{(day.month + 2) // 3} {day.year}"


def year_text(day: date) -> str:
    return str(day.year)


def date_hour_text(moment: datetime) -> str:
    return f"{date_axis_label(moment)} {moment:%H:%M}"


def round_half_up(value: Decimal, places: int) -> Decimal:
    # Invoices round halves up; format(), round() and Decimal's default take them to the even digit.
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """All that differs between kinds of values is a field here: a new kind is an entry of KINDS."""

    arrow: pa.DataType | None = None  # None: the type that the engine gives
    exact: Callable[[pa.ChunkedArray], pa.ChunkedArray] = unchanged
    display: Callable[[Any], str] = str
    parse: parsing.Parser = str  # reads the exact text back
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
        parse=parsing.decimal_number("an amount such as 12.50"),
        excel_format="#,##0.00",  # a workbook puts the symbol of its currency before it
    ),
    "share": Kind(
        **DECIMAL,
        exact=without_trailing_zeros,
        display=share_text,
        parse=parsing.decimal_number("a share such as 0.25, which is 25 %"),
        excel_format="0.0%",
    ),
    "number": Kind(
        **DECIMAL,
        exact=without_trailing_zeros,
        display=number_text,
        parse=parsing.decimal_number("a number such as 2.5"),
        excel_format="#,##0.00",
    ),
    "count": Kind(
        **AMOUNT,
        arrow=pa.int64(),
        display=count_text,
        parse=parsing.whole_number,
        excel_format="#,##0",
        is_integer=True,
    ),
    "id": Kind(
        arrow=pa.int64(),
        parse=parsing.whole_number,
        excel_format="0",
        is_key=True,
        is_right_aligned=True,
        is_integer=True,
    ),
    "hour": Kind(
        display=hour_text,
        axis_label=str,
        parse=parsing.whole_number_between(0, 23, "an hour"),
        excel_format="0",
        is_key=True,
        is_integer=True,
    ),
    "weekday": Kind(
        exact=weekday_names,
        display=weekday_text,
        axis_label=weekday_axis_label,
        parse=parsing.name_or_number(WEEKDAYS, "a day of the week", "Saturday"),
        is_key=True,
    ),
    "month_of_year": Kind(
        exact=month_names,
        display=month_of_year_text,
        axis_label=month_of_year_axis_label,
        parse=parsing.name_or_number(MONTHS, "a month of the year", "November"),
        is_key=True,
    ),
    "text": Kind(is_key=True),
    "date": Kind(
        **CALENDAR,
        exact=iso_text,
        axis_label=date_axis_label,
        parse=parsing.day,
        excel_format="yyyy-mm-dd",
    ),
    "week": Kind(  # the date of its first day, as are the three below
        **CALENDAR,
        exact=iso_text,
        display=week_text,
        axis_label=date_axis_label,
        parse=parsing.week,
        excel_format="yyyy-mm-dd",
    ),
    "month": Kind(
        **CALENDAR,
        exact=iso_month,
        display=month_text,
        parse=parsing.month,
        excel_format="mmm yyyy",
    ),
    # A text in Excel, which has no format for quarters.
    "quarter": Kind(**CALENDAR, exact=iso_quarter, display=quarter_text, parse=parsing.quarter),
    "year": Kind(
        **CALENDAR, exact=iso_year, display=year_text, parse=parsing.year, excel_format="yyyy"
    ),
    "date_hour": Kind(
        **CALENDAR | {"arrow": pa.timestamp("us")},
        exact=iso_hour,
        display=date_hour_text,
        parse=parsing.date_hour,
        excel_format="yyyy-mm-dd hh:mm",
    ),
    "moment": Kind(
        exact=iso_second,
        display=moment_text,
        parse=parsing.moment,
        excel_format="yyyy-mm-dd hh:mm",
    ),
}


def display(value: Any, kind: str) -> str:
    """As people read it: 1,234.50, 12.3 %, Nov 2011; a dash where there is no value."""
    return NO_VALUE if value is None else KINDS[kind].display(value)


def parse(text: str, kind: str) -> Any:
    """The value that JSON writes so; a ValueError tells people what to enter instead."""
    return KINDS[kind].parse(text)
