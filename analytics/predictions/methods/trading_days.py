"""The days on which a shop is open, and their sales without gaps and outliers.

Closed weekdays are removed, so that every week has the same number of days; single closed days are
filled in, and outliers are moved towards the days around them.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

WEEK = 7
RECENT_WEEKS = 8  # these decide on which weekdays a shop is open
OPEN_SHARE = 1 / 3  # a weekday with fewer sales than this share of the busiest ones is closed
HALF_YEAR_WEEKS = 26
REGULAR_SHARE = 0.75  # a regular shop has sales on at least this share of its open days
NEARBY_WEEKS = 4  # weeks before and after a day that define its usual sales
OUTLIER_LIMIT = 3.5  # times the median distance
MAD = 1.4826  # standard deviation ÷ median distance of a normal distribution


@dataclass(frozen=True)
class Past:
    """Sales of each day up to now; `weekday` is that of the first day, Monday is 0."""

    values: np.ndarray
    weekday: int

    def until(self, day: int) -> "Past":
        return Past(self.values[:day], self.weekday)

    def weekdays(self, first: int, count: int) -> np.ndarray:
        return (self.weekday + first + np.arange(count)) % WEEK

    @cached_property
    def day_weekdays(self) -> np.ndarray:
        """The weekday of each day."""
        return self.weekdays(0, len(self.values))

    @cached_property
    def open_weekdays(self) -> np.ndarray:
        """Whether the shop is open on each weekday; one that is rarely open counts as closed."""
        recent = self.share_of_sales(RECENT_WEEKS)
        if busiest(recent) >= REGULAR_SHARE:
            return recent >= OPEN_SHARE * busiest(recent)
        # With irregular sales eight weeks miss a weekday by chance: any sale in half a year counts.
        return self.share_of_sales(HALF_YEAR_WEEKS) > 0

    def share_of_sales(self, weeks: int) -> np.ndarray:
        """For each weekday the share of the last weeks that have sales on it."""
        sold, days = self.values[-weeks * WEEK :] > 0, self.day_weekdays[-weeks * WEEK :]
        return np.bincount(days, sold, WEEK) / np.maximum(1, np.bincount(days, minlength=WEEK))

    @cached_property
    def open_days(self) -> np.ndarray:
        """The indices of days on open weekdays."""
        return np.flatnonzero(self.open_weekdays[self.day_weekdays])

    @property
    def selling_days(self) -> int:
        return int((self.values > 0).sum())

    @property
    def season(self) -> int:
        return int(self.open_weekdays.sum())

    @cached_property
    def is_regular(self) -> bool:
        """Whether nearly every open day has sales: then one without is a holiday."""
        recent = self.values[self.open_days[-HALF_YEAR_WEEKS * WEEK :]] > 0
        return bool(recent.size and recent.mean() >= REGULAR_SHARE)

    @cached_property
    def logs(self) -> np.ndarray:
        """Logarithms of each open day's sales, holidays filled in and outliers limited."""
        values = self.values[self.open_days]
        logs = np.full(len(values), np.nan)
        logs[values > 0] = np.log(values[values > 0])
        usual = self.usual_logs(logs)
        distance = logs - usual
        # A median of 0, where most days are exactly as usual, would erase all other deviations.
        bound = OUTLIER_LIMIT * MAD * np.nanmedian(np.abs(distance)) or np.inf
        return usual + np.nan_to_num(np.clip(distance, -bound, bound))

    def usual_logs(self, logs: np.ndarray) -> np.ndarray:
        """The usual value of the day's weekday in the weeks around it."""
        # A median, not a mean, keeps a lasting new level sharp: its days are no outliers.
        level = median_around(logs, NEARBY_WEEKS * self.season)
        return level + weekday_effects(logs - level, self.day_weekdays[self.open_days])

    def future_days(self, periods: int) -> np.ndarray:
        """Which of the next days are open."""
        return self.open_weekdays[self.weekdays(len(self.values), periods)]


def busiest(shares: np.ndarray) -> float:
    return float(np.sort(shares)[-3:].mean())


def median_around(logs: np.ndarray, radius: int) -> np.ndarray:
    gap = np.full(radius, np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(
        np.concatenate([gap, logs, gap]), 2 * radius + 1
    )
    # nanmedian warns where a whole window is empty: long closures are interpolated instead.
    known = ~np.isnan(windows).all(axis=1)
    level = np.full(len(logs), np.nan)
    level[known] = np.nanmedian(windows[known], axis=1)
    return np.interp(np.arange(len(logs)), np.flatnonzero(known), level[known])


def weekday_effects(distance: np.ndarray, weekdays: np.ndarray) -> np.ndarray:
    """For each day the median distance of its weekday."""
    effects = np.zeros(WEEK)
    for weekday in range(WEEK):
        there = distance[(weekdays == weekday) & ~np.isnan(distance)]
        effects[weekday] = np.median(there) if there.size else 0
    return effects[weekdays]


def last_day_is_over(last_hours: np.ndarray) -> bool:
    """Whether the last day has sales as late as most days; otherwise the data end within it.

    `last_hours` are the hours of the last sale of each day, including the last day.
    """
    before = last_hours[:-1]
    return len(before) < 2 * WEEK or bool(last_hours[-1] >= np.quantile(before, 0.1))
