"""The days of a question: in its SQL they stand by name, and are written in when it is asked.

So SQL is made once for all periods. To make it takes as long as most answers.
"""

import re
from datetime import date
from secrets import token_hex

import ibis
from ibis.expr.types import DateScalar

from analytics.periods import Period

MARK = token_hex(8).upper()  # nobody can write such a name into a question
NAMES = re.compile(rf"(\w+)_{MARK}\(\)")


def named(name: str) -> DateScalar:
    @ibis.udf.scalar.builtin(name=f"{name}_{MARK}")
    def day() -> date: ...

    return day()


START, END, TODAY = named("START"), named("END"), named("TODAY")
START_BEFORE, END_BEFORE = named("START_BEFORE"), named("END_BEFORE")


def written(sql: str, period: Period, today: date) -> str:
    """The SQL of the question for this period."""
    before = period.before("previous_period", today)
    days = {
        "START": period.start,
        "END": period.end,
        "TODAY": today,
        "START_BEFORE": before.start,
        "END_BEFORE": before.end,
    }
    return NAMES.sub(lambda found: literal(days[found[1]]), sql)


def literal(day: date | None) -> str:
    return f"DATE '{day}'" if day else "CAST(NULL AS DATE)"


def earlier(day: DateScalar, **by: int) -> DateScalar:
    """So many days or months before. Without the casts it is a moment, for which DuckDB would look
    into every month."""
    return (day.cast("timestamp") - ibis.interval(**by)).cast("date")
