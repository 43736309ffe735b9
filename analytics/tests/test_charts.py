"""Pictures say what the answer says: the words, the order and the amounts are read from them."""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from analytics.faces import as_chart
from analytics.query.cache import cache
from analytics.semantics.charts import (  # fmt: skip
    Bars,
    Counts,
    Figures,
    Heatmap,
    Histogram,
    Lines,
    Pareto,
    Steps,
)
from analytics.semantics.report import Column, reports
from analytics.tests.pictures import answered, in_order, parsed, texts

pytestmark = pytest.mark.once

MONTH, HOUR, WEEKDAY = Column("month"), Column("hour"), Column("weekday")
REVENUE, ORDERS, COUNTRY = Column("revenue"), Column("orders"), Column("country")
MONTHS = [
    (date(2025, 11, 1), D("1509496.33")),
    (date(2025, 12, 1), D(1234)),
    (date(2026, 1, 1), D(-5)),
]


# Words, axes, order


def test_months_and_money_are_written_as_people_read_them():
    read = texts(answered(Bars("month", "revenue"), (MONTH, REVENUE), MONTHS))
    assert in_order(read, ["Nov 2025", "Dec 2025", "Jan 2026"])
    assert in_order(read, ["£1.51M", "£1,234", "−£5"])
    assert {"£0", "£500k", "£1.5M"} <= set(read)


def test_a_picture_says_what_it_shows_and_when():
    read = texts(answered(Bars("month", "revenue"), (MONTH, REVENUE), MONTHS))
    assert in_order(read, ["Test", "Net sales in GBP · 1 Jan 2026 – 31 Mar 2026"])


def test_a_period_that_is_not_over_is_marked():
    result = answered(Bars("month", "revenue"), (MONTH, REVENUE), MONTHS, is_over=False)
    assert "Net sales in GBP · 1 Jan 2026 – 31 Mar 2026, so far" in texts(result)


def test_weekdays_stand_from_monday_to_sunday():
    rows = [(day, day * 100) for day in range(1, 8)]
    read = texts(answered(Bars("weekday", "orders"), (WEEKDAY, ORDERS), rows))
    assert in_order(read, ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])


def test_a_week_of_hours_has_a_cell_for_each():
    rows = [(day, hour, 24 * day + hour) for day in range(1, 8) for hour in range(24)]
    result = answered(Heatmap("hour", "weekday", "orders"), (WEEKDAY, HOUR, ORDERS), rows[::-1])
    read = texts(result)
    assert in_order(read, [str(hour) for hour in range(24)])
    assert in_order(read, ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])
    assert len(read) == 2 + 24 + 7 + 7 * 24


def test_on_a_phone_cells_have_no_figures_but_a_legend():
    rows = [(day, hour, 100 * day + hour) for day in range(1, 8) for hour in range(24)]
    result = answered(Heatmap("hour", "weekday", "orders"), (WEEKDAY, HOUR, ORDERS), rows)
    assert "723" in texts(result)
    assert "723" not in texts(result, width=390)
    assert in_order(texts(result, width=390), ["200", "400", "600"])


def test_a_cohort_is_a_triangle_with_the_first_month_on_top():
    columns = (Column("cohort", "month"), Column("age", "count"), Column("retention", "share"))
    rows = [
        (date(2026, 1, 1), 0, D(1)),
        (date(2026, 1, 1), 1, D("0.366")),
        (date(2026, 2, 1), 0, D(1)),
    ]
    read = texts(answered(Heatmap("age", "cohort", "retention"), columns, rows))
    assert in_order(read, ["Jan 2026", "Feb 2026"])
    assert in_order(read, ["100%", "37%", "100%"])


def test_days_are_dated_by_the_calendar_wherever_the_reader_is():
    days = [(date(2026, 3, 1) + timedelta(day), D(day)) for day in range(10)]
    result = answered(Lines("date", ("revenue",)), (Column("date"), REVENUE), days)
    assert in_order(texts(result), ["1 Mar", "5 Mar", "10 Mar"])
    assert as_chart.spec(result)["encoding"]["x"]["scale"] == {"type": "utc"}


def test_lines_of_several_kinds_have_a_panel_each():
    result = answered(
        Lines("month", ("revenue", "orders")),
        (MONTH, REVENUE, ORDERS),
        [(*row, turn) for turn, row in enumerate(MONTHS)],
    )
    assert len(as_chart.spec(result)["vconcat"]) == 2
    assert in_order(texts(result), ["Net sales", "Orders"])


def test_ranked_bars_show_the_twenty_largest():
    rows = [(f"Land {n}", D(n)) for n in range(1, 31)]
    read = texts(answered(Bars("country", "revenue", ranked=True), (COUNTRY, REVENUE), rows))
    names = [text for text in read if text.startswith("Land")]
    assert names == [f"Land {n}" for n in range(30, 10, -1)]
    assert any("The 20 largest of 30." in text for text in read)


def test_two_things_of_one_name_have_a_bar_each():
    rows = [("Mug", D(10)), ("Mug", D(7))]
    result = answered(Bars("product", "revenue", ranked=True), (Column("product"), REVENUE), rows)
    assert [text for text in texts(result) if text in ("Mug", "£10", "£7")] == [
        "Mug", "Mug", "£10", "£7",
    ]  # fmt: skip


def test_steps_begin_where_the_one_before_ended():
    rows = [
        ("Gross sales", D(105)),
        ("Discounts", D(-11)),
        ("Net sales", D(94)),
        ("Tax", D(19)),
        ("Total sales", D(113)),
    ]
    result = answered(Steps("step", "amount"), (Column("step"), Column("amount", "money")), rows)
    bars = [
        (bar["_from"], bar["_to"], bar["_step"]) for bar in as_chart.spec(result)["data"]["values"]
    ]
    assert bars == [
        (0, 105, "total"), (105, 94, "decrease"), (0, 94, "total"), (94, 113, "increase"),
        (0, 113, "total"),
    ]  # fmt: skip
    assert in_order(texts(result), ["£105", "−£11", "£94", "+£19", "£113"])


def test_a_pareto_chart_tells_how_many_make_up_most():
    columns = (Column("product"), REVENUE, Column("share", "share"))
    rows = [("Mug", D(60), D("0.6")), ("Cup", D(25), D("0.85")), ("Pot", D(15), D(1))]
    result = answered(Pareto("product", "revenue", "share"), columns, rows)
    assert "2 of 3 make up 80 %." in as_chart.spec(result)["description"]
    assert {"£60", "100%", "Net sales", "Share"} <= set(texts(result))


def test_a_histogram_counts_each_row_once_and_names_its_tail():
    days = Column("days", "count")
    rows = [(n % 10,) for n in range(990)] + [(5000,)] * 3
    spec = as_chart.spec(answered(Histogram("days"), (days,), rows))
    bars = spec["data"]["values"]
    assert [(bar["range"], bar["now"]) for bar in bars] == [
        *((str(n), 99) for n in range(9)),
        ("9 and more", 102),
    ]


def test_a_histogram_of_money_has_round_bounds():
    value = Column("value", "money")
    rows = [(D(amount),) for amount in (-150, 0, 99, 100, 2350)]
    bars = as_chart.spec(answered(Histogram("value"), (value,), rows))["data"]["values"]
    full = [(bar["range"], bar["now"]) for bar in bars if bar["now"]]
    assert full[0] == ("−£200.00 – £0.00", 1)
    assert full[1:] == [("£0.00 – £200.00", 3), ("£2,200.00 – £2,400.00", 1)]


STATUSES = [("active",), ("churned",), ("active",), (None,), ("at risk",), ("active",)]


def test_rows_are_counted_by_a_value_and_drawn_as_bars():
    columns, chart = (Column("status", "text"),), Counts("status", "Customers")
    spec = as_chart.spec(answered(chart, columns, STATUSES))
    bars = [(bar["status"], bar["rows"]) for bar in spec["data"]["values"]]
    assert bars == [("active", 3), ("at risk", 1), ("churned", 1)]
    assert "Customers: highest 3 (active), lowest 1 (at risk)." in spec["description"]


def test_counts_stand_beside_those_of_the_earlier_period():
    columns, chart = (Column("status", "text"),), Counts("status", "Customers")
    before = answered(chart, columns, [("lost",), ("active",)])
    spec = as_chart.spec(answered(chart, columns, STATUSES, before=before))
    bars = [(bar["status"], bar["rows"], bar["rows_before"]) for bar in spec["data"]["values"]]
    assert bars == [("active", 3, 1), ("at risk", 1, 0), ("churned", 1, 0), ("lost", 0, 1)]


@pytest.mark.parametrize(
    ("path", "chart"),
    [
        ("customers/churn", Counts("status", "Customers")),
        ("customers/rfm", Counts("group", "Customers")),
    ],
)
def test_statuses_and_groups_are_shown_and_not_days(path, chart):
    assert reports()[path].chart_or_default == chart


def test_counts_of_nothing_say_so():
    nothing = answered(Counts("status", "Customers"), (Column("status", "text"),), [])
    assert "Nothing was sold in this period." in texts(nothing)


def test_a_single_row_is_a_tile_for_each_figure():
    columns = (REVENUE, ORDERS, Column("return_rate"), Column("margin_rate"))
    result = answered(None, columns, [(D("1234.5"), 7, D("0.084"), None)])
    read = texts(result)
    assert in_order(read, ["Net sales", "Orders", "Return rate", "Margin rate"])
    assert in_order(read, ["£1,234.50", "7", "8.4 %", "–"])


# What a report does not say is chosen


@pytest.mark.parametrize(
    ("columns", "chart"),
    [
        ((MONTH, ORDERS, REVENUE), Lines("month", ("orders",))),
        ((HOUR, Column("days_open", "count"), REVENUE), Bars("hour", "revenue")),
        ((Column("customer_id"), Column("customer"), REVENUE), Bars("customer", "revenue", True)),
        ((Column("customer_id"), ORDERS), Bars("customer_id", "orders")),
        ((REVENUE, ORDERS), Figures(("revenue", "orders"))),
    ],
)
def test_a_report_without_a_chart_gets_one(columns, chart):
    assert answered(None, columns, []).report.chart_or_default == chart


# Empty, compared, large, odd


@pytest.mark.parametrize("width", [390, 880])
def test_an_answer_without_rows_says_so(width):
    result = answered(Bars("month", "revenue"), (MONTH, REVENUE), [])
    assert "Nothing was sold in this period." in texts(result, width=width)
    assert as_chart.spec(result)["description"].endswith("Nothing was sold in this period.")


def test_hours_without_a_sale_say_so(shop, ask):
    shop.sell((shop.product("mug"), 1), on="2026-03-05")
    result = ask("orders/by-hour", start="2026-04-01", end="2026-04-30")
    assert len(result.rows) == 24
    assert "Nothing was sold in this period." in texts(result)


def test_a_stock_without_worries_is_not_a_time_without_sales():
    columns = (Column("product"), Column("to_order", "count"))
    result = answered(Bars("product", "to_order", True), columns, [], path="inventory/low-stock")
    assert "There is nothing to show." in texts(result)


def test_the_earlier_period_is_a_dashed_line_with_a_legend():
    before = answered(Lines("month", ("revenue",)), (MONTH, REVENUE), MONTHS)
    result = answered(Lines("month", ("revenue",)), (MONTH, REVENUE), MONTHS[::-1], before)
    assert in_order(texts(result), ["Net sales", "A year before"])
    assert as_chart.svg(result).count(b'stroke-dasharray="4,3"') == 2  # the line, and its legend


@pytest.mark.parametrize("chart", [Bars("month", "revenue"), Histogram("revenue")])
def test_the_earlier_period_is_hollow_bars_with_a_legend(chart):
    before = answered(chart, (MONTH, REVENUE), MONTHS)
    result = answered(chart, (MONTH, REVENUE), MONTHS, before)
    assert "A year before" in texts(result)
    assert b'stroke-dasharray="3,2"' in as_chart.svg(result)


def test_earlier_figures_stand_below_those_of_now():
    before = answered(None, (REVENUE,), [(D(5),)])
    result = answered(None, (REVENUE,), [(D(7),)], before)
    assert in_order(texts(result), ["£7.00", "A year before: £5.00"])


MANY = 100_000


@pytest.fixture(scope="module")
def many():
    """A row for each of 100,000 days and products."""
    columns = (Column("date"), Column("product"), REVENUE, Column("share", "share"))
    first = date(1900, 1, 1)
    rows = [(first + timedelta(n), f"Product {n}", D(n), D(n) / MANY) for n in range(MANY)]
    return answered(None, columns, rows)


@pytest.mark.parametrize(
    ("chart", "words"),
    [
        (Lines("date", ("revenue",)), "Only the last 1,100 of 100,000 points."),
        (Bars("date", "revenue"), "Only the first 120 of 100,000."),
        (Bars("product", "revenue"), "Only the first 40 of 100,000."),
        (Bars("product", "revenue", ranked=True), "The 20 largest of 100,000."),
        (Pareto("product", "revenue", "share"), "Each bar stands for 1,667 of them."),
        (Heatmap("product", "date", "revenue"), "Only 36 of 100000 columns."),
        (Histogram("revenue"), ""),
    ],
)
def test_an_answer_of_100_000_rows_is_a_picture_of_few_words_and_kilobytes(many, chart, words):
    result = replace(many, report=replace(many.report, chart=chart))
    spec = as_chart.spec(result)
    assert words in " ".join(spec["title"]["subtitle"])
    assert words in spec["description"]
    assert len(json.dumps(spec)) < 250_000
    assert as_chart.svg(result).endswith(b"</svg>")


def test_names_are_text_whatever_they_hold():
    names = ["<b>&\"'", "bell\x07 nul\x00", "=1+1", "日本 😀", "datum.x", "\uffff"]
    rows = [(name, D(9 - turn)) for turn, name in enumerate(names)]
    result = answered(Bars("country", "revenue", ranked=True), (COUNTRY, REVENUE), rows)
    read = texts(result)
    assert in_order(read, ["<b>&\"'", "bell  nul", "=1+1", "日本 😀", "datum.x"])
    assert as_chart.png(result).startswith(b"\x89PNG")


def test_one_row_and_missing_values_are_drawn():
    for chart in (Bars("month", "revenue"), Lines("month", ("revenue",)), Histogram("revenue")):
        rows = [(date(2026, 1, 1), None), (date(2026, 2, 1), D(3))]
        for some in (rows, rows[1:]):
            assert as_chart.png(answered(chart, (MONTH, REVENUE), some)).startswith(b"\x89PNG")


# Themes, readers of screens, sameness


def test_by_night_the_card_is_dark_and_the_words_are_light():
    result = answered(Bars("month", "revenue"), (MONTH, REVENUE), MONTHS)
    light, dark = as_chart.svg(result, "light"), as_chart.svg(result, "dark")
    for colour in (b"#ffffff", b"#101828", b"#4f46e5"):
        assert (colour in light, colour in dark) == (True, False)
    for colour in (b"#161b22", b"#e6edf3", b"#8b8cf8"):
        assert (colour in light, colour in dark) == (False, True)


def test_the_description_holds_the_figures_that_one_looks_for():
    result = answered(Lines("month", ("revenue",)), (MONTH, REVENUE), MONTHS)
    told = (
        "Test. Why? Net sales in GBP, 1 Jan 2026 – 31 Mar 2026. Net sales: "
        "first £1,509,496.33 (Nov 2025), last −£5.00 (Jan 2026), "
        "highest £1,509,496.33 (Nov 2025), lowest −£5.00 (Jan 2026)."
    )
    assert as_chart.spec(result)["description"] == told
    picture = parsed(as_chart.svg(result))
    assert (picture.get("role"), picture.get("aria-label")) == ("img", told)


def test_the_same_answer_is_the_same_picture():
    def picture():
        result = answered(Bars("month", "revenue"), (MONTH, REVENUE), MONTHS)
        cache.clear()
        as_chart.rendering.renew_renderer()
        return as_chart.svg(result), as_chart.png(result)

    assert picture() == picture()


def marks(view):
    """Each mark of a view, however deep, with its point marks."""
    for inner in (*view.get("layer", ()), *view.get("vconcat", ())):
        yield from marks(inner)
    if "mark" in view:
        yield view["mark"]
        if "point" in view["mark"]:
            yield view["mark"]["point"]


def test_every_report_is_a_picture_by_day_and_by_night(shop, ask):
    mug, cup = shop.product("mug", cost="4.00", category="Cups"), shop.product("cup")
    shop.sell((mug, 2), (cup, 1), on="2026-02-05")
    shop.sell((mug, 1), on="2026-03-05", customer=shop.customer("ben"))
    for path in reports():
        result = ask(path, start="2026-03-01", end="2026-03-31", compare="previous_period")
        page = as_chart.spec(result)
        assert all(mark["aria"] is False for mark in marks(page)), path
        assert "url" not in json.dumps(page), path
        assert b"</svg>" in as_chart.rendering.render(page, "svg"), path
        assert as_chart.png(result, "dark").startswith(b"\x89PNG"), path


def test_points_lie_as_far_from_each_other_as_their_numbers_do():
    days, share = Column("days", "count", "", "Days away"), Column("came_back", "share", "")
    result = answered(
        Lines("days", ("came_back",)),
        (days, share),
        [(0, D("0.1")), (7, D("0.3")), (100, D("0.9"))],
    )
    spec = as_chart.spec(result)
    x = spec["encoding"]["x"]
    assert (x["type"], x["scale"]["domain"]) == ("quantitative", [0, 100])
    assert [datum["days"] for datum in spec["data"]["values"]] == [0, 7, 100]
    read = texts(result)
    assert in_order(read, ["0", "50", "100"])
    assert "7" not in read


@pytest.mark.parametrize("width", [340, 880, 1352])
def test_key_figures_are_shown_whole(width):
    columns = (Column("gross"), Column("revenue"), Column("uncosted"))
    rows = [(D("1234567890.55"), D("-1007553.95"), D(1))]
    figures = Figures(tuple(column.name for column in columns))
    result = answered(figures, columns, rows, before=answered(None, columns, rows))
    read = texts(result, width=width)
    assert {"£1,234,567,890.55", "A year before: £1,234,567,890.55"} <= set(read)
    assert [text for text in read if "…" in text] == []


def test_no_report_shows_the_marks_of_code():
    marked = {
        (report.path, text)
        for report in reports().values()
        for text in (report.title, report.description, *(c.definition for c in report.columns),
                     *(field.help_text for field in report.form.base_fields.values()))
        if "`" in text
    }  # fmt: skip
    assert marked == set()
