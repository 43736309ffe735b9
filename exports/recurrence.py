"""When something is due by the shop's clock, and which days a period by name means."""

from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from analytics.semantics.periods import NAMED, PRESETS, last_of, preset

PERIODS = [(name, PRESETS[name]) for name in NAMED]
DAYS_AHEAD = 63  # days: each day of each month lies within them


def next_time(moment: datetime, at: time, weekday: int | None = None, day: int | None = None):
    """The next time after `moment` that the clock shows `at`, on this weekday or day of the month.

    A time that the clock skips in spring comes as late as the clock is put forward; one that it
    shows twice in autumn comes the first time.
    """
    today = timezone.localdate(moment)
    days = (today + timedelta(ahead) for ahead in range(DAYS_AHEAD))
    wanted = (found for found in days if is_day(found, weekday, day))
    moments = (timezone.make_aware(datetime.combine(found, at)).astimezone(UTC) for found in wanted)
    return next(found for found in moments if found > moment.astimezone(UTC))


def is_day(found: date, weekday: int | None, day: int | None) -> bool:
    if day is not None:
        return found.day == min(day, last_of(found).day)
    return weekday in (None, found.isoweekday())


def with_period(parameters: dict, period: str, today: date) -> MultiValueDict:
    """The parameters of a question that is asked on this day."""
    given = MultiValueDict(parameters)
    if period:
        days = preset(period, today)
        given["start"], given["end"] = str(days.start), str(days.end)
    return given


def month_before(today: date) -> date:
    return today.replace(day=1) - timedelta(1)
