"""Models for what is sold now and then: a mean of weeks, spread evenly over the open days.

Days without a sale are then no holidays but how it sells, and logarithms make no sense.
"""

from functools import partial

import numpy as np

from analytics.predictions.methods.forecasters import Member, again
from analytics.predictions.methods.smoothing import Smoothing
from analytics.predictions.methods.trading_days import WEEK, Past


def weeks_of(past: Past) -> np.ndarray:
    """The sums of seven days each, up to now; of less than a week what a week would have."""
    values = past.values
    if len(values) < WEEK:
        return np.array([values.mean() * WEEK])
    return values[len(values) % WEEK :].reshape(-1, WEEK).sum(axis=1)


def daily(past: Past, week: float, steps: int) -> np.ndarray:
    return np.full(steps, max(0.0, week) / past.season)


def last_week(past: Past, steps: int) -> np.ndarray:
    week = past.values[-WEEK:][past.open_weekdays[past.own[-WEEK:]]]
    return again(np.maximum(0, week), steps)


def mean_of_weeks(past: Past, steps: int, weeks: int) -> np.ndarray:
    return daily(past, weeks_of(past)[-weeks:].mean(), steps)


def level(past: Past, steps: int) -> np.ndarray:
    weeks = weeks_of(past)
    return daily(past, Smoothing().fit(weeks).forecast(1)[0], steps)


NAIVE = Member("Last week again", last_week)
MEMBERS = (
    Member("Mean of 4 weeks", partial(mean_of_weeks, weeks=4)),
    Member("Mean of 8 weeks", partial(mean_of_weeks, weeks=8)),
    Member("Mean of half a year", partial(mean_of_weeks, weeks=26)),
    Member("Smoothed weeks", level),
)
