"""The blanks in the SQL of a question: its days, countries and categories, and the one product or
customer that it is about.

They are filled in when it is asked, so SQL is made once for all of them: to make it takes as
long as most answers.
"""

import re
from datetime import date
from functools import cache
from secrets import token_hex

import ibis
from ibis.expr.types import DateScalar, IntegerScalar

MARK = token_hex(8).upper()  # nobody can write such a name into a question
BLANK = re.compile(rf"(\w+)_{MARK}\(([^()]*)\)")


def day(name: str) -> DateScalar:
    @ibis.udf.scalar.builtin(name=f"{name}_{MARK}")
    def blank() -> date: ...

    return blank()


@cache
def one(name: str) -> IntegerScalar:
    @ibis.udf.scalar.builtin(name=f"{name.upper()}_{MARK}")
    def blank() -> int: ...

    return blank()


def among(name: str):
    """Whether an id is one of those."""

    @ibis.udf.scalar.builtin(name=f"{name}_{MARK}")
    def blank(of: int) -> bool: ...

    return blank


START, END, TODAY = day("START"), day("END"), day("TODAY")
START_BEFORE, END_BEFORE = day("START_BEFORE"), day("END_BEFORE")
SCOPE, COUNTRIES, CATEGORIES = among("SCOPE"), among("COUNTRIES"), among("CATEGORIES")


def filled(sql: str, values: dict) -> str:
    """The SQL with these values: a blank without one is an error, and leaves nothing out."""
    return BLANK.sub(lambda blank: written(blank[2], values[blank[1]]), sql)


def written(column: str, value: date | int | tuple[int, ...] | None) -> str:
    if isinstance(value, tuple):
        return f"({column} IN ({', '.join(map(str, value)) or 'NULL'}))"
    if isinstance(value, int):
        return str(value)
    return f"DATE '{value}'" if value else "CAST(NULL AS DATE)"


def earlier(day: DateScalar, **by: int) -> DateScalar:
    """So many days or months before. Without the casts it is a moment, for which DuckDB would look
    into every month."""
    return (day.cast("timestamp") - ibis.interval(**by)).cast("date")
