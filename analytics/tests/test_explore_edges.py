"""What random questions found in Explore, each as a case of its own."""

from decimal import Decimal as D

import pytest

from analytics.query.pivot import Pivot
from catalog.models import Tag

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def table(shop):
    """Two countries; an order of two products; a product without a cost."""
    mug = shop.product("mug", "10.00", category="Kitchen")
    tea = shop.product("tea", "5.00", category="Tea", cost="2.00")
    zoe = shop.customer("zoe", shop.country("France", "FR"))
    shop.sell((mug, 2), (tea, 1), on="2026-01-05 09:30")
    shop.sell((tea, 3), on="2026-02-05 17:00", customer=zoe)
    return shop


@pytest.fixture
def pivot(ask):
    return lambda **asked: Pivot(ask("explore", **asked))


def test_having_is_shown_as_it_was_asked(table, api):
    question = "measures=units&rows=product&having=units:at_least:3"
    answer = api.get(f"/api/explore/?{question}").json()
    assert answer["filters"]["having"] == ["units:at_least:3"]
    assert [row["product"] for row in answer["rows"]] == ["Tea"]


def test_rows_may_be_sorted_by_any_of_their_dimensions(table, columns_of):
    asked = {"measures": "orders", "rows": "month,country"}
    assert columns_of("explore", "country", sort="-country", **asked) == [
        ("Germany",), ("France",)
    ]  # fmt: skip
    assert len(columns_of("explore", "month", sort="-month", **asked)) == 2


def test_the_top_may_be_sorted_by_a_measure(table, columns_of):
    top = columns_of("explore", "product", measures="units", rows="product", sort="-units", top=1)
    assert top == [("Tea",), ("Other",)]


def test_a_change_without_dimensions_is_one_row(table, api):
    answer = api.get("/api/explore/?measures=orders_change&compare=previous_year")
    assert answer.status_code == 200


def test_running_totals_of_countries_are_in_the_order_of_their_names(table, columns_of):
    asked = {"measures": "revenue_running", "rows": "country"}
    assert columns_of("explore", "country", "revenue_running", **asked) == [
        ("France", D(15)), ("Germany", D(40))
    ]  # fmt: skip


def test_a_cell_without_rows_has_no_margin_and_goods_have_no_shipping(table, pivot):
    found = pivot(measures="units,margin,shipping", rows="country", columns="category")
    france = next(row for row in found.rows if row.values["country"] == "France")
    assert france.cells[0] == {"units": 0, "margin": None, "shipping": None}


def test_a_condition_on_hours_leaves_no_day_out(table, pivot):
    found = pivot(measures="days_in_period", where="hour:is:9", start="2026-01-01",
                  end="2026-01-31")  # fmt: skip
    assert found.total.total == {"days_in_period": 31}


def test_an_order_of_two_products_is_one_among_the_others(table, pivot):
    soap = table.product("soap", "1.00")
    table.sell((soap, 9), on="2026-02-06")
    found = pivot(measures="units,orders", rows="product", top=1)
    other = next(row for row in found.rows if row.is_other)
    assert other.total == {"units": 6, "orders": 2}


def test_goods_with_two_of_the_other_tags_count_once(table, pivot):
    soap = table.product("soap", "1.00")
    soap.tags.set([Tag.objects.create(name="bath"), Tag.objects.create(name="gift")])
    table.sell((soap, 2), on="2026-02-06")
    found = pivot(measures="units,revenue", rows="tag", top=1)
    assert [(row.is_other, row.total["units"]) for row in found.rows] == [(False, 6), (True, 2)]


@pytest.mark.parametrize("other", ["0", "1"])
def test_the_top_months_are_compared_with_their_own_earlier_ones(table, pivot, other):
    table.sell((table.product("soap", "1.00"), 9), on="2026-03-05")
    found = pivot(measures="units,units_before", rows="month", top=1, start="2026-03-01",
                  end="2026-03-31", compare="previous_period", other=other)  # fmt: skip
    assert found.rows[0].total == {"units": 9, "units_before": 3}
