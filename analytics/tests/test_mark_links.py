"""Marks of pictures lead to what they stand for, and say so."""

import re
from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from analytics.faces import as_chart
from analytics.semantics.charts import (
    Bars,
    Fan,
    GroupedBars,
    Heatmap,
    Histogram,
    Lines,
    Pareto,
    Series,
    SmallMultiples,
    Steps,
)
from analytics.semantics.columns import Column
from analytics.tests.pictures import answered, parsed, texts

pytestmark = pytest.mark.once

MONTH, COUNTRY, REVENUE = Column("month"), Column("country"), Column("revenue")
JAN, FEB = date(2026, 1, 1), date(2026, 2, 1)
COLUMNS = (MONTH, COUNTRY, REVENUE)
ROWS = [
    (JAN, "Ireland", D(30)),
    (JAN, "<Germany> & \"'", D(50)),
    (FEB, "Ireland", D(70)),
]
GERMANY = "/orders/?country=%3CGermany%3E&month=1"


def address(rows) -> str:
    """Of some rows; nothing for several, such as those of others."""
    if len(rows) != 1:
        return ""
    country = rows[0].get("country", "").replace("<Germany> & \"'", "%3CGermany%3E")
    return f"/orders/?country={country}&month={rows[0]['month'].month}"


def links(answer, **options) -> list[tuple[str, str, str]]:
    """The address, the name and the tooltip of each."""
    picture = parsed(as_chart.svg(answer, links=address, **options))
    return [
        (link.get("href"), link.get("aria-label"), link.findtext("{*}title"))
        for link in picture.findall(".//{*}a")
    ]


@pytest.mark.parametrize("shape", ["stacked", "share"])
def test_each_segment_leads_to_its_rows_and_has_a_name(shape):
    answer = answered(Series("month", "country", "revenue", shape), COLUMNS, ROWS)
    found = sorted(links(answer))
    assert found == [
        (GERMANY, *["Jan 2026, <Germany> & \"': £50.00"] * 2),
        ("/orders/?country=Ireland&month=1", *["Jan 2026, Ireland: £30.00"] * 2),
        ("/orders/?country=Ireland&month=2", *["Feb 2026, Ireland: £70.00"] * 2),
    ]


def test_each_cell_of_a_heatmap_does():
    answer = answered(Heatmap("month", "country", "revenue"), COLUMNS, ROWS)
    assert ("/orders/?country=Ireland&month=2", "Ireland, Feb 2026: £70.00") in [
        link[:2] for link in links(answer)
    ]
    assert len(links(answer)) == 3


@pytest.mark.parametrize(
    "chart",
    [Series("month", "country", "revenue", "lines"), SmallMultiples("month", "country", "revenue")],
)
def test_each_point_does(chart):
    found = [link[:2] for link in links(answered(chart, COLUMNS, ROWS))]
    assert (GERMANY, "Jan 2026, <Germany> & \"': £50.00") in found
    assert ("/orders/?country=Ireland&month=2", "Feb 2026, Ireland: £70.00") in found


def test_each_bar_does():
    columns, rows = (MONTH, REVENUE), [(JAN, D(5)), (FEB, D(7))]
    january = ("/orders/?country=&month=1", "Jan 2026: £5.00", "Jan 2026: £5.00")
    for chart in (Bars("month", "revenue"), Bars("month", "revenue", True)):
        assert january in links(answered(chart, columns, rows))
    grouped = links(answered(GroupedBars("month", ("revenue",)), columns, rows))
    assert grouped[0][1] == "Jan 2026, Net sales: £5.00"


def test_a_mark_that_leads_nowhere_is_no_link():
    answer = answered(Series("month", "country", "revenue", "stacked"), COLUMNS, ROWS)
    picture = as_chart.svg(answer, links=lambda rows: "").decode()
    assert "<a" not in picture


@pytest.mark.parametrize(
    "chart",
    [
        Lines("date", ("revenue",)),
        Series("date", "country", "revenue", "area"),
        SmallMultiples("date", "country", "revenue"),
    ],
)
def test_points_too_close_to_be_pointed_at_are_no_links(chart):
    columns = (Column("date"), COUNTRY, REVENUE)
    days = [(JAN + timedelta(n), "Ireland", D(n)) for n in range(1, 202)]
    for rows, count in ((days, 0), (days[:200], 200)):
        picture = as_chart.svg(answered(chart, columns, rows), links=lambda rows: "/orders/")
        assert picture.count(b"<a ") in (count, 2 * count)  # a strip, and a point


def test_a_picture_with_links_is_a_group_and_else_an_image():
    answer = answered(Series("month", "country", "revenue", "stacked"), COLUMNS, ROWS)
    assert parsed(as_chart.svg(answer)).get("role") == "img"
    assert parsed(as_chart.svg(answer, links=address)).get("role") == "group"


def test_links_change_nothing_that_is_seen():
    answer = answered(Series("month", "country", "revenue", "stacked"), COLUMNS, ROWS)
    with_links = parsed(as_chart.svg(answer, links=address))
    read = [text for node in with_links.findall(".//{*}text") for text in node.itertext()]
    assert read == texts(answer)


CHARTS = [
    Lines("month", ("revenue", "orders")),
    Bars("month", "revenue"),
    Bars("month", "revenue", ranked=True),
    Histogram("revenue"),
    Pareto("month", "revenue", "share"),
    Steps("month", "revenue"),
    Fan("month", "revenue", "orders", ("share", "share", "share", "share")),
]


@pytest.mark.parametrize("chart", CHARTS)
def test_whatever_is_drawn_has_no_style_script_or_foreign_address(chart):
    columns = (MONTH, REVENUE, Column("orders"), Column("share", "share"))
    answer = answered(chart, columns, [(JAN, D(5), 1, D("0.4")), (FEB, D(7), None, D(1))])
    picture = as_chart.svg(answer, links=address).decode()
    assert not re.search(r"style=|<style|<script|vega\.github|xlink:href|undefined", picture)
    assert {link[0] for link in links(answer)} <= {
        "/orders/?country=&month=1",
        "/orders/?country=&month=2",
    }


def test_on_a_page_marks_have_their_addresses():
    answer = answered(Series("month", "country", "revenue", "stacked"), COLUMNS, ROWS)
    layer = as_chart.spec(answer, links=address)["layer"][0]
    assert layer["encoding"]["href"]["field"] == "_href"
    assert layer["data"]["values"][0]["_href"] == "/orders/?country=Ireland&month=1"
