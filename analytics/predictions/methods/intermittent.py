"""Models for intermittent sales: a mean of weeks, spread evenly over the open days.

Here a day without sales is normal and no holiday, and logarithms are of no use.
"""

from functools import partial

import numpy as np

from analytics.predictions.methods.forecasters import Forecaster, repeat_week
from analytics.predictions.methods.smoothing import Smoothing
from analytics.predictions.methods.trading_days import WEEK, Past


def weekly_sales(past: Past) -> np.ndarray:
    """Sums of seven days each, up to the last day; less than a week is extrapolated to one."""
    values = past.values
    if len(values) < WEEK:
        return np.array([values.mean() * WEEK])
    return values[len(values) % WEEK :].reshape(-1, WEEK).sum(axis=1)


def as_daily_sales(past: Past, week: float, steps: int) -> np.ndarray:
    # Returns may exceed the sales of a week.
    return np.full(steps, max(0.0, week) / past.season)


def last_week(past: Past, steps: int) -> np.ndarray:
    week = past.values[-WEEK:][past.open_weekdays[past.day_weekdays[-WEEK:]]]
    return repeat_week(np.maximum(0, week), steps)


def mean_of_weeks(past: Past, steps: int, weeks: int) -> np.ndarray:
    return as_daily_sales(past, weekly_sales(past)[-weeks:].mean(), steps)


def smoothed_weeks(past: Past, steps: int) -> np.ndarray:
    weeks = weekly_sales(past)
    return as_daily_sales(past, Smoothing().fit(weeks).forecast(1)[0], steps)


NAIVE = Forecaster("Last week again", last_week)
FORECASTERS = (
    Forecaster("Mean of 4 weeks", partial(mean_of_weeks, weeks=4)),
    Forecaster("Mean of 8 weeks", partial(mean_of_weeks, weeks=8)),
    Forecaster("Mean of half a year", partial(mean_of_weeks, weeks=26)),
    Forecaster("Smoothed weeks", smoothed_weeks),
)
