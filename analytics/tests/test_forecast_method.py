"""The forecast of days: what it does with shops of every kind."""

from pathlib import Path

import duckdb
import ibis
import numpy as np
import pyarrow as pa
import pytest

from analytics.predictions.methods.backtest import DAILY, MEAN, backtest
from analytics.predictions.methods.forecasters import FORECASTERS
from analytics.predictions.methods.forecasting import TooShort, forecast
from analytics.predictions.methods.intervals import Spread, learn_spread
from analytics.predictions.methods.smoothing import Smoothing, theta
from analytics.predictions.methods.trading_days import Past, last_day_is_over
from analytics.predictions.reports.forecasts import with_bounds

pytestmark = pytest.mark.once

WEEK = np.array([1, 1.1, 0.9, 1, 1.3, 1.6, 0.7])
RETAIL = Path(__file__).parents[3] / "shared" / "data" / "online_retail.csv.gz"


def shop(days: int, noise: float = 0.0, closed=(), growth: float = 0.0, seed: int = 1) -> Past:
    """Sells about 1,000 a day, from a Monday on."""
    turn = np.arange(days)
    rest = noise * np.random.default_rng(seed).standard_normal(days)
    values = 1000 * WEEK[turn % 7] * np.exp(growth * turn + rest)
    values[np.isin(turn % 7, closed)] = 0
    return Past(values, weekday=0)


# Open days


def test_a_weekday_without_sales_is_closed_and_forecast_as_nothing():
    past = shop(60, closed=(5, 6))
    assert past.open_weekdays.tolist() == [True] * 5 + [False] * 2
    found = forecast(past, 14).days
    assert (found > 0).tolist() == [(past.weekday + 60 + day) % 7 < 5 for day in range(14)]


def test_one_closed_day_is_filled_in():
    past = shop(60)
    past.values[30] = 0
    assert past.season == 7
    np.testing.assert_allclose(np.exp(past.logs), shop(60).values, rtol=1e-9)


def test_a_single_day_far_from_the_others_is_drawn_nearer():
    past, usual = shop(60, noise=0.1), shop(60, noise=0.1)
    past.values[30] *= 20
    assert np.exp(past.logs[30]) < 3 * usual.values[30]
    assert past.values[30] == 20 * usual.values[30]  # what was sold stays as it was


def test_a_new_level_is_no_extreme():
    past = shop(120, noise=0.1)
    past.values[60:] *= 3
    np.testing.assert_allclose(past.logs[95:], np.log(past.values[95:]), atol=0.2)


@pytest.mark.parametrize(("hour", "over"), [(12, False), (17, True), (20, True)])
def test_a_day_that_ends_before_all_others_is_not_over(hour, over):
    assert last_day_is_over(np.array([17, 18, 19] * 10 + [hour])) is over


# Smoothing


def test_simple_smoothing_is_the_recursion_of_the_textbook():
    values = np.array([10.0, 12.0, 11.0, 15.0, 9.0, 13.0, 14.0, 10.0, 12.0])
    fit = Smoothing().fit(values)
    level = values[:8].mean()
    for value in values:
        level += fit.parameters[0] * (value - level)
    np.testing.assert_allclose(fit.forecast(3), [level] * 3, rtol=1e-9)


def test_a_season_with_a_trend_is_the_recursion_of_the_textbook():
    values = np.log(shop(56, noise=0.2).values)
    fit = Smoothing(season=7, trend=True).fit(values)
    alpha, beta, phi, gamma = fit.parameters
    level, slope, season = 0.0, 0.0, list(fit.start)
    for value in values:
        error = value - (level + phi * slope + season[0])
        level += phi * slope + alpha * error
        slope = phi * slope + beta * error
        season = [*season[1:], season[0] + gamma * error]
    ahead = [level + slope * sum(phi**turn for turn in range(1, step + 1)) for step in range(1, 8)]
    np.testing.assert_allclose(fit.forecast(7), np.array(ahead) + season, rtol=1e-7)


def test_theta_goes_on_with_a_straight_line():
    np.testing.assert_allclose(theta(np.arange(40.0), 3), [40, 41, 42], atol=1)


# The forecast


@pytest.mark.parametrize("forecaster", FORECASTERS[:-1], ids=lambda forecaster: forecaster.name)
def test_each_model_goes_on_with_a_week_that_never_changes(forecaster):
    past = shop(84, closed=(6,))
    expected = [value for value in shop(98, closed=(6,)).values[84:] if value]
    np.testing.assert_allclose(np.exp(forecaster.fit(past, 12)), expected, rtol=0.02)


def test_prophet_is_one_of_the_models_from_84_days_on():
    others = [forecaster.name for forecaster in FORECASTERS[:-1]]
    assert DAILY.usable_models(shop(83)) == others
    assert DAILY.usable_models(shop(84)) == [*others, "Prophet"]
    found = np.exp(FORECASTERS[-1].fit(shop(84), 7))
    np.testing.assert_allclose(found, shop(91).values[84:], rtol=0.05)


def test_the_same_past_gives_the_same_forecast():
    past = shop(80, noise=0.2)
    assert forecast(past).days.tolist() == forecast(shop(80, noise=0.2)).days.tolist()


def test_fourteen_days_are_needed():
    with pytest.raises(TooShort, match="13 of 14 days with sales needed"):
        forecast(shop(13))
    made = forecast(shop(14), 7)
    assert (made.has_little_data, made.backtest.windows) == (True, [])
    assert 0 < made.spread.widths[80] < made.spread.widths[95]


def test_a_shop_that_sold_nothing_for_months_sells_nothing():
    values = np.concatenate([shop(60).values, np.zeros(200)])
    assert forecast(Past(values, 0), 30).days.tolist() == [0] * 30


def test_what_is_sold_now_and_then_is_forecast_by_the_week():
    past = Past(np.where(np.arange(140) % 4 == 0, 70.0, 0.0), 0)
    made = forecast(past, 28)
    assert not past.is_regular
    np.testing.assert_allclose(made.days.sum(), 28 / 4 * 70, rtol=0.1)
    width = made.spread.widths[95] * made.spread.deviation(np.arange(1, 29))
    assert not made.spread.relative
    assert (made.days + width).min() >= 70


def test_returns_that_outweigh_sales_give_no_forecast_below_zero():
    past = shop(60, noise=0.3)
    past.values[20:60:5] = -5000
    assert (forecast(past, 30).days >= 0).all()


# The backtest


def test_the_past_is_tested_without_knowing_what_came_after():
    past, other = shop(70, noise=0.2), shop(70, noise=0.2)
    other.values[-11:] *= 9
    ours, theirs = backtest(past).windows, backtest(other).windows
    assert len(ours[-1].actual) == 11
    for name, predicted in ours[-1].forecasts.items():
        assert predicted.tolist() == theirs[-1].forecasts[name].tolist()


def test_the_score_is_the_errors_of_the_windows():
    tested = backtest(shop(70, noise=0.2))
    actual = np.concatenate([window.actual for window in tested.scored_windows])
    predicted = np.concatenate([window.forecasts[MEAN] for window in tested.scored_windows])
    score = tested.scores()[-1]
    assert tested.scores()[0].model == "Last week again"
    assert score.wape == pytest.approx(np.abs(actual - predicted).sum() / actual.sum())
    assert score.bias == pytest.approx((predicted - actual).sum() / actual.sum())


# Intervals


def test_bounds_hold_as_many_of_the_errors_as_they_say():
    errors = list(np.random.default_rng(2).normal(0, 0.3, (9, 30)))
    spread = learn_spread(errors, relative=True)
    ahead = np.arange(1, 31)
    for level in (80, 95):
        within = np.abs(errors) <= spread.widths[level] * spread.deviation(ahead)
        assert within.mean() == pytest.approx(level / 100, abs=0.01)


def test_errors_of_days_even_out_in_sums_and_those_of_the_level_do_not():
    width = Spread(0.0, 0.04, 6, {80: 1.3, 95: 2.0}, relative=True).sum_widths[95]
    even = bounds_of_a_sum(growth=0.0, alone=0.04, relative=True)
    wide = bounds_of_a_sum(growth=0.04, alone=0.0, relative=True)
    assert np.log(even["upper_95"] / 1000) == pytest.approx(width * 0.2 / 10)
    assert np.log(wide["upper_95"] / 1000) == pytest.approx(width * 0.2 * np.sqrt(50.5))


def test_bounds_are_never_below_zero():
    bounds = bounds_of_a_sum(growth=0.0, alone=1e8, relative=False)
    assert (bounds["lower_80"], bounds["lower_95"]) == (0, 0)
    assert bounds["upper_95"] > 1000


def bounds_of_a_sum(growth: float, alone: float, relative: bool) -> dict:
    """As the reports compute them: of 100 days with forecasts of 10 each."""
    widths = Spread(growth, alone, 6, {80: 1.3, 95: 2.0}, relative).sum_widths
    rows = [
        {"country_id": 1, "category_id": 1, "ahead": ahead, "forecast": 10.0, "growth": growth,
         "alone": alone, "relative": relative, "sum_80": widths[80], "sum_95": widths[95]}
        for ahead in range(1, 101)
    ]  # fmt: skip
    (row,) = (
        with_bounds(ibis.memtable(pa.Table.from_pylist(rows)), ibis.literal("all"), "sum")
        .to_pyarrow()
        .to_pylist()
    )
    return row


# The retail file, where it lies beside the checkout


@pytest.fixture(scope="module")
def retail() -> Past:
    if not RETAIL.exists():
        pytest.skip("the whole file is not here")
    rows = duckdb.execute(
        """
        select InvoiceDate::date as day, sum(Quantity::int * UnitPrice::double)
        from read_csv($file, all_varchar = true)
        where regexp_matches(StockCode, '^[0-9]{5}') and UnitPrice::double > 0
            and not starts_with(InvoiceNo, 'C') and Quantity::int > 0
        group by day having day < '2011-12-09' order by day
        """,
        {"file": str(RETAIL)},
    ).fetchall()
    first = rows[0][0]
    values = np.zeros((rows[-1][0] - first).days + 1)
    for day, revenue in rows:
        values[(day - first).days] = revenue
    return Past(values, first.weekday())


def test_on_the_retail_file_the_mean_is_better_than_repeating_the_last_week(retail):
    tested = backtest(retail)
    scores = {score.model: score for score in tested.scores()}
    assert len(tested.scored_windows) == 6
    assert scores[MEAN].wape < 0.295
    assert scores[MEAN].wape < 0.85 * scores["Last week again"].wape
    coverage = tested.coverage()
    assert 0.74 < coverage[80] < 0.88
    assert 0.90 < coverage[95] < 0.98
