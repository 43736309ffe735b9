"""What random questions found in Explore, each as a case of its own."""

from decimal import Decimal as D

import pytest

from analytics.query.pivot import Pivot
from catalog.models import Product, Tag

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


def test_a_running_total_stays_where_it_is_where_nothing_is_sold(table, pivot):
    table.sell((Product.objects.get(sku="tea"), 1), on="2026-04-05")
    asked = {"measures": "revenue_running,margin_running", "columns": "month"}
    found = pivot(rows="country", end="2026-05-31", **asked)
    assert [[*cell.values()] for row in found.rows for cell in row.cells] == [
        # France, whose tea has a cost, from February on
        [D(0), None], [D(15), D(9)], [D(15), D(9)], [D(15), D(9)], [D(15), D(9)],
        [D(25), D(3)], [D(25), D(3)], [D(25), D(3)], [D(30), D(6)], [D(30), D(6)],
    ]  # fmt: skip
    [shipping] = pivot(measures="shipping_running", rows="category", columns="month").rows[:1]
    assert [cell["shipping_running"] for cell in shipping.cells] == [None] * 4


def test_rows_are_sorted_by_a_running_total_of_a_month_without_sales(table, pivot):
    table.sell((Product.objects.get(sku="tea"), 1), on="2026-03-05")
    found = pivot(rows="country", columns="month", measures="revenue_running",
                  sort="-revenue_running@2026-02")  # fmt: skip
    assert [row.values["country"] for row in found.rows] == ["Germany", "France"]


def test_the_best_guest_and_all_others_have_running_totals_of_their_own(table, pivot):
    table.sell((table.product("pot", "100.00"), 1), on="2026-02-05", customer=None)
    found = pivot(measures="revenue_running", rows="customer,month", top=1, sort="month")
    assert [(row.depth, row.is_other, row.total["revenue_running"]) for row in found.rows] == [
        (1, False, D(100)), (2, False, D(100)),
        (1, True, D(140)), (2, True, D(25)), (2, True, D(40)),
    ]  # fmt: skip


@pytest.mark.parametrize("other", [0, 1])
def test_the_top_of_a_running_total_are_those_that_add_most_to_it(table, columns_of, other):
    table.sell((Product.objects.get(sku="tea"), 1), on="2026-03-05", customer=None)
    asked = {"measures": "revenue_running", "rows": "customer", "top": 1, "other": other}
    top = columns_of("explore", "customer", "revenue_running", **asked)
    assert top == [("Anna", D(25)), ("Other", D(45))][: 1 + other]


def test_products_by_sku_have_their_figures_beside_each_other(table, pivot):
    found = pivot(measures="units", rows="product", columns="sku")
    assert [[cell["units"] for cell in row.cells] for row in found.rows] == [[2, 0], [0, 4]]
    found = pivot(measures="units", rows="product,sku")
    assert [[row.depth, *row.total.values()] for row in found.rows] == [
        [1, 2], [2, 2], [1, 4], [2, 4],
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


def test_all_customers_but_the_best_are_customers_too(table, pivot):
    for name in ("bob", "carl"):
        table.sell((Product.objects.get(sku="tea"), 1), on="2026-02-06",
                   customer=table.customer(name))  # fmt: skip
    table.sell((Product.objects.get(sku="tea"), 1), on="2026-02-07", customer=None)
    found = pivot(measures="customers,guests,orders_per_customer", rows="customer", top=1)
    assert [[*row.total.values()] for row in found.rows] == [[1, 0, D(1)], [3, 1, D(1)]]


def test_the_top_are_chosen_by_the_rows_that_are_shown(table, pivot):
    """An order without lines is none of goods, so its month is not among the best of goods."""
    empty = table.sell((Product.objects.get(sku="tea"), 1), on="2026-03-05", customer=None)
    table.sell((Product.objects.get(sku="tea"), 1), on="2026-03-06", customer=None)
    table.sell((Product.objects.get(sku="tea"), 1), on="2026-02-06", customer=None)
    for order in (empty, table.sell((Product.objects.get(sku="tea"), 1), on="2026-03-07")):
        order.items.all().delete()
    found = pivot(measures="orders", rows="month", columns="category", top=1, other=0)
    assert [row.values["month"].month for row in found.rows] == [2]


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
