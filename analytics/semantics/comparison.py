"""Comparison with an earlier time: which period, which row belongs to which, and what growth is."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import ibis
from ibis.common.deferred import Deferred
from ibis.expr.types import BooleanValue

from analytics.semantics.columns import Column
from analytics.semantics.measures import ratio
from analytics.semantics.periods import (
    MONTHS_OF,
    WHOLE_DAY,
    Period,
    day_text,
    first_of_week,
    last_of,
    month_of,
    months_before,
    months_between,
    quarter_of,
    year_of,
)

MONTHS_A_YEAR = 12
DAYS_A_WEEK = 7
WEEKS_A_YEAR = 52
Row = dict[str, Any]


@dataclass(frozen=True)
class Comparison:
    """A period and the earlier one that it is compared with, so many months or days before."""

    period: Period
    earlier: Period
    months: int = 0
    days: int = 0
    is_known: bool = True  # False if the shop was not open yet when the earlier period began
    elapsed: Period | None = None  # the part of the period that is compared; None: all of it

    @property
    def text(self) -> str:
        """What is compared with what: 1–28 Nov 2026 compared with 1–28 Oct 2026."""
        if self.earlier.start is None:
            return ""
        text = f"{(self.elapsed or self.period).text} compared with {self.earlier.text}"
        if self.earlier.is_cut:
            text += f", both until {self.earlier.hours:02}:00 of the last day"
        if not self.is_known:
            text += f"; on {day_text(self.earlier.start)} the shop was not open yet"
        return text

    def matches(
        self, columns: Sequence[Column], rows: list[Row], earlier_rows: list[Row]
    ) -> list[int | None]:
        """For each row the index of the earlier row with the same keys or place in the calendar."""
        indexes = {key: index for index, key in enumerate(row_keys(columns, earlier_rows))}
        kinds = [column.kind for column in columns]
        return [indexes.get(self.earlier_key(kinds, key)) for key in row_keys(columns, rows)]

    def earlier_key(self, kinds: Sequence[str], key: tuple) -> tuple:
        return tuple(
            self.earlier_place(kind, value) for kind, value in zip(kinds, key, strict=True)
        )

    def earlier_place(self, kind: str, value: Any) -> Any:
        """The same thing; of the calendar the place that the value has in the earlier period. A day
        of the week or an hour of the day is the same in both."""
        move = MOVES.get(kind)
        return value if move is None or value is None else move(self, value)

    def earlier_day(self, day: date) -> date | None:
        """Day n of the month corresponds to day n; 31 October to nothing in September."""
        if not self.months:
            return day - timedelta(self.days)
        # Not months_before(day): it moves 31 October to 30 September, which 30 October has already.
        month = months_before(month_of(day), self.months)
        return month.replace(day=day.day) if day.day <= last_of(month).day else None

    def earlier_hour(self, hour: datetime) -> datetime | None:
        day = self.earlier_day(hour.date())
        return datetime.combine(day, hour.time()) if day else None

    def earlier_week(self, week: date) -> date:
        """The week whose days are the nearest to the earlier days: 52 weeks before, for a year."""
        starts = self.starts
        if not starts:
            return week
        return week - timedelta(weeks=round((starts[1] - starts[0]).days / DAYS_A_WEEK))

    def earlier_month(self, month: date) -> date:
        return months_before(month, self.months_apart(month_of))

    def earlier_quarter(self, quarter: date) -> date:
        return months_before(quarter, self.months_apart(quarter_of))

    def earlier_year(self, year: date) -> date:
        return months_before(year, self.months_apart(year_of))

    def earlier_month_of_year(self, month: int) -> int:
        return (month - 1 - self.months_apart(month_of)) % MONTHS_A_YEAR + 1

    def months_apart(self, first_of: Callable[[date], date]) -> int:
        """From the month, quarter or year in which the earlier period starts to that of this."""
        return months_between(*map(first_of, starts)) if (starts := self.starts) else 0

    @property
    def starts(self) -> tuple[date, date] | None:
        """The first days of the earlier period and of this one."""
        if self.earlier.start is None or self.period.start is None:
            return None
        return self.earlier.start, self.period.start


MOVES: dict[str, Callable[[Comparison, Any], Any]] = {
    "date": Comparison.earlier_day,
    "date_hour": Comparison.earlier_hour,
    "week": Comparison.earlier_week,
    "month": Comparison.earlier_month,
    "quarter": Comparison.earlier_quarter,
    "year": Comparison.earlier_year,
    "month_of_year": Comparison.earlier_month_of_year,
}


def row_keys(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[tuple]:
    return (tuple(row[column.name] for column in columns) for row in rows)


def compare(period: Period, name: str, today: date, hours: int = WHOLE_DAY) -> Comparison:
    """With the same dates a year ago, the same weekdays a year ago, or with the period before.

    The one before a calendar month, quarter, year or week is that before it; of days from the first
    of a month on, the same days of the month before; else as many days directly before. Of a period
    that is not over only the days so far count, and of today's counterpart the same `hours`.
    """
    start, end = period.start, period.end
    if start is None or end is None:
        return Comparison(period, period)
    last, last_hours = end, period.hours
    if not period.is_over(today):
        # The start if nothing of the period has come yet: then there are no hours so far.
        last, last_hours = max(today, start), hours if start <= today else WHOLE_DAY
    elapsed = Period(start, last, last_hours)
    # By the requested end, before it is cut: a month that has only begun is compared as a month.
    if months := distance_in_months(name, period.unit, start, end, today):
        is_whole = last == end and not period.is_cut and period.is_over(today)
        earlier = months_earlier(start, last, months, is_whole, last_hours)
        earlier = replace(earlier, unit=period.unit)
        return Comparison(period, earlier, months=months, elapsed=elapsed)
    days = distance_in_days(name, period.unit, start, end, today) or elapsed.days
    earlier = Period(start - timedelta(days), last - timedelta(days), last_hours, period.unit)
    return Comparison(period, earlier, days=days, elapsed=elapsed)


def months_earlier(first: date, last: date, months: int, is_whole: bool, hours: int) -> Period:
    start, end = months_before(first, months), months_before(last, months)
    # months_before() takes 28 February to 28 January; a whole month has a whole one before it.
    if is_whole and last == last_of(last):
        end = last_of(end)
    # 31 March has no counterpart in February, of whose last day all hours count then.
    return Period(start, end, hours if end.day == last.day else WHOLE_DAY)


def distance_in_months(name: str, unit: str, first: date, last: date, today: date) -> int:
    if name == "previous_period":
        return MONTHS_OF.get(unit, 0) if unit else length_in_months(first, last, today)
    return MONTHS_A_YEAR if name == "previous_year" else 0


def distance_in_days(name: str, unit: str, first: date, last: date, today: date) -> int:
    """0 where it is the length of the period."""
    if name == "previous_year_weekdays":
        return WEEKS_A_YEAR * DAYS_A_WEEK
    return DAYS_A_WEEK if unit == "week" or is_week(first, last, today) else 0


def length_in_months(first: date, last: date, today: date) -> int:
    """Of a calendar month, quarter or year, begun or whole, and of other whole months; else 0."""
    # A single day is compared with the day before, also where it is the first of a month.
    if first.day != 1 or first == last:
        return 0
    months, is_whole = months_between(first, last) + 1, last == last_of(last)
    # Before the year to date: January to March is a quarter, compared with the quarter before.
    if months == 1 or (is_whole and months == 3):
        return months
    if first.month == 1 and first.year == last.year:  # the year to date
        return MONTHS_A_YEAR
    if is_whole:
        return months
    # The quarter to date; once it is past, nothing tells it from any other days.
    return 3 if last == today and quarter_of(last) == first else 0


def is_week(first: date, last: date, today: date) -> bool:
    """Whether it is a calendar week, or the one that today is in until today."""
    if first_of_week(first) != first or first == last:
        return False
    is_to_date = last == today and first_of_week(last) == first
    return is_to_date or (last - first).days == DAYS_A_WEEK - 1


def growth(now: Decimal | int | None, then: Decimal | int | None) -> Decimal | None:
    """(now − then) ÷ then; no value where then is not above 0."""
    if now is None or then is None or then <= 0:
        return None
    return (Decimal(now) - then) / then


def growth_column(now: Deferred, then: Deferred, is_known: BooleanValue | bool = True) -> Deferred:
    """`growth` for the columns of a table, where the earlier time is known."""
    return ratio(now - then, ibis.cases(((then > 0) & is_known, then)))
