"""Lifetime value against the papers: where the file of CDNOW is, and on small cases everywhere."""

import numpy as np
import pytest

from analytics.predictions.methods.buyers import buyers, purchases_between
from analytics.predictions.methods.lifetime import (
    Purchases,
    TooFew,
    expected_purchases,
    expected_value,
    fit_bgnbd,
    fit_gamma_gamma,
    fit_mbgnbd,
    prediction_intervals,
    probability_alive,
    probability_no_purchase,
)
from analytics.tests.published import WEEK_39, cdnow, cdnow_summary, needs_data

pytestmark = pytest.mark.once

PAPER = Purchases(r=0.243, alpha=4.414, a=0.793, b=2.426, log_likelihood=0)


@pytest.fixture(scope="module")
def some():
    """Customers drawn from a known MBG/NBD (r 0.8, alpha 30, a 1.2, b 3) over a year."""
    chance, size = np.random.default_rng(7), 8000
    rate, dropout = chance.gamma(0.8, 1 / 30, size), chance.beta(1.2, 3, size)
    T = chance.integers(60, 366, size).astype(float)
    frequency, recency, now = np.zeros(size), np.zeros(size), np.zeros(size)
    there = chance.random(size) > dropout
    while there.any():
        now += chance.exponential(1 / rate)
        there &= now < T
        frequency[there] += 1
        recency[there] = now[there]
        there &= chance.random(size) > dropout
    return frequency, recency, T


@needs_data
def test_bgnbd_finds_what_the_paper_found():
    rows = cdnow_summary("cdnow_customers_summary")
    model = fit_bgnbd(rows["frequency"], rows["recency"], rows["T"])
    assert (model.r, model.alpha) == pytest.approx((0.243, 4.414), abs=0.001)
    assert (model.a, model.b) == pytest.approx((0.793, 2.426), abs=0.005)
    assert model.log_likelihood == pytest.approx(-9582.4, abs=0.05)
    assert expected_purchases(model, 2, 30.43, 38.86, 39) == pytest.approx(1.2259, abs=0.0001)


@needs_data
def test_gamma_gamma_finds_what_the_paper_found():
    rows = cdnow_summary("cdnow_customers_summary_with_transactions")
    again = rows[rows["x"] > 0]
    model = fit_gamma_gamma(again["x"], again["zbar"])
    assert (model.p, model.q, model.v) == pytest.approx((6.25, 3.74, 15.44), abs=0.01)


@needs_data
def test_weeks_40_to_78_of_cdnow_are_predicted_to_less_than_eight_tenths_of_an_order():
    days = cdnow()
    known = buyers(days, WEEK_39)
    came, _ = purchases_between(days, known.customer, WEEK_39, WEEK_39 + 273)
    predicted = expected_purchases(fit_mbgnbd(*known.history), *known.history, 273)
    assert (len(predicted), came.sum()) == (23570, 19684)
    assert np.abs(predicted - came).mean() <= 0.80


def test_the_worked_example_of_the_paper():
    assert expected_purchases(PAPER, 2, 30.43, 38.86, 39) == pytest.approx(1.2260, abs=0.0001)


def test_the_parameters_that_customers_were_drawn_from_are_found_again(some):
    model = fit_mbgnbd(*some)
    assert (model.r, model.alpha) == pytest.approx((0.8, 30), rel=0.1)
    assert model.a / (model.a + model.b) == pytest.approx(1.2 / 4.2, abs=0.04)


def test_the_unit_of_time_changes_nothing(some):
    frequency, recency, T = some
    days, weeks = fit_mbgnbd(*some), fit_mbgnbd(frequency, recency / 7, T / 7)
    assert weeks.alpha == pytest.approx(days.alpha / 7, rel=1e-4)
    assert expected_purchases(weeks, frequency, recency / 7, T / 7, 52) == pytest.approx(
        expected_purchases(days, *some, 364), rel=1e-4
    )


def test_bgnbd_thinks_that_one_time_buyers_stay_and_mbgnbd_does_not(some):
    bought_once = 0, 0, 300
    assert probability_alive(fit_bgnbd(*some), *bought_once) == 1
    assert 0.1 < probability_alive(fit_mbgnbd(*some), *bought_once) < 0.9


def test_no_purchase_means_gone_or_not_within_the_horizon(some):
    model = fit_mbgnbd(*some)
    alive = probability_alive(model, *some)
    assert probability_no_purchase(model, *some, 0) == pytest.approx(1)
    assert probability_no_purchase(model, *some, 1e12) == pytest.approx(1 - alive, abs=1e-3)
    soon, late = (probability_no_purchase(model, *some, days) for days in (30, 90))
    assert (soon > late).all()


@pytest.mark.parametrize("fit", [fit_bgnbd, fit_mbgnbd])
def test_everything_stays_finite_where_nobody_leaves(fit):
    chance = np.random.default_rng(3)
    T = np.full(400, 300.0)
    frequency = chance.poisson(chance.gamma(2, 0.02, 400) * T).astype(float)
    recency = np.where(frequency > 0, T - 1, 0)
    frequency[0] = 5000
    model = fit(frequency, recency, T)
    orders = expected_purchases(model, frequency, recency, T, 365)
    assert np.isfinite(orders).all()
    assert orders[1:].sum() == pytest.approx(frequency[1:].sum() * 365 / 300, rel=0.1)
    assert np.isfinite(probability_no_purchase(model, frequency, recency, T, 90)).all()


def test_too_few_customers_are_told_apart_from_wrong_ones():
    with pytest.raises(TooFew, match="3 of 10 customers needed"):
        fit_bgnbd([1, 2, 0], [1, 2, 0], [5, 5, 5])
    with pytest.raises(TooFew, match="nobody bought again"):
        fit_mbgnbd([0] * 20, [0] * 20, [30] * 20)
    with pytest.raises(ValueError, match="recency ≤ T"):
        fit_bgnbd([1] * 20, [40] * 20, [30] * 20)
    with pytest.raises(ValueError, match="above 0"):
        fit_gamma_gamma([1] * 20, [0] * 20)


def test_an_order_is_worth_between_the_customers_mean_and_everybodys():
    chance = np.random.default_rng(5)
    frequency = chance.integers(1, 20, 500)
    mean_value = chance.gamma(4, 1 / chance.gamma(5, 1 / 100, 500))
    model = fit_gamma_gamma(frequency, mean_value)
    everybody = expected_value(model, 0, 0)
    assert everybody == pytest.approx(model.p * model.v / (model.q - 1))
    few, many = (expected_value(model, x, 4 * everybody) for x in (1, 1000))
    assert everybody < few < many < 4 * everybody


def test_the_interval_is_the_same_each_time_and_holds_what_is_expected(some):
    model, seen = fit_mbgnbd(*some), [column[:1000] for column in some]
    mean_value = np.random.default_rng(1).gamma(6, 3, 1000)
    spend = fit_gamma_gamma(seen[0] + 1, mean_value)
    purchases, values = bounds = prediction_intervals(model, spend, *seen, mean_value, 365)
    again = prediction_intervals(model, spend, *seen, mean_value, 365)
    assert (np.array(bounds) == np.array(again)).all()
    orders = expected_purchases(model, *seen, 365)
    expected = orders * expected_value(spend, seen[0] + 1, mean_value)
    for (low, high), mean in ((purchases, orders), (values, expected)):
        assert (low <= high).all()
        assert ((low <= mean) & (mean <= high)).mean() > 0.7
