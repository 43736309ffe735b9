"""How far a forecast may be off, by how far it was off before.

An error has two parts: one that all days of a window share, for the level was wrong, and one of
each day alone. The first grows with the time ahead like a random walk; in sums the second evens
out. How many standard deviations hold 80 or 95 % is counted, not taken from a normal distribution.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import t

LEVELS = (80, 95)
GUESS = 0.2  # standard deviation of the level where there is no window to learn it from
FREEDOM = 3  # of the t distribution where little is known
NOTHING = 1e-12


@dataclass(frozen=True)
class Spread:
    """Of logarithms if `relative`, else of the amounts themselves."""

    growth: float  # variance of the level, for each day ahead
    alone: float  # variance of a single day
    windows: int
    widths: dict[int, float]  # standard deviations that hold so many percent of the days
    relative: bool

    @property
    def sum_widths(self) -> dict[int, float]:
        """The same of sums: windows are too few to count, so by the t distribution."""
        freedom = max(FREEDOM, self.windows)
        more = np.sqrt(1 + 1 / freedom)
        return {p: float(t.ppf(0.5 + p / 200, freedom) * more) for p in LEVELS}

    def deviation(self, ahead: np.ndarray) -> np.ndarray:
        return np.sqrt(self.growth * ahead + self.alone) + NOTHING

    def of_days(self, days: np.ndarray, first: int = 1) -> dict[int, np.ndarray]:
        """Lower and upper bound of each day, of which the first lies so far ahead."""
        deviation = self.deviation(first + np.arange(len(days)))
        return {level: self.around(days, self.widths[level] * deviation) for level in LEVELS}

    def of_sum(self, days: np.ndarray, first: int = 1) -> dict[int, np.ndarray]:
        """The same of all of these days together."""
        count, total = len(days), days.sum()
        level = self.growth * (first + (count - 1) / 2)
        if self.relative:
            variance = level + self.alone * (days**2).sum() / max(total, NOTHING) ** 2
        else:
            variance = level * count**2 + self.alone * count
        widths = self.sum_widths
        return {p: self.around(total, widths[p] * np.sqrt(variance)) for p in LEVELS}

    def around(self, middle, width) -> np.ndarray:
        if self.relative:
            return np.array([middle * np.exp(-width), middle * np.exp(width)])
        return np.maximum(0, [middle - width, middle + width])


def spread_of(errors: list[np.ndarray], relative: bool) -> Spread:
    """Learned from the errors of each window, day by day; NaN where a day has none."""
    counts = np.array([np.isfinite(window).sum() for window in errors])
    means = np.array([np.nanmean(window) for window in errors])
    alone = np.concatenate([window - mean for window, mean in zip(errors, means, strict=True)])
    day = float(np.nansum(alone**2) / max(1, counts.sum() - len(errors)))
    level = max(0.0, float(np.mean(means**2 - day / counts)))
    ahead = np.arange(1, len(errors[0]) + 1)
    found = Spread(level / ahead.mean(), day, len(errors), {}, relative)
    distance = np.concatenate([np.abs(window) / found.deviation(ahead) for window in errors])
    widths = {p: float(np.nanquantile(distance, p / 100)) for p in LEVELS}
    return replace(found, widths=widths)


def spread_guessed(residuals: np.ndarray, relative: bool, days: int) -> Spread:
    """Where nothing was forecast before: by how days differ, and a guess at the level that holds
    in the middle of so many days."""
    alone = float(np.var(residuals))
    level = GUESS**2 if relative else alone / len(residuals)
    widths = {p: float(t.ppf(0.5 + p / 200, FREEDOM)) for p in LEVELS}
    return Spread(level / (days / 2), alone, 0, widths, relative)
