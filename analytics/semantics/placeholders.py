"""The placeholders in the SQL of a query: its days, countries and categories, and the one product
or customer that it is about.

Their values are bound when the query runs, so SQL is compiled once for all of them: to compile it
takes as long as most answers.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from secrets import token_hex
from typing import Any

import ibis
from ibis import Scalar
from ibis.expr import datatypes
from ibis.expr.types import BooleanColumn, Column, DateScalar, IntegerScalar

from ledger.engine import engine

Value = date | datetime | Decimal | int | str | tuple[int, ...] | None

MARK = token_hex(8).upper()  # nobody can write such a name into a parameter
SQL_TYPES: dict[type, Any] = {Decimal: datatypes.Decimal(18, 4)}
PLACEHOLDER = re.compile(rf"(\w+)_{MARK}\(([^()]*)\)")


# The functions below are names in SQL that nobody defines: `bind` puts a value in their place.


def day_placeholder(name: str) -> DateScalar:
    @ibis.udf.scalar.builtin(name=f"{name}_{MARK}")
    def day() -> date:
        raise NotImplementedError

    return day()


@cache
def placeholder(name: str) -> IntegerScalar:
    @ibis.udf.scalar.builtin(name=f"{name.upper()}_{MARK}")
    def row_id() -> int:
        raise NotImplementedError

    return row_id()


@cache
def value_placeholder(name: str, kind: type) -> Scalar:
    """For a value of a filter."""

    def value() -> None:
        raise NotImplementedError

    value.__annotations__["return"] = SQL_TYPES.get(kind, kind)
    return ibis.udf.scalar.builtin(value, name=f"{name}_{MARK}")()


def membership(name: str) -> Callable[[Column], BooleanColumn]:
    """Whether an id is one of those."""

    @ibis.udf.scalar.builtin(name=f"{name}_{MARK}")
    def is_member(of: int) -> bool:
        raise NotImplementedError

    return is_member


START, END, TODAY = map(day_placeholder, ("START", "END", "TODAY"))
START_BEFORE, END_BEFORE = map(day_placeholder, ("START_BEFORE", "END_BEFORE"))
# How many hours of a day count: of the last one of the period, of that of the period before, and of
# today those that have begun.
HOURS, HOURS_BEFORE, HOURS_TODAY = map(placeholder, ("HOURS", "HOURS_BEFORE", "HOURS_TODAY"))
# Of the period that was asked for, in a query of the one that it is compared with.
ASKED_START, ASKED_END = map(day_placeholder, ("ASKED_START", "ASKED_END"))
SCOPE, COUNTRIES, CATEGORIES = map(membership, ("SCOPE", "COUNTRIES", "CATEGORIES"))


def bind(sql: str, values: Mapping[str, Value]) -> str:
    """The SQL with these values. A placeholder without one is an error: a filter that is left
    out would show what the reader may not see."""
    return PLACEHOLDER.sub(lambda match: sql_literal(match[2], values[match[1]]), sql)


def sql_literal(column: str, value: Value) -> str:
    # `IN ()` is no SQL; `IN (NULL)` is true of no row, as it must be for readers without countries.
    if isinstance(value, tuple):
        return f"({column} IN ({', '.join(map(str, value)) or 'NULL'}))"
    if isinstance(value, str):
        return engine().text_literal(value)
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value}'"
    if isinstance(value, date):
        return f"DATE '{value}'"
    if isinstance(value, Decimal):
        return f"CAST({value:f} AS DECIMAL(18, 4))"
    return "CAST(NULL AS DATE)" if value is None else str(value)


def days_before(day: DateScalar, **by: int) -> DateScalar:
    """The day that is some days or months earlier. Without the casts it is a timestamp, for which
    DuckDB would read every month."""
    return (day.cast("timestamp") - ibis.interval(**by)).cast("date")
