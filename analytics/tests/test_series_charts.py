"""Amounts by two columns: which series are shown, where their marks are, and what is said."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from analytics.faces import as_chart
from analytics.semantics.charts import Bars, GroupedBars, Heatmap, Lines, Series, SmallMultiples
from analytics.semantics.columns import Column
from analytics.tests.pictures import answered, in_order, texts

pytestmark = pytest.mark.once

MONTH, COUNTRY, CATEGORY = Column("month"), Column("country"), Column("category")
REVENUE = Column("revenue")
JAN, FEB, MAR = (date(2026, month, 1) for month in (1, 2, 3))
COLUMNS = (MONTH, COUNTRY, REVENUE)
ROWS = [
    (JAN, "Ireland", D(30)),
    (JAN, "Germany", D(50)),
    (FEB, "Germany", D(70)),
    (MAR, "Ireland", D(-20)),
    (MAR, "Germany", D(10)),
    (MAR, "France", D(5)),
]


def drawn(shape, rows=ROWS, columns=COLUMNS):
    x, series, y = (column.name for column in columns)
    return answered(Series(x, series, y, shape), columns, rows)


def layers(answer) -> list[dict]:
    return as_chart.spec(answer)["layer"]


def segments(answer) -> list[tuple]:
    """Where each segment begins and ends."""
    return [
        (row.get("_x"), row["_series"], row["_from"], row["_to"])
        for row in layers(answer)[0]["data"]["values"]
    ]


def many_countries(count: int, amount=lambda n: D(100 - n)):
    return [(month, f"Land {n}", amount(n)) for month in (JAN, FEB) for n in range(1, count + 1)]


# Stacks


def test_each_segment_begins_where_the_one_below_it_ended():
    assert segments(drawn("stacked")) == [
        ("Jan 2026", "Germany", 0, 50),
        ("Jan 2026", "Ireland", 50, 80),
        ("Feb 2026", "Germany", 0, 70),
        ("Mar 2026", "Germany", 0, 10),
        ("Mar 2026", "Ireland", 0, -20),
        ("Mar 2026", "France", 10, 15),
    ]


def test_above_each_stack_is_what_it_has_on_balance():
    totals = layers(drawn("stacked"))[1]["data"]["values"]
    assert [(row["_x"], row["_top"], row["_total"]) for row in totals] == [
        ("Jan 2026", 80, "£80"),
        ("Feb 2026", 70, "£70"),
        ("Mar 2026", 15, "−£5"),
    ]


def test_the_largest_series_is_first_in_the_legend_and_at_the_bottom():
    read = texts(drawn("stacked"))
    assert in_order(read, ["Germany", "Ireland", "France"])
    assert in_order(read, ["Jan 2026", "Feb 2026", "Mar 2026"])
    assert {"£0", "£80", "−£20"} <= set(read)


def test_narrow_stacks_have_no_totals():
    days = [(JAN + timedelta(n), "Ireland", D(100)) for n in range(60)]
    result = drawn("stacked", days, (Column("date"), COUNTRY, REVENUE))
    assert len(layers(result)) == 1
    assert len(layers(drawn("stacked"))) == 2


def test_five_series_have_a_colour_and_the_others_are_one():
    result = drawn("stacked", many_countries(8))
    color = layers(result)[0]["encoding"]["color"]["scale"]
    assert color["domain"] == [*(f"Land {n}" for n in range(1, 6)), "3 others"]
    assert color["range"] == ["#4f46e5", "#0d8a80", "#c26a06", "#c02f62", "#0b76b8", "#8a94a6"]
    assert segments(result)[5] == ("Jan 2026", "3 others", 485, 485 + 94 + 93 + 92)


def test_a_single_other_keeps_its_name():
    color = layers(drawn("stacked", many_countries(6)))[0]["encoding"]["color"]["scale"]
    assert color["domain"][-1] == "Land 6"
    assert color["range"][-1] == "#8a94a6"


def test_the_size_of_a_series_is_what_it_has_on_balance():
    """Much sold and as much given back is little; much given back is much."""
    rows = [
        *((JAN, f"Land {n}", D(10 + n)) for n in range(5)),
        (JAN, "Even", D(1000)),
        (FEB, "Even", D(-999)),
        (JAN, "Back", D(-500)),
    ]
    color = layers(drawn("stacked", rows))[0]["encoding"]["color"]["scale"]
    assert color["domain"] == ["Back", "Land 4", "Land 3", "Land 2", "Land 1", "2 others"]


def test_what_has_no_value_is_a_series_too():
    rows = [(JAN, None, D(7)), (JAN, "Cups", D(3))]
    result = drawn("stacked", rows, (MONTH, CATEGORY, REVENUE))
    assert segments(result) == [("Jan 2026", "–", 0, 7), ("Jan 2026", "Cups", 7, 10)]


def test_names_stand_above_lying_stacks_in_the_order_of_the_rows():
    columns = (COUNTRY, CATEGORY, REVENUE)
    rows = [
        ("Ireland", "Cups", D(5)),
        ("Ireland", "Tea", D(15)),
        ("Germany", "Tea", D(30)),
        ("Germany", "Cups", D(-10)),
    ]
    result = drawn("stacked", rows, columns)
    assert [(row["_turn"], *rest) for row, (_, *rest) in
            zip(layers(result)[0]["data"]["values"], segments(result), strict=True)] == [
        (0, "Tea", 0, 15), (0, "Cups", 15, 20), (1, "Tea", 0, 30), (1, "Cups", 0, -10),
    ]  # fmt: skip
    assert in_order(texts(result), ["Ireland", "Germany", "£20", "£20", "Tea", "Cups"])


# What a question itself has put together as others (its top-N)

WITH_OTHERS = [
    ("Ireland", D(30), 0),
    ("Germany", D(50), 0),
    ("Other", D(900), 1),
]
IS_OTHER = Column("is_other", "id")


def test_the_others_of_a_question_are_last_and_grey():
    rows = [(JAN, *row) for row in WITH_OTHERS]
    result = answered(Series("month", "country", "revenue", "stacked"), (*COLUMNS, IS_OTHER), rows)
    assert segments(result) == [
        ("Jan 2026", "Germany", 0, 50),
        ("Jan 2026", "Ireland", 50, 80),
        ("Jan 2026", "Other", 80, 980),
    ]
    assert layers(result)[0]["encoding"]["color"]["scale"]["range"][-1] == "#8a94a6"


def test_the_others_of_a_mean_have_a_line_of_their_own():
    columns = (MONTH, COUNTRY, Column("aov"), IS_OTHER)
    rows = [(month, *row) for month in (JAN, FEB) for row in WITH_OTHERS]
    result = answered(Series("month", "country", "aov", "lines"), columns, rows)
    assert in_order(texts(result), ["Ireland", "Germany", "Other"])
    color = layers(result)[-1]["encoding"]["color"]
    assert (color["datum"], color["scale"]["range"][-1]) == ("Other", "#8a94a6")


def test_ranked_bars_end_with_the_others():
    result = answered(
        Bars("country", "revenue", ranked=True), (COUNTRY, REVENUE, IS_OTHER), WITH_OTHERS
    )
    assert in_order(texts(result), ["Germany", "Ireland", "Other"])
    assert b'fill="#8a94a6"' in as_chart.svg(result)


def test_two_products_of_one_name_are_two_series():
    columns = (MONTH, Column("product_id"), Column("product"), Column("aov"))
    rows = [(JAN, 1, "Mug", D(5)), (JAN, 2, "Mug", D(7)), (FEB, 2, "Mug", D(8))]
    result = answered(Series("month", "product", "aov", "lines"), columns, rows)
    values = as_chart.spec(result)["data"]["values"]
    assert [(row["series_0"], row["series_1"]) for row in values] == [(5, 7), (None, 8)]


# Shares and areas


def test_shares_are_of_what_is_above_zero():
    result = drawn("share")
    assert segments(result) == [
        ("Jan 2026", "Germany", 0, 0.625),
        ("Jan 2026", "Ireland", 0.625, 1),
        ("Feb 2026", "Germany", 0, 1),
        ("Mar 2026", "Germany", 0, pytest.approx(2 / 3)),
        ("Mar 2026", "France", pytest.approx(2 / 3), 1),
    ]
    assert "Amounts below zero have no share and are left out." in " ".join(texts(result))
    assert {"0%", "100%"} <= set(texts(result))


def test_a_segment_says_its_amount_and_its_share():
    first = layers(drawn("share"))[0]["data"]["values"][0]
    assert [first[name] for name in ("_place", "_series", "_amount", "_share")] == [
        "Jan 2026", "Germany", "£50.00", "62.5 %",
    ]  # fmt: skip


def test_an_area_has_no_height_where_a_series_has_nothing():
    rows = [row for row in ROWS if row[2] > 0]
    assert segments(drawn("area", rows)) == [
        ("Jan 2026", "Germany", 0, 50),
        ("Jan 2026", "Ireland", 50, 80),
        ("Jan 2026", "France", 80, 80),
        ("Feb 2026", "Germany", 0, 70),
        ("Feb 2026", "Ireland", 70, 70),
        ("Feb 2026", "France", 70, 70),
        ("Mar 2026", "Germany", 0, 10),
        ("Mar 2026", "Ireland", 10, 10),
        ("Mar 2026", "France", 10, 15),
    ]


def test_amounts_below_zero_are_bars_and_no_areas():
    assert segments(drawn("area")) == segments(drawn("stacked"))
    assert "Bars, because there are amounts below zero." in " ".join(texts(drawn("area")))


# Lines


def test_a_line_has_a_gap_where_its_series_has_no_rows():
    rows = [row for row in ROWS if row != (MAR, "Ireland", D(-20))]
    values = as_chart.spec(drawn("lines", rows))["data"]["values"]
    names = ("month", "series_0", "series_1", "series_2")
    assert [tuple(row[name] for name in names) for row in values] == [
        ("Jan 2026", 50, 30, None), ("Feb 2026", 70, None, None), ("Mar 2026", 10, None, 5),
    ]  # fmt: skip
    assert in_order(texts(drawn("lines", rows)), ["Germany", "Ireland", "France"])


def test_the_others_are_a_grey_line():
    answer = drawn("lines", many_countries(8))
    color = as_chart.spec(answer)["layer"][-1]["encoding"]["color"]
    assert (color["datum"], color["scale"]["range"][-1]) == ("3 others", "#8a94a6")
    assert as_chart.spec(answer)["data"]["values"][0]["series_5"] == 94 + 93 + 92


def test_others_of_a_mean_are_left_out_and_the_order_is_that_of_the_rows():
    columns = (MONTH, COUNTRY, Column("aov"))
    result = drawn("lines", many_countries(8, lambda n: D(n)), columns)
    assert in_order(texts(result), [f"Land {n}" for n in range(1, 6)])
    assert "Land 6" not in texts(result)
    assert "The first 5 of 8." in " ".join(texts(result))


def test_a_description_says_where_the_highest_amount_is():
    described = as_chart.spec(drawn("lines"))["description"]
    assert "highest £70.00 (Germany, Feb 2026), lowest −£20.00 (Ireland, Mar 2026)" in described


# Small multiples, grouped bars, heatmaps


def test_small_multiples_share_a_scale():
    chart = SmallMultiples("month", "country", "revenue")
    spec = as_chart.spec(answered(chart, COLUMNS, ROWS))
    assert [panel["title"]["text"] for panel in spec["concat"]] == ["Germany", "Ireland", "France"]
    domains = [panel["layer"][1]["encoding"]["y"]["scale"]["domain"] for panel in spec["concat"]]
    assert domains == [[-20, 70]] * 3
    amounts = [[row["_amount"] for row in panel["data"]["values"]] for panel in spec["concat"]]
    assert amounts == [[50, 70, 10], [30, None, -20], [None, None, 5]]


@pytest.mark.parametrize(("width", "per_row"), [(240, 1), (390, 2), (880, 4), (2000, 4)])
def test_twelve_small_multiples_fit_the_width(width, per_row):
    chart = SmallMultiples("month", "country", "revenue")
    result = answered(chart, COLUMNS, many_countries(15))
    spec = as_chart.spec(result, width=width)
    assert (len(spec["concat"]), spec["columns"]) == (12, per_row)
    assert "The first 12 of 15." in " ".join(texts(result, width=width))


def test_amounts_of_one_kind_stand_side_by_side():
    columns = (MONTH, Column("gross"), REVENUE)
    chart = GroupedBars("month", ("gross", "revenue"))
    result = answered(chart, columns, [(JAN, D(9), D(7)), (FEB, D(4), None)])
    bars = as_chart.spec(result)["data"]["values"]
    assert [(bar["_x"], bar["_series"], bar["_amount"]) for bar in bars] == [
        ("Jan 2026", "Gross sales", 9),
        ("Jan 2026", "Net sales", 7),
        ("Feb 2026", "Gross sales", 4),
    ]
    assert in_order(texts(result), ["Gross sales", "Net sales"])


def test_names_stand_above_their_bars():
    columns = (COUNTRY, Column("gross"), REVENUE)
    rows = [("Ireland", D(9), D(7)), ("Germany", D(4), D(2))]
    result = answered(GroupedBars("country", ("gross", "revenue")), columns, rows)
    bars = layers(result)[0]["data"]["values"]
    assert [(bar["_top"], bar["_amount"]) for bar in bars] == [(24, 9), (36, 7), (82, 4), (94, 2)]
    assert in_order(texts(result), ["Gross sales", "Net sales"])
    assert in_order(texts(result), ["Ireland", "Germany"])


def test_a_heatmap_of_two_names_shows_what_has_no_value():
    columns = (COUNTRY, CATEGORY, REVENUE)
    rows = [("Ireland", "Tea", D(5)), ("Germany", None, D(7)), (None, "Cups", D(1))]
    read = texts(answered(Heatmap("category", "country", "revenue"), columns, rows))
    assert in_order(read, ["£5", "£7", "Tea", "Cups", "Ireland", "Germany"])
    assert read.count("–") == 2


# Any width, both themes

CHARTS = [
    *(
        Series("month", "country", "revenue", shape)
        for shape in ("lines", "area", "stacked", "share")
    ),
    Series("country", "month", "revenue", "stacked"),
    SmallMultiples("month", "country", "revenue"),
    GroupedBars("month", ("revenue",)),
    Lines("month", ("revenue",)),
]


@pytest.mark.parametrize("chart", CHARTS)
@pytest.mark.parametrize("rows", [[], ROWS[:1], [(JAN, "Ireland", None)], ROWS])
def test_a_picture_is_drawn_whatever_there_is(chart, rows):
    for width, theme in ((240, "light"), (2000, "dark")):
        assert as_chart.svg(answered(chart, COLUMNS, rows), theme, width).endswith(b"</svg>")


def test_many_series_of_many_days_are_few_kilobytes():
    days = [(JAN + timedelta(day), f"Land {n}", D(n)) for day in range(1200) for n in range(1, 60)]
    columns = (Column("date"), COUNTRY, REVENUE)
    for shape in ("lines", "area", "stacked", "share"):
        result = drawn(shape, days, columns)
        assert "Only the last" in " ".join(as_chart.spec(result)["title"]["subtitle"])
        assert len(as_chart.svg(result)) < 1_000_000
