"""Explore sorts by any column of its table: also by that of one month, or by a change."""

from decimal import Decimal as D

import pytest

from analytics.faces.question_chart import chart_answer
from analytics.pages.pivot_links import column_text
from analytics.query.pivot import Pivot
from analytics.semantics.dimensions import DIMENSIONS
from analytics.tests.explore_shop import small_shop

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(autouse=True)
def table(shop):
    return small_shop(shop)


@pytest.fixture
def rows(ask):
    """The labels of the rows, and the figure that they are sorted by."""

    def result(place=None, **asked):
        pivot = Pivot(ask("explore", **asked))
        name = pivot.question.sort_name
        return [
            (
                "Other" if row.is_other else row.values[pivot.question.rows[row.depth - 1]],
                (row.total if place is None else row.cells[place])[name],
            )
            for row in pivot.rows
        ]

    return result


def test_rows_of_every_level_are_sorted_by_the_column_of_a_month(rows):
    asked = {"measures": "revenue", "rows": "country,category", "columns": "month"}
    assert rows(1, sort="-revenue@2026-02", **asked) == [
        ("France", D(15)), ("Tea", D(15)), ("Kitchen", D(0)),
        ("Germany", D(0)), ("Kitchen", D(0)), ("Tea", D(0)),
    ]  # fmt: skip
    assert rows(0, sort="revenue@2026-01", **asked) == [
        ("France", D(0)), ("Kitchen", D(0)), ("Tea", D(0)),
        ("Germany", D(25)), ("Tea", D(5)), ("Kitchen", D(20)),
    ]  # fmt: skip


def test_a_measure_that_is_not_shown_sorts_too(ask):
    asked = {"measures": "revenue", "rows": "category", "columns": "month"}
    pivot = Pivot(ask("explore", sort="-units@2026-02", **asked))
    assert [row.values["category"] for row in pivot.rows] == ["Tea", "Kitchen"]


def test_the_top_are_those_of_all_columns_and_others_are_last(rows):
    asked = {"measures": "revenue", "rows": "customer", "columns": "month", "top": "2"}
    # By all that they bought Anna and Zoe are the top, with 25.00 each; the guest bought in March.
    assert rows(2, sort="-revenue@2026-03", **asked) == [
        ("Zoe", D(10)), ("Anna", D(0)), ("Other", D(10)),
    ]  # fmt: skip
    assert rows(0, sort="-revenue@2026-01", other="0", **asked) == [
        ("Anna", D(25)), ("Zoe", D(0)),
    ]  # fmt: skip


def test_what_has_no_value_is_last_in_both_directions(rows):
    asked = {"measures": "aov", "rows": "country", "columns": "month"}
    assert rows(1, sort="-aov@2026-02", **asked) == [("France", D(15)), ("Germany", None)]
    assert rows(1, sort="aov@2026-02", **asked) == [("France", D(15)), ("Germany", None)]


def test_rows_are_sorted_by_a_change(table, rows):
    table.sell((table.product("pot", "30.00"), 1), on="2026-02-06")
    asked = {
        "measures": "revenue_change", "rows": "country", "compare": "previous_period",
        "start": "2026-03-01", "end": "2026-03-31",
    }  # fmt: skip
    by_change = [("Germany", D(-20)), ("France", D(-5))]
    assert rows(sort="revenue_change", **asked) == by_change
    assert rows(sort="-revenue_change", **asked) == [*reversed(by_change)]


@pytest.mark.parametrize("name", DIMENSIONS)
def test_each_column_of_any_dimension_sorts(ask, name):
    row = "country" if name != "country" else "category"
    asked = {"measures": "orders", "rows": row, "columns": name, "bands": "order_value:10,20"}
    for head in Pivot(ask("explore", **asked)).heads:
        text = column_text([name], head.values)
        sorted_by = Pivot(ask("explore", sort=f"-orders@{text}", **asked))
        assert sorted_by.sort_key == head.key
        place = [each.key for each in sorted_by.heads].index(head.key)
        figures = [row.cells[place]["orders"] for row in sorted_by.rows]
        assert figures == sorted(figures, reverse=True)


def test_two_dimensions_of_the_columns_have_a_value_each(rows):
    asked = {"measures": "revenue", "rows": "category", "columns": "country,month"}
    assert rows(0, sort="-revenue@France,2026-02", **asked)[0] == ("Tea", D(15))
    assert rows(sort="-revenue@Germany,2026-01", **asked)[0] == ("Kitchen", D(40))


def test_a_column_that_is_not_there_leaves_rows_as_they_are(rows):
    asked = {"measures": "revenue", "rows": "category", "columns": "month"}
    assert rows(sort="-revenue@2019-01", **asked) == [("Kitchen", D(40)), ("Tea", D(20))]


@pytest.mark.parametrize(
    ("sort", "columns", "reason"),
    [
        ("revenue@May", "month", "month: Enter a month"),
        ("revenue@Atlantis", "country", "there is no country 'Atlantis'."),
        ("revenue@2026-03", "", "'2026-03' does not have a value for each of the columns: none."),
        ("revenue@2026-03", "month,tag", "a value for each of the columns: month, tag."),
        ("revenue@11-12", "order_value", "order_value: there is no such band."),
        ("luck@2026-03", "month", "'luck' is neither a measure nor"),
        ("category@2026-03", "month", "Only a measure has a value in each column"),
        ("@2026-03", "month", "Only a measure has a value in each column"),
    ],
)
def test_what_is_wrong_is_named(api, sort, columns, reason):
    asked = {"measures": "revenue", "rows": "category", "columns": columns, "sort": sort}
    response = api.get("/api/explore/", asked)
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error["field"] == "sort"
    assert reason in error["reason"]


def test_every_face_has_the_same_order(api, ask):
    asked = {
        "measures": "revenue", "rows": "category", "columns": "month", "sort": "-revenue@2026-02",
    }  # fmt: skip
    tree = api.get("/api/explore/", asked).json()
    assert [row["category"] for row in tree["rows"]] == ["Tea", "Kitchen"]
    assert tree["filters"]["sort"] == "-revenue@2026-02"
    lines = api.get("/api/explore.csv", asked).content.decode().splitlines()
    assert [line.split(",")[0] for line in lines] == ["category", "Tea", "Kitchen"]
    text = api.get("/api/explore.text", asked).content.decode()
    assert text.index("Tea") < text.index("Kitchen")
    chart, _reason = chart_answer(ask("explore", **asked))
    assert [row["category"] for row in chart.rows] == ["Tea"] * 3 + ["Kitchen"] * 3
