"""When a schedule is due by the shop's clock, and which days a named period covers."""

from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from analytics.semantics.periods import NAMED, OLD_NAMES, last_of, period_label, preset

PERIODS = [(name, period_label(name)) for name in NAMED]
# Rows of before have these names; to say them anew would move their days.
OLD_PERIODS = [(name, period_label(name)) for name, word in OLD_NAMES.items() if word in NAMED]
DAYS_AHEAD = 63  # enough to meet each day of the month, and each weekday


def next_time(
    moment: datetime, at: time, weekday: int | None = None, day: int | None = None
) -> datetime:
    """The next time after `moment` that the clock shows `at`, on this weekday or day of the month.

    A time that the clock skips in spring comes as late as the clock is put forward; one that it
    shows twice in autumn comes the first time.
    """
    today = timezone.localdate(moment)
    days = (today + timedelta(ahead) for ahead in range(DAYS_AHEAD))
    due_days = (each for each in days if is_due_on(each, weekday, day))
    # In UTC: times of one zone compare by their clock, which shows an hour of autumn twice.
    times = (timezone.make_aware(datetime.combine(each, at)).astimezone(UTC) for each in due_days)
    return next(each for each in times if each > moment.astimezone(UTC))


def is_due_on(candidate: date, weekday: int | None, day: int | None) -> bool:
    if day is not None:
        return candidate.day == min(day, last_of(candidate).day)
    return weekday in (None, candidate.isoweekday())


def with_period(parameters: dict, period: str, today: date) -> MultiValueDict:
    """The parameters of a report that runs on this day."""
    merged = MultiValueDict(parameters)
    if period:
        days = preset(period, today)
        merged["start"], merged["end"] = str(days.start), str(days.end)
    return merged


def month_before(today: date) -> date:
    return today.replace(day=1) - timedelta(1)
