"""The probability that a customer buys nothing in the next days, and how good such predictions are.

There are two models: MBG/NBD (lifetime.py), which needs no outcome to learn from, and a logistic
regression on recency, frequency, time as a customer and value, which learns from the customers of
an earlier day. Both are tested on the last day whose outcome is known, and the one with the smaller
Brier score is used (Brier 1950, Verification of forecasts expressed in terms of probability,
Monthly Weather Review 78). The rule of 90 days is scored for comparison.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from scipy.stats import rankdata

from analytics.predictions.methods.buyers import Buyers, Days, buyers, purchases_between
from analytics.predictions.methods.lifetime import TooFew, fit_mbgnbd, probability_no_purchase

RULE_DAYS = 90  # many shops count a customer as lost after this time without a purchase
RIDGE = 1.0  # keeps the coefficients finite where a feature separates the outcomes
MBG, LOGISTIC, RULE_NAME = "MBG/NBD", "logistic regression", f"rule of {RULE_DAYS} days"

Predictor = Callable[[Buyers], np.ndarray]


@dataclass(frozen=True)
class ChurnBacktest:
    """Predictions for the customers of the day `cut`, and whether they then did not buy."""

    cut: int
    buyers: Buyers
    was_silent: np.ndarray
    predictions: dict[str, np.ndarray]

    @property
    def scores(self) -> dict[str, dict]:
        """The Brier score of each model, and its AUC; None where all outcomes are the same."""
        return {
            name: {"auc": auc(self.was_silent, guess), "brier": brier(self.was_silent, guess)}
            for name, guess in self.predictions.items()
        }

    @property
    def best_model(self) -> str:
        """Never the rule, which gives no probability."""
        scores = self.scores
        # The name breaks ties, so that the same data always give the same model.
        return min(scores.keys() - {RULE_NAME}, key=lambda name: (scores[name]["brier"], name))


def backtest_churn(days: Days, horizon: int) -> ChurnBacktest | None:
    """Test the models on the last day with a known outcome; None if the shop is too young."""
    today = int(days.day.max())
    # The regression learns from outcomes that were complete at `cut`: nothing after it leaks in.
    cut, earlier = today - horizon, today - 2 * horizon
    if not is_long_enough(days, cut, horizon):
        return None
    known = buyers(days, cut)
    silent = is_silent(days, known, cut, horizon)
    predictions = {RULE_NAME: (known.T - known.recency >= RULE_DAYS).astype(float)}
    try:
        predictions[MBG] = mbg_predictor(known, horizon)(known)
    except TooFew:
        return None
    can_learn = is_long_enough(days, earlier, horizon)
    if can_learn and (model := logistic_predictor(days, earlier, horizon)):
        predictions[LOGISTIC] = model(known)
    return ChurnBacktest(cut, known, silent, predictions)


def churn_probabilities(days: Days, horizon: int, name: str) -> tuple[Buyers, np.ndarray]:
    """The probability that each customer of today buys nothing within the horizon."""
    today = int(days.day.max())
    known = buyers(days, today)
    # Learned anew from the latest known outcome: the one that was tested is a horizon older.
    model = logistic_predictor(days, today - horizon, horizon) if name == LOGISTIC else None
    return known, (model or mbg_predictor(known, horizon))(known)


def is_long_enough(days: Days, cut: int, horizon: int) -> bool:
    """Whether the history before the cut covers at least half the horizon."""
    # So the regression, which learns two horizons before today, needs two and a half of them.
    return cut - int(days.day.min()) >= horizon / 2


def is_silent(days: Days, known: Buyers, cut: int, horizon: int) -> np.ndarray:
    return purchases_between(days, known.customer, cut, cut + horizon)[0] == 0


def mbg_predictor(known: Buyers, horizon: int) -> Predictor:
    model = fit_mbgnbd(*known.history)
    return lambda customers: probability_no_purchase(model, *customers.history, horizon)


def logistic_predictor(days: Days, cut: int, horizon: int) -> Predictor | None:
    """Trained on the customers of the day `cut`; None if all had the same outcome."""
    known = buyers(days, cut)
    silent = is_silent(days, known, cut, horizon)
    if not 0 < silent.sum() < len(silent):
        return None
    model = Logistic(features(known), silent)
    return lambda customers: model.probability(features(customers))


def features(known: Buyers) -> np.ndarray:
    """In logarithms: one more day matters less the longer a customer has been away."""
    x, recency, T = known.history
    away = np.log1p(T - recency)
    # `away - usual` compares the time away with the customer's own rhythm.
    usual = np.log1p(T / (x + 1))
    return np.column_stack(
        [away, np.log1p(x), np.log1p(T), np.log1p(np.maximum(known.value, 0)), away - usual]
    )


class Logistic:
    """Logistic regression with a small ridge, by Newton's steps on standardised features."""

    def __init__(self, rows: np.ndarray, outcome: np.ndarray, steps: int = 50):
        # 1e-9: a feature that is the same for all customers has no width to divide by.
        self.centre, self.width = rows.mean(axis=0), rows.std(axis=0) + 1e-9
        design = self.design(rows)
        self.weights = np.zeros(design.shape[1])
        penalty = np.full(design.shape[1], RIDGE)
        # Of the intercept: a penalty would pull the mean probability towards one half.
        penalty[0] = 0
        for _ in range(steps):
            probability = expit(design @ self.weights)
            gradient = design.T @ (outcome - probability) - penalty * self.weights
            hessian = (design * (probability * (1 - probability))[:, None]).T @ design + np.diag(
                penalty
            )
            # Without 1e-9 the matrix is singular where all probabilities are near 0 or 1.
            step = np.linalg.solve(hessian + 1e-9 * np.eye(len(hessian)), gradient)
            self.weights += step
            if np.abs(step).max() < 1e-8:
                break

    def design(self, rows: np.ndarray) -> np.ndarray:
        return np.column_stack([np.ones(len(rows)), (rows - self.centre) / self.width])

    def probability(self, rows: np.ndarray) -> np.ndarray:
        return expit(self.design(rows) @ self.weights)


def auc(happened: np.ndarray, predicted: np.ndarray) -> float | None:
    """The probability that a positive case has a higher prediction than a negative one."""
    yes = int(np.sum(happened))
    no = len(happened) - yes
    if not (yes and no):
        return None
    # Mann–Whitney: tied predictions have their mean rank, so such a pair counts one half.
    return float((rankdata(predicted)[happened].sum() - yes * (yes + 1) / 2) / (yes * no))


def brier(happened: np.ndarray, predicted: np.ndarray) -> float:
    return float(np.mean((predicted - happened) ** 2))
