"""How likely a customer is not to come back in the next days, and how good such a guess was.

Two ways: MBG/NBD (lifetime.py), which needs no outcome to learn from, and a logistic regression on
how recently, how often, for how long and for how much somebody bought, which learns from what came
of customers at an earlier day. On the last day whose outcome is known both are put to the test, and
the one with the smaller Brier score is used (Brier 1950, Verification of forecasts expressed in
terms of probability, Monthly Weather Review 78). The rule of 90 days stands beside them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from scipy.stats import rankdata

from analytics.predictions.methods.buyers import Buyers, Days, between, buyers
from analytics.predictions.methods.lifetime import TooFew, fit_mbgnbd, probability_no_purchase

RULE = 90  # days without a purchase after which many shops call a customer lost
RIDGE = 1.0  # keeps the coefficients finite where a feature tells the outcomes apart
MBG, LOGISTIC, BY_RULE = "MBG/NBD", "logistic regression", f"rule of {RULE} days"

Guess = Callable[[Buyers], np.ndarray]


@dataclass(frozen=True)
class Test:
    """What was said of customers at the `cut`, and whether they stayed away for the horizon."""

    cut: int
    buyers: Buyers
    was_silent: np.ndarray
    guesses: dict[str, np.ndarray]

    @property
    def scores(self) -> dict[str, dict[str, float]]:
        return {
            name: {"auc": auc(self.was_silent, guess), "brier": brier(self.was_silent, guess)}
            for name, guess in self.guesses.items()
        }

    @property
    def best(self) -> str:
        """Not the rule, which says yes or no: a chance is asked for."""
        scores = self.scores
        return min(scores.keys() - {BY_RULE}, key=lambda name: (scores[name]["brier"], name))


def test_at_last_cut(days: Days, horizon: int) -> Test | None:
    """How the models would have done; None while the shop is too young for an outcome."""
    today = int(days.day.max())
    cut, earlier = today - horizon, today - 2 * horizon
    if not is_long_enough(days, cut, horizon):
        return None
    known = buyers(days, cut)
    silent = stayed_away(days, known, cut, horizon)
    guesses = {BY_RULE: (known.T - known.recency >= RULE).astype(float)}
    try:
        guesses[MBG] = by_mbg(known, horizon)(known)
    except TooFew:
        return None
    if is_long_enough(days, earlier, horizon) and (model := by_logistic(days, earlier, horizon)):
        guesses[LOGISTIC] = model(known)
    return Test(cut, known, silent, guesses)


def chances(days: Days, horizon: int, name: str) -> tuple[Buyers, np.ndarray]:
    """For every customer of today: how likely they buy nothing within the horizon."""
    today = int(days.day.max())
    known = buyers(days, today)
    model = by_logistic(days, today - horizon, horizon) if name == LOGISTIC else None
    return known, (model or by_mbg(known, horizon))(known)


def is_long_enough(days: Days, cut: int, horizon: int) -> bool:
    """There is as much to learn from before the cut as half of what is to be foretold."""
    return cut - int(days.day.min()) >= horizon / 2


def stayed_away(days: Days, known: Buyers, cut: int, horizon: int) -> np.ndarray:
    return between(days, known.customer, cut, cut + horizon)[0] == 0


def by_mbg(known: Buyers, horizon: int) -> Guess:
    model = fit_mbgnbd(*known.history)
    return lambda seen: probability_no_purchase(model, *seen.history, horizon)


def by_logistic(days: Days, cut: int, horizon: int) -> Guess | None:
    """Learned from what came of the customers of that day; None if the same came of all."""
    known = buyers(days, cut)
    silent = stayed_away(days, known, cut, horizon)
    if not 0 < silent.sum() < len(silent):
        return None
    model = Logistic(features(known), silent)
    return lambda seen: model.chance(features(seen))


def features(known: Buyers) -> np.ndarray:
    """Logarithms: a day more matters less the longer somebody is away."""
    x, recency, T = known.history
    away = np.log1p(T - recency)
    usual = np.log1p(T / (x + 1))
    return np.column_stack(
        [away, np.log1p(x), np.log1p(T), np.log1p(np.maximum(known.value, 0)), away - usual]
    )


class Logistic:
    """Logistic regression with a small ridge, by Newton's steps on standardised features."""

    def __init__(self, rows: np.ndarray, outcome: np.ndarray, steps: int = 50):
        self.centre, self.width = rows.mean(axis=0), rows.std(axis=0) + 1e-9
        design = self.design(rows)
        self.weights = np.zeros(design.shape[1])
        penalty = np.full(design.shape[1], RIDGE)
        penalty[0] = 0
        for _ in range(steps):
            chance = expit(design @ self.weights)
            slope = design.T @ (outcome - chance) - penalty * self.weights
            bend = (design * (chance * (1 - chance))[:, None]).T @ design + np.diag(penalty)
            step = np.linalg.solve(bend + 1e-9 * np.eye(len(bend)), slope)
            self.weights += step
            if np.abs(step).max() < 1e-8:
                break

    def design(self, rows: np.ndarray) -> np.ndarray:
        return np.column_stack([np.ones(len(rows)), (rows - self.centre) / self.width])

    def chance(self, rows: np.ndarray) -> np.ndarray:
        return expit(self.design(rows) @ self.weights)


def auc(happened, guess) -> float | None:
    """That somebody of whom it came true had the higher guess than somebody of whom it did not."""
    yes = int(np.sum(happened))
    no = len(happened) - yes
    if not (yes and no):
        return None
    return float((rankdata(guess)[happened].sum() - yes * (yes + 1) / 2) / (yes * no))


def brier(happened, guess) -> float:
    return float(np.mean((guess - happened) ** 2))
