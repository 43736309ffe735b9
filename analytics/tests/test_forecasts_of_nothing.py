"""A shop that sold nothing has no forecast, and says so."""

import pytest

from analytics.predictions.fit import fit_one, fits

pytestmark = pytest.mark.once


def test_without_sales_there_are_words(shop, ask):
    fit_one(fits()["forecast"])
    fit_one(fits()["demand"])
    for path in ("revenue", "total", "backtest", "basis"):
        found = ask(f"analytics/forecast/{path}")
        assert (found.rows, found.note) == ([], "There is no forecast yet: no sales.")
    assert ask("products/demand").note == "Not enough data: 0 of 4 weeks needed."
    assert ask("inventory/reorder").rows == []
