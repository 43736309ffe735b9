"""Tests the models on the past: each forecasts windows of days from the days before them.

The mean of the best models is tested too. At each origin they are chosen by earlier windows only,
so the error of the mean is measured out of sample.
"""

import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from analytics.predictions.methods import forecasters, intermittent
from analytics.predictions.methods.forecasters import Forecaster
from analytics.predictions.methods.intervals import LEVELS, learn_spread
from analytics.predictions.methods.trading_days import WEEK, Past

WINDOW_DAYS = 30
MAX_WINDOWS = 9
SCORED_WINDOWS = 6  # the last ones; earlier windows are used only to choose models
MIN_SELLING_DAYS = 14  # before the first window
# Models whose error exceeds the smallest by at most this share are averaged. The extra share is
# divided by the number of windows: few windows say little about which model is best.
TOLERANCE, EXTRA_TOLERANCE = 0.15, 0.6
MEAN = "Mean of the best"


@dataclass(frozen=True)
class Pool:
    """The models for daily sales, or for intermittent sales."""

    naive: Forecaster
    models: tuple[Forecaster, ...]
    relative: bool  # whether they forecast logarithms
    unit_days: int  # errors are measured on sums of this many days

    def usable_models(self, past: Past) -> list[str]:
        return [model.name for model in self.models if past.selling_days >= model.days]

    def forecast(self, forecaster: Forecaster, past: Past, periods: int) -> np.ndarray:
        """The model's forecast of each of the next days; 0 on closed ones."""
        sales, is_open = np.zeros(periods), past.future_days(periods)
        if is_open.any():
            predicted = forecaster.fit(past, int(is_open.sum()))
            # exp of a mean logarithm is a median: totals come out somewhat low, which `bias` shows.
            sales[is_open] = np.exp(predicted) if self.relative else predicted
        return sales

    def mean_forecast(self, chosen: list[str], past: Past, periods: int) -> np.ndarray:
        models = [model for model in self.models if model.name in chosen]
        return np.mean([self.forecast(model, past, periods) for model in models], axis=0)


DAILY = Pool(forecasters.NAIVE, forecasters.FORECASTERS, relative=True, unit_days=1)
INTERMITTENT = Pool(intermittent.NAIVE, intermittent.FORECASTERS, relative=False, unit_days=WEEK)


@dataclass
class Window:
    """Days after an origin, and each model's forecast of them from the days before."""

    past: Past
    actual: np.ndarray
    usable_models: list[str]
    forecasts: dict[str, np.ndarray] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Backtest:
    pool: Pool
    windows: list[Window]
    chosen: list[str]

    @property
    def scored_windows(self) -> list[Window]:
        return self.windows[-SCORED_WINDOWS:]

    def errors(self) -> list[np.ndarray]:
        """Daily errors of the mean in each window; NaN on holidays and closed days."""
        errors = [daily_errors(self.pool, window, MEAN) for window in self.windows]
        # A window without a comparable day has no mean, and would make the learned spread NaN.
        return [window for window in errors if np.isfinite(window).any()]

    def coverage(self) -> dict[int, float]:
        """The share of days within the bounds that the windows before each of them give."""
        errors = self.errors()
        inside: dict[int, list[bool]] = {level: [] for level in LEVELS}
        for index, window in enumerate(errors[1:], 1):
            spread = learn_spread(errors[:index], self.pool.relative)
            deviation = spread.deviation(np.arange(1, len(window) + 1))
            for level in LEVELS:
                within = np.abs(window) <= spread.widths[level] * deviation
                inside[level].extend(within[np.isfinite(window)])
        return {level: finite_mean(hits) for level, hits in inside.items()}

    def scores(self) -> list["Score"]:
        """The naive model first, then the others, then the mean of the best."""
        names = [self.pool.naive.name, *(model.name for model in self.pool.models), MEAN]
        tested = [name for name in names if any(name in w.forecasts for w in self.scored_windows)]
        return [score_model(self, name) for name in tested]


def backtest(past: Past) -> Backtest:
    pool = DAILY if past.is_regular else INTERMITTENT
    windows: list[Window] = []
    for origin, days in origins(past):
        window = forecast_window(pool, past.until(origin), past.values[origin : origin + days])
        chosen = close_to_best(pool, windows, window.usable_models)
        window.forecasts[MEAN] = np.mean([window.forecasts[name] for name in chosen], axis=0)
        window.seconds[MEAN] = sum(window.seconds[name] for name in chosen)
        windows.append(window)
    return Backtest(pool, windows, close_to_best(pool, windows, pool.usable_models(past)))


def origins(past: Past) -> list[tuple[int, int]]:
    """The start of each window, consecutive up to the last day, and its number of days."""
    # Shorter windows for a short history, so that some fit into it; at least one week, because
    # intermittent sales are compared by the week.
    days = int(np.clip(len(past.values) // 6, WEEK, WINDOW_DAYS))
    starts = [len(past.values) - days * count for count in range(MAX_WINDOWS, 0, -1)]
    return [
        (start, days)
        for start in starts
        if start > 0 and past.until(start).selling_days >= MIN_SELLING_DAYS
    ]


def forecast_window(pool: Pool, past: Past, actual: np.ndarray) -> Window:
    window = Window(past, actual, pool.usable_models(past))
    for forecaster in (pool.naive, *pool.models):
        if forecaster is pool.naive or forecaster.name in window.usable_models:
            started = time.perf_counter()
            window.forecasts[forecaster.name] = pool.forecast(forecaster, past, len(actual))
            window.seconds[forecaster.name] = time.perf_counter() - started
    return window


def close_to_best(pool: Pool, windows: list[Window], usable_models: list[str]) -> list[str]:
    """The models whose error is close to the smallest; all models before the first test."""
    # Only windows that all of these models forecast: a later model must not win by easier days.
    known = [window for window in windows if set(usable_models) <= set(window.usable_models)]
    if not known:
        return usable_models
    errors = {
        name: sum(absolute_error(pool, window, name) for window in known) for name in usable_models
    }
    bound = (1 + TOLERANCE + EXTRA_TOLERANCE / len(known)) * min(errors.values())
    return [name for name in usable_models if errors[name] <= bound]


def absolute_error(pool: Pool, window: Window, name: str) -> float:
    actual, predicted = compared_values(pool, window, name)
    return float(np.abs(actual - predicted).sum())


def compared_values(pool: Pool, window: Window, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Actual and predicted sales: of single days with sales, or of whole weeks."""
    actual, predicted = window.actual, window.forecasts[name]
    if pool.unit_days == 1:
        # The models fill holidays in, so a day without sales is no error of theirs.
        return actual[actual > 0], predicted[actual > 0]
    weeks = len(actual) // pool.unit_days
    return sums_of(weeks, actual), sums_of(weeks, predicted)


def sums_of(count: int, days: np.ndarray) -> np.ndarray:
    """The sums of the first weeks."""
    return days[: count * WEEK].reshape(count, WEEK).sum(axis=1)


def daily_errors(pool: Pool, window: Window, name: str) -> np.ndarray:
    """The error of each day; NaN on holidays and closed days."""
    actual, predicted = window.actual, window.forecasts[name]
    errors, is_known = np.full(len(actual), np.nan), predicted > 0
    if pool.relative:
        is_known &= actual > 0
        errors[is_known] = np.log(actual[is_known] / predicted[is_known])
    else:
        errors[is_known] = actual[is_known] - predicted[is_known]
    return errors


@dataclass(frozen=True)
class Score:
    """Errors of a model in the scored windows, as shares of the sales."""

    model: str
    wape: float
    mape: float
    mase: float
    bias: float
    seconds: float
    averaged: bool


def score_model(test: Backtest, name: str) -> Score:
    windows = [window for window in test.scored_windows if name in window.forecasts]
    pairs = [compared_values(test.pool, window, name) for window in windows]
    actual, predicted = (np.concatenate(side) for side in zip(*pairs, strict=True))
    return Score(
        model=name,
        wape=ratio_or_nan(np.abs(actual - predicted).sum(), actual.sum()),
        mape=finite_mean(np.abs(predicted[actual > 0] / actual[actual > 0] - 1)),
        mase=finite_mean(
            [scaled_error(test.pool, *pair) for pair in zip(windows, pairs, strict=True)]
        ),
        bias=ratio_or_nan((predicted - actual).sum(), actual.sum()),
        seconds=sum(window.seconds[name] for window in windows),
        averaged=name in test.chosen,
    )


def scaled_error(pool: Pool, window: Window, pair: tuple[np.ndarray, np.ndarray]) -> float:
    """The error divided by the usual change from week to week (Hyndman & Koehler 2006)."""
    # Scaled by the days before the window: the scale must not know the outcome either.
    before = window.past.values[window.past.open_days]
    if pool.unit_days == 1:
        change = before[window.past.season :] - before[: -window.past.season]
    else:
        change = np.diff(intermittent.weekly_sales(window.past))
    return ratio_or_nan(finite_mean(np.abs(pair[0] - pair[1])), finite_mean(np.abs(change)))


def ratio_or_nan(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else np.nan


def finite_mean(values: ArrayLike) -> float:
    known = np.asarray(values)[np.isfinite(values)]
    return float(known.mean()) if known.size else np.nan
