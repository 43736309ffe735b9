"""Comparison with an earlier time: which period, which row belongs to which, and what growth is."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis
from ibis.common.deferred import Deferred
from ibis.expr.types import BooleanValue

from analytics.semantics.columns import Column
from analytics.semantics.measures import ratio
from analytics.semantics.periods import Period, last_of, month_of, months_before, months_between

MONTHS_A_YEAR = 12
Row = dict[str, Any]


@dataclass(frozen=True)
class Comparison:
    """A period and the earlier one that it is compared with, so many months or days before."""

    period: Period
    earlier: Period
    months: int = 0
    days: int = 0
    is_known: bool = True  # False if the shop was not open yet when the earlier period began

    def matches(
        self, columns: Sequence[Column], rows: list[Row], earlier_rows: list[Row]
    ) -> list[int | None]:
        """For each row the index of the earlier row with the same keys or place in the calendar."""
        indexes = {key: index for index, key in enumerate(row_keys(columns, earlier_rows))}
        kinds = [column.kind for column in columns]
        return [indexes.get(self.earlier_key(kinds, key)) for key in row_keys(columns, rows)]

    def earlier_key(self, kinds: list[str], key: tuple) -> tuple:
        earlier = {"date": self.earlier_day, "month": self.earlier_month}
        return tuple(
            earlier[kind](value) if kind in earlier and value else value
            for kind, value in zip(kinds, key, strict=True)
        )

    def earlier_day(self, day: date) -> date | None:
        """Day n of the month corresponds to day n; 31 October to nothing in September."""
        if not self.months:
            return day - timedelta(self.days)
        # Not months_before(day): it moves 31 October to 30 September, which 30 October has already.
        month = months_before(month_of(day), self.months)
        return month.replace(day=day.day) if day.day <= last_of(month).day else None

    def earlier_month(self, month: date) -> date:
        if self.earlier.start is None or self.period.start is None:
            return month
        return months_before(month, months_between(self.earlier.start, self.period.start))


def row_keys(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[tuple]:
    return (tuple(row[column.name] for column in columns) for row in rows)


def compare(period: Period, name: str, today: date) -> Comparison:
    """With the same time a year ago, or with the period before. Whole months are compared with
    whole months, days of a month with the same days; of a period that is not over only the days
    so far count. Other days are compared with as many directly before them."""
    if period.start is None or period.end is None:
        return Comparison(period, period)
    start, end = period.start, period.end
    # By the requested end, before it is cut: a month that has only begun is compared as a month.
    months = MONTHS_A_YEAR if name == "previous_year" else length_in_months(start, end)
    if not period.is_over(today):
        # The start is later than today if none of the period has come yet.
        end = max(today, start)
    if not months:
        days = (end - start).days + 1
        earlier = Period(start - timedelta(days), start - timedelta(1))
        return Comparison(period, earlier, days=days)
    earlier_start, earlier_end = (months_before(day, months) for day in (start, end))
    # months_before() takes 28 February to 28 January; a whole month has a whole one before it.
    if period.is_over(today) and end == last_of(end):
        earlier_end = last_of(earlier_end)
    return Comparison(period, Period(earlier_start, earlier_end), months=months)


def length_in_months(first: date, last: date) -> int:
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
    return months if is_whole else 0


def growth(now: Decimal | int | None, then: Decimal | int | None) -> Decimal | None:
    """(now − then) ÷ then; no value where then is not above 0."""
    if now is None or then is None or then <= 0:
        return None
    return (Decimal(now) - then) / then


def growth_column(now: Deferred, then: Deferred, is_known: BooleanValue | bool = True) -> Deferred:
    """`growth` for the columns of a table, where the earlier time is known."""
    return ratio(now - then, ibis.cases(((then > 0) & is_known, then)))
