"""Forecasts of the past, as they would have been made then: which models are good for this shop.

The mean of the best is tested too, at each origin chosen by what was known there already: so its
error is honest, though it was chosen by errors.
"""

import time
from dataclasses import dataclass, field

import numpy as np

from analytics.predictions.methods import forecasters, intermittent
from analytics.predictions.methods.forecasters import Member
from analytics.predictions.methods.intervals import LEVELS, spread_of
from analytics.predictions.methods.trading_days import WEEK, Past

WINDOW = 30  # days
WINDOWS = 9
JUDGED = 6  # of them, the last ones; those before are what the first choices are made by
SHORTEST = 14  # open days with sales before the first window
CLOSE, LUCK = 0.15, 0.6  # beyond the least error: so close is averaged, with few windows more
MEAN = "Mean of the best"


@dataclass(frozen=True)
class Pool:
    """The models for a shop that sells daily, or for one that sells now and then."""

    naive: Member
    members: tuple[Member, ...]
    relative: bool  # what they say are logarithms
    together: int  # days whose sum is judged

    def fitting(self, past: Past) -> list[str]:
        return [member.name for member in self.members if past.selling_days >= member.days]

    def days_of(self, member: Member, past: Past, periods: int) -> np.ndarray:
        """What the model says of each of the next days; nothing is sold on closed ones."""
        found, is_open = np.zeros(periods), past.future_days(periods)
        if is_open.any():
            said = member.fit(past, int(is_open.sum()))
            found[is_open] = np.exp(said) if self.relative else said
        return found

    def mean(self, chosen: list[str], past: Past, periods: int) -> np.ndarray:
        picked = [member for member in self.members if member.name in chosen]
        return np.mean([self.days_of(member, past, periods) for member in picked], axis=0)


DAILY = Pool(forecasters.NAIVE, forecasters.MEMBERS, relative=True, together=1)
SELDOM = Pool(intermittent.NAIVE, intermittent.MEMBERS, relative=False, together=WEEK)


@dataclass
class Window:
    """Days that came after an origin, and what each model said of them before."""

    past: Past
    actual: np.ndarray
    fitting: list[str]
    forecasts: dict[str, np.ndarray] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Backtest:
    pool: Pool
    windows: list[Window]
    chosen: list[str]

    @property
    def judged(self) -> list[Window]:
        return self.windows[-JUDGED:]

    def errors(self) -> list[np.ndarray]:
        """Of the mean, for each window, day by day; of holidays and closed days there is none."""
        errors = [errors_of(self.pool, window, MEAN) for window in self.windows]
        return [window for window in errors if np.isfinite(window).any()]

    def coverage(self) -> dict[int, float]:
        """The share of days that lay between the bounds, drawn by the windows before each."""
        errors = self.errors()
        inside = {level: [] for level in LEVELS}
        for turn, window in enumerate(errors[1:], 1):
            spread = spread_of(errors[:turn], self.pool.relative)
            deviation = spread.deviation(np.arange(1, len(window) + 1))
            for level in LEVELS:
                within = np.abs(window) <= spread.widths[level] * deviation
                inside[level].extend(within[np.isfinite(window)])
        return {level: mean_error(found) for level, found in inside.items()}

    def scores(self) -> list["Score"]:
        """Naive first, then the models, then their mean."""
        names = [self.pool.naive.name, *(member.name for member in self.pool.members), MEAN]
        tested = [name for name in names if any(name in w.forecasts for w in self.judged)]
        return [score(self, name) for name in tested]


def backtest(past: Past) -> Backtest:
    pool, windows = DAILY if past.is_regular else SELDOM, []
    for origin, days in origins(past):
        window = tested_window(pool, past.until(origin), past.values[origin : origin + days])
        chosen = best(pool, windows, window.fitting)
        window.forecasts[MEAN] = np.mean([window.forecasts[name] for name in chosen], axis=0)
        window.seconds[MEAN] = sum(window.seconds[name] for name in chosen)
        windows.append(window)
    return Backtest(pool, windows, best(pool, windows, pool.fitting(past)))


def origins(past: Past) -> list[tuple[int, int]]:
    """Where the windows begin, one after the other up to now, and how many days they have."""
    days = int(np.clip(len(past.values) // 6, WEEK, WINDOW))
    starts = [len(past.values) - days * turn for turn in range(WINDOWS, 0, -1)]
    enough = [at for at in starts if at > 0 and past.until(at).selling_days >= SHORTEST]
    return [(at, days) for at in enough]


def tested_window(pool: Pool, past: Past, actual: np.ndarray) -> Window:
    window = Window(past, actual, pool.fitting(past))
    for member in (pool.naive, *pool.members):
        if member is pool.naive or member.name in window.fitting:
            began = time.perf_counter()
            window.forecasts[member.name] = pool.days_of(member, past, len(actual))
            window.seconds[member.name] = time.perf_counter() - began
    return window


def best(pool: Pool, windows: list[Window], fitting: list[str]) -> list[str]:
    """The models whose error is close to the smallest; all, where they were not tested yet."""
    known = [window for window in windows if set(fitting) <= set(window.fitting)]
    if not known:
        return fitting
    errors = {name: sum(distance(pool, window, name) for window in known) for name in fitting}
    bound = (1 + CLOSE + LUCK / len(known)) * min(errors.values())
    return [name for name in fitting if errors[name] <= bound]


def distance(pool: Pool, window: Window, name: str) -> float:
    actual, said = judged(pool, window, name)
    return float(np.abs(actual - said).sum())


def judged(pool: Pool, window: Window, name: str) -> tuple[np.ndarray, np.ndarray]:
    """What was sold and what was said: of single days with sales, or of whole weeks."""
    actual, said = window.actual, window.forecasts[name]
    if pool.together == 1:
        return actual[actual > 0], said[actual > 0]
    weeks = len(actual) // pool.together
    return tuple(
        side[: weeks * pool.together].reshape(weeks, -1).sum(axis=1) for side in (actual, said)
    )


def errors_of(pool: Pool, window: Window, name: str) -> np.ndarray:
    """How far each day was off; NaN for days that are closed, or a holiday."""
    actual, said = window.actual, window.forecasts[name]
    errors, there = np.full(len(actual), np.nan), said > 0
    if pool.relative:
        there &= actual > 0
        errors[there] = np.log(actual[there] / said[there])
    else:
        errors[there] = actual[there] - said[there]
    return errors


@dataclass(frozen=True)
class Score:
    """How a model did in the windows that are judged; errors as shares of the sales."""

    model: str
    wape: float
    mape: float
    mase: float
    bias: float
    seconds: float
    averaged: bool


def score(test: Backtest, name: str) -> Score:
    windows = [window for window in test.judged if name in window.forecasts]
    pairs = [judged(test.pool, window, name) for window in windows]
    actual, said = (np.concatenate(side) for side in zip(*pairs, strict=True))
    return Score(
        model=name,
        wape=share(np.abs(actual - said).sum(), actual.sum()),
        mape=mean_error(np.abs(said[actual > 0] / actual[actual > 0] - 1)),
        mase=mean_error([scaled(test.pool, *pair) for pair in zip(windows, pairs, strict=True)]),
        bias=share((said - actual).sum(), actual.sum()),
        seconds=sum(window.seconds[name] for window in windows),
        averaged=name in test.chosen,
    )


def scaled(pool: Pool, window: Window, pair: tuple[np.ndarray, np.ndarray]) -> float:
    """The error in terms of how the past changed from week to week (Hyndman & Koehler 2006)."""
    before = window.past.values[window.past.open_days]
    if pool.together == 1:
        change = before[window.past.season :] - before[: -window.past.season]
    else:
        change = np.diff(intermittent.weeks_of(window.past))
    return share(mean_error(np.abs(pair[0] - pair[1])), mean_error(np.abs(change)))


def share(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else np.nan


def mean_error(values) -> float:
    known = np.asarray(values)[np.isfinite(values)]
    return float(known.mean()) if known.size else np.nan
