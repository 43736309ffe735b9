"""The chart of a question follows from its shape; what does not suit says why."""

import pytest

from analytics.semantics.chart_choice import (
    NEEDS_SUMS,
    NEEDS_TIME,
    NEEDS_TWO,
    ChosenChart,
    chart_for,
)
from analytics.semantics.charts import Bars, Figures, GroupedBars, Heatmap, Lines, Series
from analytics.semantics.columns import Column

pytestmark = pytest.mark.once


def columns(names: str) -> list[Column]:
    return [Column(name) for name in names.split()]


def chosen(rows: str, across: str, measures: str, choice: str = "auto") -> ChosenChart:
    return chart_for(columns(rows), columns(across), columns(measures), choice)


@pytest.mark.parametrize(
    ("rows", "across", "measures", "chart"),
    [
        ("", "", "revenue orders", Figures(("revenue", "orders"))),
        ("month", "", "revenue", Lines("month", ("revenue",))),
        ("", "month", "revenue orders", Lines("month", ("revenue", "orders"))),
        ("country", "", "revenue orders", Bars("country", "revenue", ranked=True)),
        ("country", "", "gross orders revenue", GroupedBars("country", ("gross", "revenue"))),
        ("hour", "", "orders", Bars("hour", "orders")),
        ("order_value", "", "revenue", Bars("order_value", "revenue")),
        ("rfm_group", "", "revenue", Bars("rfm_group", "revenue")),
        ("order_value", "country", "revenue", Heatmap("order_value", "country", "revenue")),
        ("country", "month", "revenue", Series("month", "country", "revenue", "stacked")),
        ("month country", "", "revenue", Series("month", "country", "revenue", "stacked")),
        ("country category", "month", "orders", Series("month", "country", "orders", "stacked")),
        # Orders of two products count twice, and a mean of means is no mean.
        ("category", "month", "orders", Series("month", "category", "orders", "lines")),
        ("tag", "month", "revenue", Series("month", "tag", "revenue", "lines")),
        ("country", "month", "aov", Series("month", "country", "aov", "lines")),
        ("country", "month", "return_rate", Series("month", "country", "return_rate", "lines")),
        ("country", "category", "revenue", Heatmap("category", "country", "revenue")),
        ("weekday", "hour", "orders", Heatmap("hour", "weekday", "orders")),
        ("hour", "country", "orders", Heatmap("hour", "country", "orders")),
        ("month", "weekday", "revenue", Heatmap("weekday", "month", "revenue")),
        ("country", "month category", "revenue", Series("month", "category", "revenue", "stacked")),
    ],
)
def test_the_chart_follows_from_the_shape(rows, across, measures, chart):
    assert chosen(rows, across, measures) == ChosenChart(chart)


def test_a_share_of_the_total_is_bars_of_100_percent():
    share = Column("revenue_share", "share")
    for dimensions in ("country month", "month country"):
        chart = chart_for(columns(dimensions), [], [share]).chart
        assert chart == Series("month", "country", "revenue_share", "share")


@pytest.mark.parametrize(
    ("choice", "chart"),
    [
        ("line", Series("month", "country", "revenue", "lines")),
        ("area", Series("month", "country", "revenue", "area")),
        ("bars", Series("month", "country", "revenue", "stacked")),
        ("stacked", Series("month", "country", "revenue", "stacked")),
        ("share", Series("month", "country", "revenue", "share")),
        ("heatmap", Heatmap("month", "country", "revenue")),
        ("table", None),
    ],
)
def test_a_chart_can_be_chosen(choice, chart):
    assert chosen("country", "month", "revenue", choice) == ChosenChart(chart)


RANKED = Bars("country", "revenue", ranked=True)
PAIRS = Heatmap("category", "country", "revenue")
AOV = Series("month", "country", "aov", "lines")


@pytest.mark.parametrize(
    ("rows", "across", "measures", "choice", "chart", "reason"),
    [
        ("country", "", "revenue", "line", RANKED, NEEDS_TIME),
        ("country", "", "revenue", "stacked", RANKED, NEEDS_TWO),
        ("country", "", "revenue", "heatmap", RANKED, NEEDS_TWO),
        ("country", "category", "revenue", "area", PAIRS, NEEDS_TIME),
        ("country", "month", "aov", "share", AOV, NEEDS_SUMS.format("Average order value")),
    ],
)
def test_a_choice_that_does_not_fit_says_why(rows, across, measures, choice, chart, reason):
    assert chosen(rows, across, measures, choice) == ChosenChart(chart, reason)


def test_months_of_years_and_of_cohorts_are_places_and_no_colours():
    year, month = Column("year", "year"), Column("month_of_year", "month_of_year")
    assert chart_for([year], [month], columns("revenue")).chart == Heatmap(
        "month_of_year", "year", "revenue"
    )
    cohort = Column("cohort", "month")
    assert chart_for([cohort], columns("month"), columns("revenue")).chart == Heatmap(
        "month", "cohort", "revenue"
    )


def test_days_of_the_month_keep_their_order():
    day = Column("day_of_month", "id")
    assert chart_for([day], [], columns("revenue")).chart == Bars("day_of_month", "revenue")


def test_bars_over_time_keep_the_order_of_the_calendar():
    assert chosen("month", "", "revenue", "bars").chart == Bars("month", "revenue")
    assert chosen("month", "", "revenue", "area").chart == Lines("month", ("revenue",))


def test_three_dimensions_of_columns_have_no_chart():
    answer = chosen("", "country month hour", "revenue")
    assert answer == ChosenChart(None, "No chart shows more than two dimensions of columns.")
