"""Days of the shop's calendar: from one to another, or by a name."""

from dataclasses import dataclass
from datetime import date, timedelta

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
    "custom": "Own dates",
}
NAMED = [name for name in PRESETS if name not in ("all", "last-sales", "custom")]


@dataclass(frozen=True)
class Period:
    """Days of the shop's calendar, both included; no days where nothing was ever sold."""

    start: date | None
    end: date | None

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1 if self.start else 0

    def is_over(self, today: date) -> bool:
        return self.end is None or self.end < today

    def before(self, compare: str, today: date) -> "Period":
        """What this period is compared with: of one that is not over, only the days so far."""
        if self.start is None:
            return self
        end = self.end if self.is_over(today) else max(today, self.start)
        if compare == "previous_year":
            return Period(a_year_before(self.start), a_year_before(end))
        days = (end - self.start).days + 1
        return Period(self.start - timedelta(days), self.start - timedelta(1))


def last_of(month: date) -> date:
    """The last day of the month that this day lies in."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def a_year_before(day: date) -> date:
    last_of_february = day.month == 2 and day.day == 29
    return day.replace(year=day.year - 1, day=28 if last_of_february else day.day)


def preset(name: str, today: date) -> Period:
    first = today.replace(day=1)
    if name.isdigit():
        return Period(today - timedelta(int(name) - 1), today)
    return {
        "today": Period(today, today),
        "yesterday": Period(today - timedelta(1), today - timedelta(1)),
        "12-months": Period(a_year_before(today) + timedelta(1), today),
        "month": Period(first, today),
        "last-month": Period((first - timedelta(1)).replace(day=1), first - timedelta(1)),
        "year": Period(today.replace(month=1, day=1), today),
    }[name]
