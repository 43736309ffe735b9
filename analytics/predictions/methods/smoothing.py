"""Exponential smoothing and the theta method, as filters.

With additive errors a smoothing model is a filter between values y and the errors e of its one-step
forecasts, AR(B) y = MA(B) e (Hyndman, Koehler, Ord & Snyder 2008, chapter 11). In one direction it
gives the errors, which the fit minimizes; in the other, with future errors of zero, the forecast.
"""

from dataclasses import dataclass

import numpy as np
from numpy.polynomial.polynomial import polyadd, polymul
from scipy.optimize import minimize
from scipy.signal import lfilter

PARAMETERS = {  # initial value and bounds of the search
    "alpha": (0.2, (1e-4, 0.9)),
    "beta": (0.02, (1e-5, 0.3)),
    "phi": (0.95, (0.8, 0.98)),  # below, a trend fades at once; above, it is hardly damped
    "gamma": (0.05, (1e-5, 0.3)),
}
FIRST_SEASONS = 4  # seasons whose mean is the initial level and season
OPTIMIZER_OPTIONS = {"ftol": 1e-6}
THETAS = (1, 1.5, 2, 3, 5)


@dataclass(frozen=True)
class Smoothing:
    """ETS with additive errors: a level, optionally a damped trend and a season of this length."""

    season: int = 1
    trend: bool = False

    @property
    def names(self) -> list[str]:
        wanted = {"alpha": True, "beta": self.trend, "phi": self.trend, "gamma": self.season > 1}
        return [name for name in PARAMETERS if wanted[name]]

    def filters(self, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The coefficients of AR and MA by powers of B, the backshift operator."""
        values = dict.fromkeys(PARAMETERS, 0.0) | dict(zip(self.names, parameters, strict=True))
        # Without a trend phi is 0, and its factor drops out.
        level, damped = [1, -1], [1, -values["phi"]]
        seasonal = [1] + [0] * (self.season - 1) + [-1] if self.season > 1 else [1]
        lagged = [0] * self.season + [values["gamma"]]
        ar = polymul(polymul(level, damped), seasonal)
        ma = polyadd(ar, polymul([0, values["alpha"]], polymul(damped, seasonal)))
        ma = polyadd(ma, polymul([0, values["phi"] * values["beta"]], seasonal))
        return ar, polyadd(ma, polymul(lagged, polymul(level, damped)))

    def fit(self, values: np.ndarray) -> "FittedSmoothing":
        start = self.first_season(values)
        remainder = values - start[np.arange(len(values)) % self.season]

        def loss(parameters: np.ndarray) -> float:
            ar, ma = self.filters(parameters)
            return np.sum(lfilter(ar, ma, remainder) ** 2)

        initial, bounds = zip(*(PARAMETERS[name] for name in self.names), strict=True)
        found = minimize(loss, initial, bounds=bounds, method="L-BFGS-B", options=OPTIMIZER_OPTIONS)
        return FittedSmoothing(self, found.x, start, remainder, float(found.fun))

    def first_season(self, values: np.ndarray) -> np.ndarray:
        """The mean of the first seasons."""
        count = min(
            len(values) // self.season, FIRST_SEASONS if self.season > 1 else 2 * FIRST_SEASONS
        )
        return values[: count * self.season].reshape(count, self.season).mean(axis=0)


@dataclass(frozen=True)
class FittedSmoothing:
    model: Smoothing
    parameters: np.ndarray
    start: np.ndarray
    remainder: np.ndarray
    loss: float

    @property
    def criterion(self) -> float:
        """Akaike's information criterion, corrected for small samples: smaller is better."""
        # + 1: the variance of the errors is a parameter too.
        count, used = len(self.remainder), len(self.parameters) + len(self.start) + 1
        # 1e-12: a series that repeats exactly has no errors, and no logarithm of them.
        fit = count * np.log(self.loss / count + 1e-12)
        return fit + 2 * used * (1 + (used + 1) / max(1, count - used - 1))

    def forecast(self, steps: int) -> np.ndarray:
        ar, ma = self.model.filters(self.parameters)
        errors = np.append(lfilter(ar, ma, self.remainder), np.zeros(steps))
        ahead = np.arange(len(self.remainder), len(self.remainder) + steps) % self.model.season
        return lfilter(ma, ar, errors)[len(self.remainder) :] + self.start[ahead]


def auto_ets(values: np.ndarray, season: int, steps: int) -> np.ndarray:
    """With or without a trend by Akaike's criterion; with a season where there are four of them."""
    length = season if len(values) >= FIRST_SEASONS * season else 1
    fits = [Smoothing(length, trend).fit(values) for trend in (False, True)]
    return min(fits, key=lambda fit: fit.criterion).forecast(steps)


def theta(values: np.ndarray, steps: int) -> np.ndarray:
    """The theta method (Assimakopoulos & Nikolopoulos 2000; the best theta: Fiorucci et al. 2016).

    Combines a straight line through all values with a smoothed line on which the deviations from
    the straight one are multiplied by theta.
    """
    time = np.arange(len(values) + steps)
    straight = np.polyval(np.polyfit(time[: len(values)], values, 1), time)
    fits = [fit_theta_line(values, straight, factor) for factor in THETAS]
    best = min(fits, key=lambda fit: fit[0])
    return best[1] + best[2] * straight[len(values) :]


def fit_theta_line(
    values: np.ndarray, straight: np.ndarray, theta: float
) -> tuple[float, float, float]:
    """Squared one-step errors, the share of the smoothed line, the weight of the straight one."""
    weight = 1 - 1 / theta
    line = theta * values + (1 - theta) * straight[: len(values)]
    fit = Smoothing().fit(line)
    # The theta line stretches deviations by theta, and so its errors: divided, thetas compare.
    return fit.loss / theta**2, float(fit.forecast(1)[0]) / theta, weight
