"""What a shop will sell day by day: the mean of the models that did best on this shop's own past.

No model is best everywhere, and means of good ones do better than most of them (Bates & Granger
1969; Makridakis, Spiliotis & Assimakopoulos 2020). Each model forecasts windows of the past that it
has not seen; those that come close to the best there are averaged (`backtest.py`), and the errors
of that mean say how wide the intervals are (`intervals.py`).
"""

from dataclasses import dataclass

import numpy as np

from analytics.predictions.methods.backtest import WINDOW, Backtest, backtest
from analytics.predictions.methods.intervals import Spread, spread_guessed, spread_of
from analytics.predictions.methods.trading_days import Past

NEEDED = 14  # open days with sales
LITTLE = 28  # open days: fewer are little to go by
LONGEST = 365


class TooShort(ValueError):
    """The history is too short for a forecast; the text says by how much."""


@dataclass(frozen=True)
class Forecast:
    days: np.ndarray  # what each of the next days sells
    spread: Spread
    backtest: Backtest
    is_little: bool


def forecast(past: Past, periods: int = LONGEST) -> Forecast:
    """Sales of the next days, never below zero. `TooShort` where there is too little to go by."""
    if past.selling_days < NEEDED:
        raise TooShort(f"{past.selling_days} of {NEEDED} days with sales needed")
    tested = backtest(past)
    return Forecast(
        days=tested.pool.mean(tested.chosen, past, periods),
        spread=learned(past, tested),
        backtest=tested,
        is_little=past.selling_days < LITTLE,
    )


def learned(past: Past, tested: Backtest) -> Spread:
    errors, relative = tested.errors(), tested.pool.relative
    if errors:
        return spread_of(errors, relative)
    if relative:
        return spread_guessed(past.logs - past.usual(past.logs), relative, WINDOW)
    return spread_guessed(past.values - past.values.mean(), relative, WINDOW)
