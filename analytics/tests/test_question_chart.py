"""The chart of a question shows a level of its pivot."""

from decimal import Decimal as D

import pytest

from analytics.faces import as_chart
from analytics.faces.question_chart import chart_answer, chosen_chart
from analytics.semantics.charts import Bars, Heatmap, Lines, Series
from analytics.tests.explore_shop import small_shop

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def table(shop):
    return small_shop(shop)


@pytest.fixture
def charted(ask):
    """The chart of a question, and some columns of its rows."""

    def result(*names, **asked):
        answer, reason = chart_answer(ask("explore", **asked))
        rows = [tuple(row[name] for name in names) for row in answer.rows]
        return answer.report.chart, rows, answer.report.title, reason

    return result


def test_a_chart_shows_the_outer_rows_by_the_columns(table, charted):
    chart, rows, title, reason = charted(
        "country", "revenue", measures="revenue,aov", rows="country,category", columns="month"
    )
    assert chart == Series("month", "country", "revenue", "stacked")
    assert rows == [
        ("France", D(0)), ("France", D(15)), ("France", D(10)),
        ("Germany", D(25)), ("Germany", D(0)), ("Germany", D(10)),
    ]  # fmt: skip
    assert title == "Net sales by country and month"
    assert reason == ""


def test_orders_of_two_categories_count_once_in_each_level(table, charted):
    chart, rows, *_ = charted("category", "orders", measures="orders", rows="category,product")
    assert chart == Heatmap("product", "category", "orders")
    chart, rows, *_ = charted("country", "orders", measures="orders", rows="country")
    assert (chart, rows) == (
        Bars("country", "orders", ranked=True),
        [("France", 2), ("Germany", 2)],
    )


def test_a_choice_that_does_not_fit_is_told_in_the_picture(table, ask):
    answer = ask("explore", measures="revenue", rows="country", chart="line")
    subtitle = " ".join(as_chart.spec(answer)["title"]["subtitle"])
    assert "A line or an area needs a dimension of time." in subtitle


def test_a_table_has_no_chart_but_its_files_do(table, ask):
    answer = ask("explore", measures="revenue", rows="month", chart="table")
    assert chosen_chart(answer).chart is None
    assert chart_answer(answer)[0].report.chart == Lines("month", ("revenue",))


def test_what_is_not_among_the_top_is_grey(table, ask):
    answer = ask("explore", measures="revenue", rows="category", columns="month", top=1)
    spec = as_chart.spec(answer)
    color = spec["layer"][0]["encoding"]["color"]["scale"]
    assert color == {"domain": ["Kitchen", "Other"], "range": ["#4f46e5", "#8a94a6"]}


def test_the_earlier_period_stands_beside(table, ask):
    asked = {"start": "2026-03-01", "end": "2026-03-31", "compare": "previous_period"}
    answer = ask("explore", measures="revenue", rows="country", **asked)
    values = as_chart.spec(answer)["data"]["values"]
    assert [(row["country"], row["revenue"], row["revenue_before"]) for row in values] == [
        ("France", 10, 15), ("Germany", 10, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "asked",
    [
        {"measures": "revenue,orders"},
        {"measures": "revenue", "columns": "month,country", "rows": "category"},
        {"measures": "revenue", "rows": "order_value"},
        {"measures": "revenue_share", "rows": "country", "columns": "month"},
        {"measures": "revenue", "rows": "week", "columns": "weekday"},
        {"measures": "revenue", "rows": "customer", "having": "revenue:at_least:1"},
        {"measures": "revenue_growth", "rows": "country", "compare": "previous_year"},
    ],
)
def test_every_question_has_a_picture(table, ask, asked):
    assert as_chart.svg(ask("explore", **asked)).endswith(b"</svg>")
