"""The models that a forecast averages. Each continues the logarithms of sales on open days.

`Past` has no gaps on open days, so weekday effects repeat after `season` values.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analytics.predictions.methods.smoothing import Smoothing, auto_ets, theta
from analytics.predictions.methods.trading_days import WEEK, Past

MEAN_WEEKS = 8
LEVEL_WEEKS = 4
EFFECT_WEEKS = 26
YEAR = 365.25
WAVES = 4  # Fourier terms of the yearly season
TWO_YEARS = 2 * YEAR


def seasonal_naive(past: Past, steps: int) -> np.ndarray:
    """Repeats the last week."""
    return repeat_week(past.logs[-past.season :], steps)


def week_mean(past: Past, steps: int) -> np.ndarray:
    """The mean of the same weekday over the last eight weeks."""
    count = min(MEAN_WEEKS, max(1, len(past.logs) // past.season))
    weeks = np.exp(past.logs[-count * past.season :]).reshape(count, past.season)
    # Of amounts: the mean of the logarithms is the geometric one, which is lower.
    return repeat_week(np.log(weeks.mean(axis=0)), steps)


def weekday_level(past: Past, steps: int) -> np.ndarray:
    """The level of the last four weeks, with the weekday effects of half a year."""
    remainder, effects = without_weekday_effects(past)
    return remainder[-LEVEL_WEEKS * past.season :].mean() + repeat_week(effects, steps)


def auto_theta(past: Past, steps: int) -> np.ndarray:
    remainder, effects = without_weekday_effects(past)
    return theta(remainder, steps) + repeat_week(effects, steps)


def exponential_smoothing(past: Past, steps: int) -> np.ndarray:
    return auto_ets(past.logs, past.season, steps)


def decomposition(past: Past, steps: int) -> np.ndarray:
    """Weekday effects, after two years also a yearly season, and a damped trend of the rest."""
    yearly = year_effects(past, steps)
    remainder, effects = without_weekday_effects(past, yearly[: len(past.logs)])
    rest = Smoothing(trend=True).fit(remainder).forecast(steps)
    return rest + repeat_week(effects, steps) + yearly[len(past.logs) :]


def prophet(past: Past, steps: int) -> np.ndarray:
    """Prophet (Taylor & Letham 2018). It is large, so it is imported only when fitting."""
    for name in ("cmdstanpy", "prophet.plot"):  # they log each fit and missing plot libraries
        logging.getLogger(name).setLevel(logging.CRITICAL)
    import pandas as pd
    from prophet import Prophet

    # A Monday, as `ordinals` counts from one. No holidays are used, so the year does not matter.
    days = pd.Timestamp("2001-01-01") + pd.to_timedelta(ordinals(past, steps), "D")
    model = Prophet(
        weekly_seasonality=True,
        daily_seasonality=False,
        yearly_seasonality=spans_two_years(past),
        uncertainty_samples=0,  # the bounds come from the backtest (intervals.py)
    )
    count = len(past.logs)
    # The seed, because the same past must give the same forecast.
    model.fit(pd.DataFrame({"ds": days[:count], "y": past.logs}), seed=1)
    return model.predict(pd.DataFrame({"ds": days[count:]}))["yhat"].to_numpy()


@dataclass(frozen=True)
class Forecaster:
    name: str
    fit: Callable[[Past, int], np.ndarray]
    days: int = 0  # selling days that it needs


NAIVE = Forecaster("Last week again", seasonal_naive)
FORECASTERS = (
    # Needs no number of days: so there is always a model to average.
    Forecaster("Weekday level", weekday_level),
    Forecaster("Mean of 8 weeks", week_mean, 28),
    Forecaster("Theta", auto_theta, 28),
    Forecaster("Exponential smoothing", exponential_smoothing, 28),
    Forecaster("Decomposition", decomposition, 28),
    Forecaster("Prophet", prophet, 84),
)


def repeat_week(week: np.ndarray, steps: int) -> np.ndarray:
    return np.resize(week, steps)


def without_weekday_effects(
    past: Past, known: float | np.ndarray = 0
) -> tuple[np.ndarray, np.ndarray]:
    """The logarithms without weekday effects, and the effects in the order of the coming days."""
    logs, season = past.logs - known, past.season
    weeks = min(EFFECT_WEEKS, len(logs) // season)
    recent = logs[len(logs) - weeks * season :].reshape(weeks, season)
    # Each week is compared with its own mean, so that growth is no weekday effect.
    effects = (recent - recent.mean(axis=1, keepdims=True)).mean(axis=0)
    effects -= effects.mean()
    # `effects` begin with the weekday of the next day; rolled, with that of the first one.
    return logs - np.roll(effects, len(logs) % season)[np.arange(len(logs)) % season], effects


def spans_two_years(past: Past) -> bool:
    # Within one year, a season cannot be told from a trend.
    return len(past.values) >= TWO_YEARS


def ordinals(past: Past, steps: int) -> np.ndarray:
    """Each open day as a number of days since a Monday, including the coming ones."""
    # At least one weekday is open, so as many weeks always hold that many open days.
    coming = len(past.values) + np.arange(steps * WEEK)
    ahead = coming[past.open_weekdays[past.weekdays(len(past.values), steps * WEEK)]][:steps]
    return past.weekday + np.concatenate([past.open_days, ahead])


def year_effects(past: Past, steps: int) -> np.ndarray:
    """The yearly season as Fourier terms fitted with a linear trend; zeros before two years."""
    days = ordinals(past, steps)
    if not spans_two_years(past):
        return np.zeros(len(days))
    turns = 2 * np.pi * np.outer(days / YEAR, np.arange(1, WAVES + 1))
    waves = np.hstack([np.sin(turns), np.cos(turns)])
    # Only keeps growth out of the waves; it is not returned, because smoothing continues the trend.
    trend = np.column_stack([np.ones(len(days)), days / YEAR])
    count = len(past.logs)
    remainder, _ = without_weekday_effects(past)
    weights = np.linalg.lstsq(np.hstack([trend, waves])[:count], remainder, rcond=None)[0]
    return waves @ weights[2:]
