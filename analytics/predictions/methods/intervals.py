"""Prediction intervals from past forecast errors.

An error has two parts: the error of the level, which all days of a window share, and that of the
single day. The variance of the first grows with the time ahead like that of a random walk; in sums
the second averages out (the reports compute sums: analytics/predictions/reports/forecasts.py). How
many standard deviations hold 80 or 95 % is counted, not taken from a normal distribution.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import t

LEVELS = (80, 95)
LEVEL_DEVIATION = 0.2  # standard deviation of the level where no window was tested
DEGREES_OF_FREEDOM = 3  # of the t distribution with few windows
EPSILON = 1e-12


@dataclass(frozen=True)
class Spread:
    """Of logarithms if `relative`, else of amounts."""

    growth: float  # variance of the level per day ahead
    alone: float  # variance of a single day
    windows: int
    widths: dict[int, float]  # by percent of days within: the number of standard deviations
    relative: bool

    @property
    def sum_widths(self) -> dict[int, float]:
        """The same for sums: there are too few windows to count, so by the t distribution."""
        freedom = max(DEGREES_OF_FREEDOM, self.windows)
        # A new window varies around a mean that n windows only estimate: variance × (1 + 1/n).
        factor = np.sqrt(1 + 1 / freedom)
        return {p: float(t.ppf(0.5 + p / 200, freedom) * factor) for p in LEVELS}

    def deviation(self, ahead: np.ndarray) -> np.ndarray:
        return np.sqrt(self.growth * ahead + self.alone) + EPSILON


def learn_spread(errors: list[np.ndarray], relative: bool) -> Spread:
    """From the daily errors of each window; NaN where a day has none."""
    counts = np.array([np.isfinite(window).sum() for window in errors])
    means = np.array([np.nanmean(window) for window in errors])
    alone = np.concatenate([window - mean for window, mean in zip(errors, means, strict=True)])
    # Each window's mean was estimated from the same days and takes a degree of freedom.
    day = float(np.nansum(alone**2) / max(1, counts.sum() - len(errors)))
    # Less what single days add to a window's mean. Not centred: a constant bias is an error too.
    level = max(0.0, float(np.mean(means**2 - day / counts)))
    # All windows have the same length (`backtest.origins`).
    ahead = np.arange(1, len(errors[0]) + 1)
    # The variance of a random walk, averaged over a window, is that of its middle.
    spread = Spread(level / ahead.mean(), day, len(errors), {}, relative)
    distance = np.concatenate([np.abs(window) / spread.deviation(ahead) for window in errors])
    widths = {p: float(np.nanquantile(distance, p / 100)) for p in LEVELS}
    return replace(spread, widths=widths)


def guess_spread(residuals: np.ndarray, relative: bool, days: int) -> Spread:
    """Without tested windows: from the variance of days, and an assumed variance of the level.

    The assumption holds in the middle of this many days.
    """
    alone = float(np.var(residuals))
    # Of amounts: the variance of a mean of that many days.
    level = LEVEL_DEVIATION**2 if relative else alone / len(residuals)
    widths = {p: float(t.ppf(0.5 + p / 200, DEGREES_OF_FREEDOM)) for p in LEVELS}
    return Spread(level / (days / 2), alone, 0, widths, relative)
