"""Demand of single products: levels, and what a lead time needs."""

from pathlib import Path

import duckdb
import numpy as np
import pytest

from analytics.predictions.methods.demand import (
    conformal_quantile,
    known_weeks,
    lead_errors,
    safety_stock,
    service_coverage,
    smoothed_levels,
)

pytestmark = pytest.mark.once

RETAIL = Path(__file__).parents[3] / "shared" / "data" / "online_retail.csv.gz"
NAN = np.nan


def test_weeks_before_the_first_sale_and_weeks_without_stock_are_not_known():
    units = np.array([[0.0, 0.0, 14.0, 0.0, 6.0, 2.0]])
    empty = np.array([[0, 0, 0, 0, 4, 1]])
    expected = [[NAN, NAN, 14, 0, NAN, 2 * 7 / 6]]
    np.testing.assert_allclose(known_weeks(units, empty), expected)


def test_a_product_that_always_sells_the_same_will_go_on():
    found = smoothed_levels(np.full((1, 12), 5.0))
    assert found.current.tolist() == [5]
    assert [pieces.tolist() for pieces in safety_stock(found, 2).values()] == [[0]] * 5


def test_weeks_that_are_not_known_change_no_level():
    sold = np.array([[4.0, 6, 5, 5, 9, 5, 8]])
    gaps = np.array([[4.0, 6, 5, 5, NAN, 9, NAN, 5, NAN, 8]])
    np.testing.assert_allclose(smoothed_levels(sold).current, smoothed_levels(gaps).current)


def test_each_product_has_the_alpha_that_fits_it_best():
    jump = np.concatenate([np.full(20, 5.0), np.full(20, 50.0)])
    lumps = np.tile([0.0, 10.0], 20)
    assert smoothed_levels(np.array([jump, lumps])).current == pytest.approx([50, 5], abs=0.6)


def test_errors_of_a_lead_time_are_its_sales_beyond_what_was_expected():
    found = smoothed_levels(np.array([[5.0, 5, 5, 5, 5, 8, 2, 5]]))
    path = found.paths[0]
    expected = [13 - 2 * path[4], 10 - 2 * path[5], 7 - 2 * path[6]]
    assert np.isnan(lead_errors(found, 2)[0, :4]).all()
    np.testing.assert_allclose(lead_errors(found, 2)[0, 4:], expected)


def test_the_quantile_leaves_room_for_the_error_that_comes_next():
    errors = np.array([[*range(1, 20), NAN], [3, 1, 2, *[NAN] * 17]], float)
    assert conformal_quantile(errors, 0.95).tolist() == [19, 3]
    assert conformal_quantile(errors, 0.8).tolist() == [16, 3]


def test_more_certainty_needs_more_stock():
    weeks = np.random.default_rng(3).poisson(6, (30, 60)).astype(float)
    needed = [pieces.sum() for pieces in safety_stock(smoothed_levels(weeks), 2).values()]
    assert needed == sorted(needed)
    assert needed[0] < needed[-1]


def test_products_of_the_retail_file_are_covered_as_they_should():
    if not RETAIL.exists():
        pytest.skip("the whole file is not here")
    sold = duckdb.execute(
        """
        select StockCode as sku, date_diff('day', InvoiceDate::date, date '2011-12-08') // 7 as ago,
            sum(Quantity::int) as units
        from read_csv($file, all_varchar = true)
        where regexp_matches(StockCode, '^[0-9]{5}') and UnitPrice::double > 0
            and Quantity::int > 0 and InvoiceDate < '2011-12-09'
        group by all having ago < 53
        """,
        {"file": str(RETAIL)},
    ).fetchnumpy()
    skus, rows = np.unique(sold["sku"], return_inverse=True)
    units = np.zeros((len(skus), 53))
    units[rows, 52 - sold["ago"]] = sold["units"]
    for lead in (1, 2, 4):
        share = service_coverage(known_weeks(units, np.zeros_like(units)), lead)[95]
        assert 0.90 <= share < 0.98
