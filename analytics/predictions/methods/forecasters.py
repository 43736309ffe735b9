"""The models of which a forecast is made. Each continues the logarithms of the open days.

`Past` has no gaps on open days, so that weekday effects come again after `season` values.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analytics.predictions.methods.smoothing import Smoothing, auto_ets, theta
from analytics.predictions.methods.trading_days import WEEK, Past

MEAN = 8  # weeks
LEVEL = 4  # weeks
EFFECTS = 26  # weeks
YEAR = 365.25
WAVES = 4  # of a year, with 2, 3, 4 of them for its shape
TWO_YEARS = 2 * YEAR
LONGEST = 3 * YEAR  # days that models of single steps look back on


def seasonal_naive(past: Past, steps: int) -> np.ndarray:
    """The last week again and again."""
    return again(past.logs[-past.season :], steps)


def week_mean(past: Past, steps: int) -> np.ndarray:
    """The mean of the same weekday in the last eight weeks."""
    count = min(MEAN, max(1, len(past.logs) // past.season))
    weeks = np.exp(past.logs[-count * past.season :]).reshape(count, past.season)
    return again(np.log(weeks.mean(axis=0)), steps)


def weekday_level(past: Past, steps: int) -> np.ndarray:
    """The level of the last four weeks, and how weekdays differed in half a year."""
    left, effects = without_weekdays(past)
    return left[-LEVEL * past.season :].mean() + again(effects, steps)


def auto_theta(past: Past, steps: int) -> np.ndarray:
    left, effects = without_weekdays(past)
    return theta(left, steps) + again(effects, steps)


def smoothed(past: Past, steps: int) -> np.ndarray:
    return auto_ets(past.logs, past.season, steps)


def decomposed(past: Past, steps: int) -> np.ndarray:
    """Weekdays, after two years also the season of the year, and what is left with a trend."""
    yearly = year_effects(past, steps)
    left, effects = without_weekdays(past, yearly[: len(past.logs)])
    rest = Smoothing(trend=True).fit(left).forecast(steps)
    return rest + again(effects, steps) + yearly[len(past.logs) :]


def prophet(past: Past, steps: int) -> np.ndarray:
    """Prophet (Taylor & Letham 2018). It is large, so only those who fit load it."""
    for name in ("cmdstanpy", "prophet.plot"):  # they tell of each fit, and of missing plots
        logging.getLogger(name).setLevel(logging.CRITICAL)
    import pandas as pd
    from prophet import Prophet

    days = pd.Timestamp("2001-01-01") + pd.to_timedelta(ordinals(past, steps), "D")
    model = Prophet(
        weekly_seasonality=True,
        daily_seasonality=False,
        yearly_seasonality=spans_two_years(past),
        uncertainty_samples=0,
    )
    count = len(past.logs)
    model.fit(pd.DataFrame({"ds": days[:count], "y": past.logs}), seed=1)
    return model.predict(pd.DataFrame({"ds": days[count:]}))["yhat"].to_numpy()


@dataclass(frozen=True)
class Member:
    name: str
    fit: Callable[[Past, int], np.ndarray]
    days: int = 0  # open days that it needs


NAIVE = Member("Last week again", seasonal_naive)
MEMBERS = (
    Member("Weekday level", weekday_level),
    Member("Mean of 8 weeks", week_mean, 28),
    Member("Theta", auto_theta, 28),
    Member("Exponential smoothing", smoothed, 28),
    Member("Decomposition", decomposed, 28),
    Member("Prophet", prophet, 84),
)


def again(week: np.ndarray, steps: int) -> np.ndarray:
    return np.resize(week, steps)


def without_weekdays(past: Past, known: float | np.ndarray = 0) -> tuple[np.ndarray, np.ndarray]:
    """The logarithms without the effects of the weekdays, and these effects from now on."""
    logs, season = past.logs - known, past.season
    weeks = min(EFFECTS, len(logs) // season)
    lately = logs[len(logs) - weeks * season :].reshape(weeks, season)
    effects = (lately - lately.mean(axis=1, keepdims=True)).mean(axis=0)
    effects -= effects.mean()
    return logs - np.roll(effects, len(logs) % season)[np.arange(len(logs)) % season], effects


def spans_two_years(past: Past) -> bool:
    return len(past.values) >= TWO_YEARS


def ordinals(past: Past, steps: int) -> np.ndarray:
    """The number of each open day since a Monday, those ahead too."""
    enough = len(past.values) + np.arange(steps * WEEK)
    ahead = enough[past.open_weekdays[past.weekdays(len(past.values), steps * WEEK)]][:steps]
    return past.weekday + np.concatenate([past.open_days, ahead])


def year_effects(past: Past, steps: int) -> np.ndarray:
    """The season of the year as waves, beside a straight trend; nothing before two years."""
    days = ordinals(past, steps)
    if not spans_two_years(past):
        return np.zeros(len(days))
    turns = 2 * np.pi * np.outer(days / YEAR, np.arange(1, WAVES + 1))
    waves = np.hstack([np.sin(turns), np.cos(turns)])
    trend = np.column_stack([np.ones(len(days)), days / YEAR])
    count = len(past.logs)
    left, _ = without_weekdays(past)
    weights = np.linalg.lstsq(np.hstack([trend, waves])[:count], left, rcond=None)[0]
    return waves @ weights[2:]
