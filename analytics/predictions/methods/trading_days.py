"""On which days a shop sells, and what it sold on them, evened out for the models.

Closed weekdays are taken out, so that a week has always as many days; single closed days are
filled in, and single days far from those around them are drawn nearer.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

WEEK = 7
RECENT = 8  # weeks that tell on which weekdays a shop is open
OPEN = 1 / 3  # of the busiest weekdays: who is open less often on a weekday is closed on it
HALF_YEAR = 26
REGULAR = 0.75  # of the days on which a shop is open, those on which it must sell something
AROUND = 4  # weeks before and after a day that say what is usual then
FAR = 3.5  # times the median distance
MAD = 1.4826  # of a normal distribution, standard deviation ÷ median distance


@dataclass(frozen=True)
class Past:
    """What was sold on each day up to now; `weekday` is that of the first day, Monday is 0."""

    values: np.ndarray
    weekday: int

    def until(self, day: int) -> "Past":
        return Past(self.values[:day], self.weekday)

    def weekdays(self, first: int, count: int) -> np.ndarray:
        return (self.weekday + first + np.arange(count)) % WEEK

    @cached_property
    def own(self) -> np.ndarray:
        """The weekday of each day."""
        return self.weekdays(0, len(self.values))

    @cached_property
    def open_weekdays(self) -> np.ndarray:
        """Whether the shop is open on each weekday; seldom on one does not count."""
        recent = self.share_of_sales(RECENT)
        if busiest(recent) >= REGULAR:
            return recent >= OPEN * busiest(recent)
        return self.share_of_sales(HALF_YEAR) > 0

    def share_of_sales(self, weeks: int) -> np.ndarray:
        """For each weekday the share of the last weeks in which something was sold on it."""
        sold, days = self.values[-weeks * WEEK :] > 0, self.own[-weeks * WEEK :]
        return np.bincount(days, sold, WEEK) / np.maximum(1, np.bincount(days, minlength=WEEK))

    @cached_property
    def open_days(self) -> np.ndarray:
        """The days that lie on open weekdays, by their number."""
        return np.flatnonzero(self.open_weekdays[self.own])

    @property
    def selling_days(self) -> int:
        return int((self.values > 0).sum())

    @property
    def season(self) -> int:
        return int(self.open_weekdays.sum())

    @cached_property
    def is_regular(self) -> bool:
        """Whether something is sold on nearly each open day: then nothing means a holiday."""
        lately = self.values[self.open_days[-HALF_YEAR * WEEK :]] > 0
        return bool(lately.size and lately.mean() >= REGULAR)

    @cached_property
    def logs(self) -> np.ndarray:
        """The logarithm of each open day's sales: holidays filled in, extremes drawn nearer."""
        values = self.values[self.open_days]
        found = np.full(len(values), np.nan)
        found[values > 0] = np.log(values[values > 0])
        usual = self.usual(found)
        distance = found - usual
        bound = FAR * MAD * np.nanmedian(np.abs(distance)) or np.inf
        return usual + np.nan_to_num(np.clip(distance, -bound, bound))

    def usual(self, logs: np.ndarray) -> np.ndarray:
        """What a day of this weekday sells in the weeks around it."""
        level = median_around(logs, AROUND * self.season)
        return level + weekday_effects(logs - level, self.own[self.open_days])

    def future_days(self, periods: int) -> np.ndarray:
        """Which of the next days are open."""
        return self.open_weekdays[self.weekdays(len(self.values), periods)]


def busiest(shares: np.ndarray) -> float:
    return float(np.sort(shares)[-3:].mean())


def median_around(logs: np.ndarray, reach: int) -> np.ndarray:
    gap = np.full(reach, np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(
        np.concatenate([gap, logs, gap]), 2 * reach + 1
    )
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
    """Whether the last day sold as late as most: else the file ends within it.

    `last_hours` are the hours of the last sale of each day, the last one included.
    """
    before = last_hours[:-1]
    return len(before) < 2 * WEEK or bool(last_hours[-1] >= np.quantile(before, 0.1))
