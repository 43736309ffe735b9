"""Forecasts daily sales: the mean of the models that did best on the shop's own past.

No model is best everywhere, and means of good ones do better than most of them (Bates & Granger
1969; Makridakis, Spiliotis & Assimakopoulos 2020). Each model forecasts windows of the past that it
has not seen; those close to the best are averaged (`backtest.py`), and the errors of that mean
determine the width of the intervals (`intervals.py`).
"""

from dataclasses import dataclass

import numpy as np

from analytics.predictions.methods.backtest import WINDOW_DAYS, Backtest, backtest
from analytics.predictions.methods.intervals import Spread, guess_spread, learn_spread
from analytics.predictions.methods.trading_days import Past

MIN_SELLING_DAYS = 14
FEW_SELLING_DAYS = 28  # with fewer, the forecast is marked as based on little data
LONGEST = 365  # days ahead; no report accepts more


class TooShort(ValueError):
    """The history is too short for a forecast; the message says by how much."""


@dataclass(frozen=True)
class Forecast:
    days: np.ndarray  # sales of each of the next days
    spread: Spread
    backtest: Backtest
    has_little_data: bool


def forecast(past: Past, periods: int = LONGEST) -> Forecast:
    """Sales of the next days, never below zero; raises `TooShort`."""
    if past.selling_days < MIN_SELLING_DAYS:
        raise TooShort(f"{past.selling_days} of {MIN_SELLING_DAYS} days with sales needed")
    tested = backtest(past)
    return Forecast(
        days=tested.pool.mean_forecast(tested.chosen, past, periods),
        spread=spread_of_errors(past, tested),
        backtest=tested,
        has_little_data=past.selling_days < FEW_SELLING_DAYS,
    )


def spread_of_errors(past: Past, tested: Backtest) -> Spread:
    errors, relative = tested.errors(), tested.pool.relative
    if errors:
        return learn_spread(errors, relative)
    if relative:
        return guess_spread(past.logs - past.usual_logs(past.logs), relative, WINDOW_DAYS)
    return guess_spread(past.values - past.values.mean(), relative, WINDOW_DAYS)
