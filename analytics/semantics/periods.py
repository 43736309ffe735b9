"""Periods of the shop's calendar: from one day to another, or by a name such as "last month"."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from django.conf import settings

FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2099, 12, 31)  # that a filter accepts
WHOLE_DAY = 24  # hours
PARAMETERS = ("period", "include_today", "start", "end")  # what says the days
PRESETS = {
    "today": "Today",
    "yesterday": "Yesterday",
    "last_7_days": "Last 7 days",
    "last_30_days": "Last 30 days",
    "last_90_days": "Last 90 days",
    "this_week": "This week",
    "last_week": "Last week",
    "this_month": "This month",
    "last_month": "Last month",
    "this_quarter": "This quarter",
    "last_quarter": "Last quarter",
    "this_year": "This year",
    "last_year": "Last year",
    "year_to_date": "Year to date",
    "last_12_months": "Last 12 months",
    "all_time": "All time",
    "last_sales": "12 months to the last sale",
    "custom": "Custom",
}
# What today alone says the days of. The others need the first and the last sale, or two dates.
NAMED = [name for name in PRESETS if name not in ("all_time", "last_sales", "custom")]
# Names of before, each with the one of now, and those that had today among their days
OLD_NAMES = {
    "7": "last_7_days",
    "30": "last_30_days",
    "90": "last_90_days",
    "12-months": "last_12_months",
    "month": "this_month",
    "last-month": "last_month",
    "year": "year_to_date",
    "all": "all_time",
    "last-sales": "last_sales",
}
WITH_TODAY = ("7", "30", "90")
ROLLING = {"last_7_days": 7, "last_30_days": 30, "last_90_days": 90}  # days
MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}
# The unit of the calendar that a name begins with the first day of. Its days alone do not always
# tell: the first of October is a day, and the quarter to date.
UNITS = {
    **{f"{which}_{unit}": unit for which in ("this", "last") for unit in ("week", *MONTHS_OF)},
    "year_to_date": "year",
    "last_12_months": "year",
    **dict.fromkeys(ROLLING, "day"),
}


@dataclass(frozen=True)
class Period:
    """From one day to another, both included; no days where nothing was ever sold. Of the last day
    only the first `hours` count."""

    start: date | None
    end: date | None
    hours: int = WHOLE_DAY
    unit: str = field(default="", compare=False)  # of the calendar, if a name says so

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


def period_label(name: str) -> str:
    """Also of a name of before."""
    label = PRESETS[OLD_NAMES.get(name, name)]
    return f"{label} including today" if name in WITH_TODAY else label


def preset(name: str, today: date, include_today: bool = False) -> Period:
    """The days of a name, also of one of before. The last days end yesterday, unless today is to be
    one of them; a unit of the calendar that is not over ends today."""
    word = OLD_NAMES.get(name, name)
    if word in ROLLING:
        end = today if include_today or name in WITH_TODAY else today - timedelta(1)
        found = Period(end - timedelta(ROLLING[word] - 1), end)
    else:
        found = calendar_period(word, today)
    return replace(found, unit=UNITS.get(word, ""))


def calendar_period(word: str, today: date) -> Period:
    yesterday = today - timedelta(1)
    which, _, unit = word.partition("_")
    if unit in FIRSTS:
        first = FIRSTS[unit](today)
        before = first - timedelta(1)
        return Period(first, today) if which == "this" else Period(FIRSTS[unit](before), before)
    return {
        "today": Period(today, today),
        "yesterday": Period(yesterday, yesterday),
        "year_to_date": Period(year_of(today), today),
        # Whole months: one that begins in its middle would look like a bad one.
        "last_12_months": Period(months_before(month_of(today), 11), today),
    }[word]


FIRSTS = {"week": first_of_week, "month": month_of, "quarter": quarter_of, "year": year_of}
