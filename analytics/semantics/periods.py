"""Periods of the shop's calendar: from one day to another, or by a name such as "last month"."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings

FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2099, 12, 31)  # that a filter accepts
WHOLE_DAY = 24  # hours
PRESETS = {
    "today": "Today",
    "yesterday": "Yesterday",
    "7": "Last 7 days",
    "30": "Last 30 days",
    "90": "Last 90 days",
    "12-months": "Last 12 months",
    "month": "This month",
    "last-month": "Last month",
    "year": "Year to date",
    "all": "All time",
    "last-sales": "12 months to the last sale",
    "custom": "Custom dates",
}
NAMED = [name for name in PRESETS if name not in ("all", "last-sales", "custom")]


MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Period:
    """From one day to another, both included; no days where nothing was ever sold. Of the last day
    only the first `hours` count."""

    start: date | None
    end: date | None
    hours: int = WHOLE_DAY

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1 if self.start and self.end else 0

    @property
    def is_cut(self) -> bool:
        return self.hours < WHOLE_DAY

    def is_over(self, today: date) -> bool:
        return self.end is None or self.end < today

    @property
    def text(self) -> str:
        """1–28 Nov 2026; without the parts of the first day that the last one has, too."""
        if self.start is None or self.end is None:
            return "no sales"
        first, last = self.start, self.end
        if first == last:
            return day_text(last)
        if first.year != last.year:
            return f"{day_text(first)} – {day_text(last)}"
        if first.month != last.month:
            return f"{first.day} {first:%b} – {day_text(last)}"
        return f"{first.day}–{day_text(last)}"


def day_text(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def last_of(month: date) -> date:
    """The last day of the month of this day."""
    # 32 days after the first is always in the next month.
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def last_day_of(kind: str, first: date) -> date:
    """The last day of the week, month, quarter or year that begins on this day."""
    if kind == "week":
        return first + timedelta(6)
    last = first
    for _month in range(MONTHS_OF.get(kind, 0)):
        last = last_of(first)
        first = last + timedelta(1)
    return last


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def first_of_week(day: date) -> date:
    """The first day of the week of this day; the setting WEEK_START says on which weeks begin."""
    return day - timedelta((day.isoweekday() - settings.WEEK_START) % 7)


def quarter_of(day: date) -> date:
    """The first day of its quarter."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def year_of(day: date) -> date:
    return date(day.year, 1, 1)


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or the last one of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    first = date(year, month + 1, 1)
    return first.replace(day=min(day.day, last_of(first).day))


def months_between(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def a_year_before(day: date) -> date:
    return months_before(day, 12)


def preset(name: str, today: date) -> Period:
    first = today.replace(day=1)
    if name.isdigit():
        # Today is one of the days.
        return Period(today - timedelta(int(name) - 1), today)
    return {
        "today": Period(today, today),
        "yesterday": Period(today - timedelta(1), today - timedelta(1)),
        # From the day after, or the same date would be in the period twice.
        "12-months": Period(a_year_before(today) + timedelta(1), today),
        "month": Period(first, today),
        "last-month": Period((first - timedelta(1)).replace(day=1), first - timedelta(1)),
        "year": Period(today.replace(month=1, day=1), today),
    }[name]
