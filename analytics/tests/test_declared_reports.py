"""Reports that are declared as measures by dimensions, and their questions in Explore."""

import html
import re
from decimal import Decimal as D
from urllib.parse import parse_qs, urlsplit

import pytest

from analytics.semantics.question_report import QuestionReport
from analytics.semantics.report import reports
from catalog.models import Product
from orders.tests.visitor import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.once]

DECLARED = [
    path
    for path, report in reports().items()
    if isinstance(report, QuestionReport) and path != "explore"
]


@pytest.fixture
def sold(shop):
    mug, tea = shop.product("mug", category="Cups"), shop.product("tea", "5.00", category="Tea")
    shop.sell((mug, 2), (tea, 1), on="2026-03-06")
    shop.sell((tea, 4), on="2026-03-07", customer=None)
    return shop


@pytest.fixture
def admin(signed_in):
    return Visitor(signed_in("admin").user)


def explore_parameters(browser, address):
    page = browser.opens(address).content.decode()
    link = html.unescape(re.search('<a class="button quiet" href="(/explore/[^"]*)"', page)[1])
    return parse_qs(urlsplit(link).query)


def test_most_reports_of_measures_by_dimensions_are_declared():
    assert len(DECLARED) == 14


@pytest.mark.parametrize("path", DECLARED)
def test_a_declared_report_opens_in_explore_with_the_same_figures(sold, admin, ask, path):
    filters = {"start": "2026-03-01", "end": "2026-03-31", "where": "weekday:is:Saturday"}
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    asked = explore_parameters(admin, f"/reports/{path}/?{query}")
    assert {name: asked[name] for name in filters} == {n: [v] for n, v in filters.items()}
    report, cells = ask(path, **filters), ask("explore", **asked)
    names = reports()[path].question.measures
    assert [tuple(row[name] for name in names) for row in cells.rows] == [
        tuple(row[name] if name in row else row["share"] for name in names) for row in report.rows
    ]
    if report.totals:
        assert cells.totals == report.totals


def test_what_a_report_asks_for_besides_is_part_of_the_question(sold, admin):
    top = explore_parameters(admin, "/reports/products/top/?by=units&limit=3")
    assert (top["sort"], top["top"], top["other"]) == (["-units"], ["3"], ["0"])
    mug = Product.objects.get(name="Mug").pk
    one = explore_parameters(admin, f"/reports/products/over-time/?product={mug}")
    assert one["where"] == [f"product:is:{mug}"]


def test_a_heatmap_has_two_axes(sold, admin):
    asked = explore_parameters(admin, "/reports/orders/heatmap/")
    assert (asked["rows"], asked["columns"]) == (["weekday"], ["hour"])


def test_a_report_that_is_a_function_has_no_such_link(sold, admin):
    assert "Open in Explore" not in admin.opens("/reports/revenue/growth/").content.decode()


def test_equal_rows_are_in_order_of_their_ids(sold, columns_of):
    late = sold.product("a late one")
    sold.sell((late, 1), on="2026-03-08")
    assert columns_of("products/returns", "product", "returns") == [
        ("Mug", D(0)), ("Tea", D(0)), ("A Late One", D(0)),
    ]  # fmt: skip
