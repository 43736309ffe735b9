"""Pictures in the text of a page."""

import re
from datetime import date
from decimal import Decimal as D

import pytest

from analytics.faces import as_chart
from analytics.semantics.charts import Bars, GroupedBars, Heatmap, Series
from analytics.semantics.columns import Column
from analytics.tests.pictures import answered, parsed

pytestmark = pytest.mark.once

COLUMNS = (Column("month"), Column("country"), Column("revenue"))
COLOR = r"(rgb\([^)]*\)|[^,()]*)"
ROWS = [(date(2026, m, 1), f"Land {n}", D(10_000 * n)) for m in range(1, 13) for n in range(1, 9)]


@pytest.mark.parametrize(
    "chart",
    [
        Series("month", "country", "revenue", "stacked"),
        Heatmap("month", "country", "revenue"),
        Bars("country", "revenue", ranked=True),
        GroupedBars("month", ("revenue",)),
    ],
)
def test_a_picture_has_the_colours_of_both_themes(chart):
    """Taken out again, each theme's picture is the one of that theme."""
    answer = answered(chart, COLUMNS, ROWS)
    picture = as_chart.inline_svg(answer, 390)
    for theme, part in (("light", 1), ("dark", 2)):
        of_theme = re.sub(rf"light-dark\({COLOR}, {COLOR}\)", rf"\{part}", picture)
        expected = as_chart.svg(answer, theme, 390).decode()
        assert without_ids(of_theme) == without_ids(expected)


def without_ids(picture: str) -> str:
    """The renderer numbers them on from picture to picture."""
    return re.sub(r'(id="|url\(#)\w+', r"\1", picture)


def test_two_pictures_of_a_page_share_no_id():
    first, second = (
        as_chart.inline_svg(answered(Heatmap("month", "country", "revenue"), COLUMNS, rows), 390)
        for rows in (ROWS, ROWS[:-9])
    )
    ids = [set(re.findall(r'id="([^"]*)"', picture)) for picture in (first, second)]
    assert ids[0]
    assert ids[0].isdisjoint(ids[1])
    assert f"url(#{ids[0].pop()})" in first


def test_links_stay_links():
    answer = answered(Series("month", "country", "revenue", "stacked"), COLUMNS, ROWS)
    picture = parsed(as_chart.inline_svg(answer, links=lambda rows: "/orders/").encode())
    assert len(picture.findall(".//{*}a")) == 12 * 6
