"""Exponential smoothing and the theta method, as filters.

With additive errors a smoothing model is a filter between values y and the errors e of its one-step
forecasts, AR(B) y = MA(B) e (Hyndman, Koehler, Ord & Snyder 2008, chapter 11). Run one way it gives
the errors, to be made small; run the other way, with errors of zero ahead, the forecast.
"""

from dataclasses import dataclass

import numpy as np
from numpy.polynomial.polynomial import polyadd, polymul
from scipy.optimize import minimize
from scipy.signal import lfilter

PARAMETERS = {  # where the search begins, and how far it may go
    "alpha": (0.2, (1e-4, 0.9)),
    "beta": (0.02, (1e-5, 0.3)),
    "phi": (0.95, (0.8, 0.98)),
    "gamma": (0.05, (1e-5, 0.3)),
}
FIRST = 4  # seasons that tell where the level and the season begin
ENOUGH = {"ftol": 1e-6}
THETAS = (1, 1.5, 2, 3, 5)


@dataclass(frozen=True)
class Smoothing:
    """ETS with additive errors: a level; if wanted a damped trend; a season of so many values."""

    season: int = 1
    trend: bool = False

    @property
    def names(self) -> list[str]:
        wanted = {"alpha": True, "beta": self.trend, "phi": self.trend, "gamma": self.season > 1}
        return [name for name in PARAMETERS if wanted[name]]

    def filters(self, given) -> tuple[np.ndarray, np.ndarray]:
        """AR and MA by powers of B, the step back in time."""
        found = dict.fromkeys(PARAMETERS, 0.0) | dict(zip(self.names, given, strict=True))
        level, damped = [1, -1], [1, -found["phi"]]
        turn = [1] + [0] * (self.season - 1) + [-1] if self.season > 1 else [1]
        late = [0] * self.season + [found["gamma"]]
        ar = polymul(polymul(level, damped), turn)
        ma = polyadd(ar, polymul([0, found["alpha"]], polymul(damped, turn)))
        ma = polyadd(ma, polymul([0, found["phi"] * found["beta"]], turn))
        return ar, polyadd(ma, polymul(late, polymul(level, damped)))

    def fit(self, values: np.ndarray) -> "Fitted":
        start = self.beginning(values)
        left = values - start[np.arange(len(values)) % self.season]

        def loss(given):
            ar, ma = self.filters(given)
            return np.sum(lfilter(ar, ma, left) ** 2)

        begin, bounds = zip(*(PARAMETERS[name] for name in self.names), strict=True)
        found = minimize(loss, begin, bounds=bounds, method="L-BFGS-B", options=ENOUGH)
        return Fitted(self, found.x, start, left, float(found.fun))

    def beginning(self, values: np.ndarray) -> np.ndarray:
        """One season, as it was on the mean of the first ones."""
        count = min(len(values) // self.season, FIRST if self.season > 1 else 2 * FIRST)
        return values[: count * self.season].reshape(count, self.season).mean(axis=0)


@dataclass(frozen=True)
class Fitted:
    model: Smoothing
    given: np.ndarray
    start: np.ndarray
    left: np.ndarray
    loss: float

    @property
    def criterion(self) -> float:
        """Akaike's, for few values: the smaller, the better."""
        count, used = len(self.left), len(self.given) + len(self.start) + 1
        fit = count * np.log(self.loss / count + 1e-12)
        return fit + 2 * used * (1 + (used + 1) / max(1, count - used - 1))

    def forecast(self, steps: int) -> np.ndarray:
        ar, ma = self.model.filters(self.given)
        errors = np.append(lfilter(ar, ma, self.left), np.zeros(steps))
        ahead = np.arange(len(self.left), len(self.left) + steps) % self.model.season
        return lfilter(ma, ar, errors)[len(self.left) :] + self.start[ahead]


def auto_ets(values: np.ndarray, season: int, steps: int) -> np.ndarray:
    """With a trend or without, as Akaike's criterion has it; with a season if there are four."""
    turn = season if len(values) >= FIRST * season else 1
    fits = [Smoothing(turn, trend).fit(values) for trend in (False, True)]
    return min(fits, key=lambda fit: fit.criterion).forecast(steps)


def theta(values: np.ndarray, steps: int) -> np.ndarray:
    """The theta method (Assimakopoulos & Nikolopoulos 2000) with the theta that fits best
    (Fiorucci et al. 2016): a straight line through all values, and a smoothed one on which what
    departs from that line is stretched."""
    time = np.arange(len(values) + steps)
    straight = np.polyval(np.polyfit(time[: len(values)], values, 1), time)
    fits = [stretched(values, straight, by) for by in THETAS]
    best = min(fits, key=lambda fit: fit[0])
    return best[1] + best[2] * straight[len(values) :]


def stretched(values: np.ndarray, straight: np.ndarray, by: float) -> tuple[float, float, float]:
    """Squared errors of one step; what the smoothed line adds; the weight of the straight one."""
    weight = 1 - 1 / by
    line = by * values + (1 - by) * straight[: len(values)]
    fit = Smoothing().fit(line)
    return fit.loss / by**2, float(fit.forecast(1)[0]) / by, weight
