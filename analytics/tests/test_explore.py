"""Explore: measures by dimensions, filters, subtotals, totals."""

import json
from decimal import Decimal as D

import pytest
from django.core.management import call_command

from analytics.faces.as_json import render_json
from analytics.query.pivot import Pivot
from analytics.semantics.dimensions import DIMENSIONS
from analytics.semantics.explore_form import EXPLORE_MEASURES
from analytics.tests.explore_shop import small_shop

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def table(shop):
    return small_shop(shop)


@pytest.fixture
def pivot(ask):
    return lambda **asked: Pivot(ask("explore", **asked))


@pytest.fixture
def columns(columns_of):
    """Some columns of the cells."""
    return lambda *names, **asked: columns_of("explore", *names, **asked)


def test_measures_by_dimensions(table, columns):
    assert columns(
        "country", "category", "revenue", "orders",
        measures="revenue,orders", rows="country,category",
    ) == [
        ("France", "Kitchen", D(10), 1),
        ("France", "Tea", D(15), 1),
        ("Germany", "Kitchen", D(30), 2),
        ("Germany", "Tea", D(5), 1),
    ]  # fmt: skip


def test_subtotals_and_totals_count_an_order_of_two_categories_once(table, pivot):
    found = pivot(measures="orders", rows="country,category", columns="month")
    assert [head.label for head in found.heads] == ["Jan 2026", "Feb 2026", "Mar 2026"]
    figures = {
        (row.values.get("country"), row.values.get("category")): (
            row.total["orders"], *(cell["orders"] for cell in row.cells)
        )
        for row in (found.total, *found.rows)
    }  # fmt: skip
    assert figures == {
        (None, None): (4, 1, 1, 2),
        ("France", None): (2, 0, 1, 1),
        ("France", "Kitchen"): (1, 0, 0, 1),
        ("France", "Tea"): (1, 0, 1, 0),
        ("Germany", None): (2, 1, 0, 1),
        ("Germany", "Kitchen"): (2, 1, 0, 1),
        ("Germany", "Tea"): (1, 1, 0, 0),
    }


@pytest.mark.parametrize("name", DIMENSIONS)
def test_rows_of_every_dimension_add_up_to_the_total(table, pivot, name):
    found = pivot(measures=",".join(EXPLORE_MEASURES[:12]), rows=name)
    assert sum(row.total["revenue"] for row in found.rows) == found.total.total["revenue"] == D(60)


@pytest.mark.parametrize("name", EXPLORE_MEASURES)
def test_every_measure_has_cells_and_totals(table, pivot, name):
    for rows in ("country", "category", "month", ""):
        found = pivot(measures=name, rows=rows, columns="weekday", compare="previous_year")
        assert name in found.total.total
        assert len(found.heads) == 7


@pytest.mark.parametrize(
    ("where", "revenue"),
    [
        ("country:is:FR", 25), ("country:is_not:France", 35), ("country:one_of:FR,Germany", 60),
        ("country:contains:ran", 25), ("category:is:Tea", 20), ("product:is:mug", 40),
        ("product:contains:EA", 20), ("customer:is:zoe", 25), ("customer:is:", 10),
        ("customer:is_not:zoe", 35), ("month:is:2026-03", 20), ("day:at_least:2026-02-05", 35),
        ("day:between:2026-02-01,2026-03-05", 25), ("weekday:is:Friday", 10),
        ("hour:at_most:11", 0),
        ("new_or_returning:is:new", 40), ("new_or_returning:is:returning", 10),
        ("new_or_returning:one_of:guest,returning", 20), ("buyer:is:guest", 10),
        ("cohort:is:2026-02", 25), ("order_value:at_least:15", 40), ("order_value:is:< 20", 35),
        ("order_value:is:20-50", 25), ("order_units:at_least:3", 40), ("voucher:is:no", 60),
        ("days_since_previous:is:7–30", 10), ("days_since_previous:is_not:", 10),
        ("source:is:shop", 60), ("kind:is:return", 0), ("status:is_not:paid", 60),
        ("rfm_group:is_not:", 50), ("tag:is:", 60), ("tag:is_not:", 0), ("sku:one_of:tea,mug", 60),
    ],
)  # fmt: skip
def test_filters(table, columns, where, revenue):
    assert columns("revenue", measures="revenue", where=where) == [(D(revenue),)]


def test_the_top_and_all_others(table, pivot):
    found = pivot(measures="revenue", rows="customer", top="1")
    assert [(row.values["customer"], row.is_other, row.total["revenue"]) for row in found.rows] == [
        ("Anna", False, D(25)), ("Other", True, D(35)),
    ]  # fmt: skip


def test_rows_that_have_enough(table, columns):
    asked = {"measures": "revenue", "rows": "country,category", "having": "units:at_least:3"}
    assert columns("country", "category", **asked) == [("France", "Tea"), ("Germany", "Kitchen")]
    asked = {"measures": "revenue", "rows": "product", "columns": "month"}
    found = columns("product", "revenue", having="orders:between:3,4", **asked)
    assert found == [("Mug", D(20)), ("Mug", D(20))]


def test_shares_and_running_totals(table, columns):
    asked = {"measures": "revenue_share,revenue_running", "rows": "month"}
    assert columns("revenue_share", "revenue_running", **asked) == [
        (D("0.416667"), D(25)), (D("0.25"), D(40)), (D("0.333333"), D(60)),
    ]  # fmt: skip


def test_changes_on_the_period_before(table, pivot):
    found = pivot(
        measures="revenue_before,revenue_change,revenue_growth", rows="country",
        start="2026-03-01", end="2026-03-31", compare="previous_period",
    )  # fmt: skip
    assert [[*row.total.values()] for row in (found.total, *found.rows)] == [
        [D(15), D(5), D(1) / 3], [D(15), D(-5), D(-1) / 3], [None, None, None],
    ]  # fmt: skip


# Faces


def explore(api, suffix=".json", **asked):
    return api.get(f"/api/explore{suffix}", asked)


def test_json_with_columns_is_a_tree(table, api):
    found = explore(api, measures="revenue", rows="country,category", columns="month").json()
    assert found["column_values"] == [
        {"month": "2026-01"}, {"month": "2026-02"}, {"month": "2026-03"},
    ]  # fmt: skip
    assert found["totals"] == {"revenue": "60.00"}
    assert found["column_totals"] == [{"revenue": a} for a in ("25.00", "15.00", "20.00")]
    [france, *_rest] = found["rows"]
    assert france.pop("country_id")
    assert france == {
        "depth": 1, "is_other": False, "country": "France", "category": None,
        "total": {"revenue": "25.00"},
        "cells": [{"revenue": "0.00"}, {"revenue": "15.00"}, {"revenue": "10.00"}],
    }  # fmt: skip
    assert [row["depth"] for row in found["rows"]] == [1, 2, 2, 1, 2, 2]


def test_json_of_cells_reads_no_rows_besides_the_levels(table, ask):
    asked = {"rows": "country", "columns": "month", "start": "2026-02-01", "end": "2026-02-28"}
    answer = ask("explore", compare="previous_period", measures="revenue", **asked)
    found = json.loads(b"".join(render_json(answer)))
    assert found["compare"].keys() == {"with", "text", "period"}
    [france] = found["rows"]
    assert france["total"]["revenue"] == "15.00"
    for each in (answer, answer.before):
        assert "table" not in vars(each.lazy_rows)


def test_json_without_columns_has_a_row_for_each(table, api):
    found = explore(api, measures="orders", rows="month").json()
    assert found["rows"] == [
        {"month": "2026-01", "orders": 1}, {"month": "2026-02", "orders": 1},
        {"month": "2026-03", "orders": 2},
    ]  # fmt: skip
    assert found["totals"] == {"orders": 4}
    assert explore(api, measures="orders", totals="0").json()["totals"] is None


def test_csv_has_a_column_for_each_month(table, api):
    text = explore(api, ".csv", measures="revenue", rows="category", columns="month").content
    assert text.decode().splitlines() == [
        "category,2026-01,2026-02,2026-03,revenue",
        "Kitchen,20.00,0.00,20.00,40.00",
        "Tea,5.00,15.00,0.00,20.00",
    ]


def test_every_face_shows_columns(table, api):
    for suffix in (".xlsx", ".text", ".svg", ".png", ".vega"):
        found = explore(api, suffix, measures="revenue,aov", rows="country", columns="weekday")
        assert found.status_code == 200, suffix


def test_the_command_asks_too(table, capsys):
    call_command("explore", "measures=orders", "rows=country")
    assert "Germany" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("asked", "field", "reason"),
    [
        ({"measures": "x"}, "measures", "'x' is not a measure."),
        ({"measures": "aov_share"}, "measures", "aov is no sum"),
        ({"rows": "x"}, "rows", "'x' is not a dimension."),
        ({"rows": "month", "columns": "month"}, "columns", "month is on the rows already."),
        ({"rows": "day,day"}, "rows", "Name each only once."),
        ({"measures": "revenue", "top": "3"}, "top", "There are no rows to choose from."),
        ({"rows": "day", "sort": "x"}, "sort", "'x' is neither"),
        ({"measures": "revenue_growth"}, "measures", "Changes need a comparison"),
        ({"where": "x"}, "where", "with colons between"),
        ({"where": "x:is:1"}, "where", "'x' is not a dimension."),
        ({"where": "month:like:1"}, "where", "'like' is not an operator."),
        ({"where": "month:is:May"}, "where", "month: Enter a month"),
        ({"where": "month:between:2026-01"}, "where", "between needs two values"),
        ({"where": "country:at_least:FR"}, "where", "at_least is not for it"),
        ({"where": "country:is:Atlantis"}, "where", "there is no country 'Atlantis'."),
        ({"where": "product:is:x"}, "where", "there is no product 'x'."),
        ({"where": "order_value:is:much"}, "where", "enter a band such as 20–50."),
        ({"where": "rfm_group:is:x"}, "where", "enter one of New,"),
        ({"having": "x:at_least:1", "rows": "day"}, "having", "'x' is not a measure."),
        ({"having": "units:at_least:many", "rows": "day"}, "having", "Enter a number"),
        ({"bands": "month:1,2"}, "bands", "'month' has no bands."),
        ({"bands": "order_value:5,2"}, "bands", "from the lowest on"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(table, api, asked, field, reason):
    response = explore(api, **asked)
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error["field"] == field
    assert reason in error["reason"]


def test_texts_are_bound_whatever_is_in_them(table, columns):
    for text in ("'; drop table orders --", "\\'", 'a"b', "ü\\", "%", "{0}"):
        assert columns("revenue", measures="revenue", where=f"category:is:{text}") == [(D(0),)]


def test_who_may_not_see_customers_cannot_ask_for_them(table, signed_in):
    operator = signed_in("operator", table.germany)
    for asked in ({"rows": "customer"}, {"where": "customer:is:anna"}):
        assert explore(operator, **asked).status_code in (400, 403)


def test_a_manager_sees_own_countries_only(table, signed_in):
    manager = signed_in("manager", table.germany)
    found = explore(manager, measures="revenue", rows="country").json()
    assert [(row["country"], row["revenue"]) for row in found["rows"]] == [("Germany", "35.00")]
    assert explore(manager, where="country:is:FR").status_code == 400


def test_the_words_are_listed(api):
    dimensions = {each["name"]: each for each in api.get("/api/dimensions/").json()}
    assert dimensions["order_value"]["values"][:2] == ["< 20", "20–50"]
    assert "contains" in dimensions["product"]["operators"]
    assert "revenue" in [each["name"] for each in api.get("/api/measures/").json()]


def test_a_title_names_measures_and_dimensions(table, ask):
    titled = ask("explore", measures="revenue,aov", rows="country", columns="sku")
    assert titled.report.title == "Net sales and average order value by country and SKU"
