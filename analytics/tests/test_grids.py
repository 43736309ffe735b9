"""Reports of two keys are tables with two axes: on their page, as text, in Excel and in print."""

import re
from datetime import date
from decimal import Decimal as D
from html import unescape
from io import BytesIO

import openpyxl
import pytest
import time_machine
from django.utils.datastructures import MultiValueDict

from analytics.faces import render_query
from analytics.pages.report_links import ReportLinks
from analytics.query.grid import Grid, is_grid
from analytics.query.query import build_query
from analytics.query.run import run_report
from analytics.semantics.filters import Reader
from analytics.semantics.report import reports
from exports.pdf import report_context
from orders.tests.visitor import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.once]

COHORTS = ("customers/cohort-value", "customers/cohorts", "customers/retention")


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel("2026-04-15 12:00:00Z", tick=False):
        yield


@pytest.fixture
def story(shop):
    """Anna and Bob come in January, Carl in March."""
    shop.mug = shop.product("mug", category="Cups")
    bob, carl = shop.customer("bob"), shop.customer("carl")
    sale = shop.sell((shop.mug, 5), on="2026-01-30 09:00")
    shop.sell((shop.mug, 1), on="2026-01-31 20:00", customer=bob)
    shop.sell((shop.mug, 2), on="2026-02-01 09:00")
    shop.give_back(sale, 3, on="2026-03-10")
    shop.sell((shop.mug, 4), on="2026-03-31 20:00", customer=carl)
    shop.sell((shop.mug, 1), on="2026-04-15 09:00", customer=bob)
    return shop


@pytest.fixture
def admin(signed_in):
    return Visitor(signed_in("admin").user)


def answered(path, **asked):
    given = MultiValueDict({name: [value] for name, value in asked.items()})
    return run_report(path, given, Reader())


def rendered(path, face, **asked):
    given = MultiValueDict({name: [value] for name, value in asked.items()})
    content = render_query(build_query(reports()[path], given, Reader()), face)
    return content if isinstance(content, bytes) else b"".join(content)


def grid_rows(page: str) -> list[list[str]]:
    """The head and the rows of the table with two axes, as text."""
    table = re.search('<div class="scroll pivot".*?</table>', page, re.DOTALL)[0]
    rows = re.findall("<tr.*?</tr>", table, re.DOTALL)
    contents = [re.findall("<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL) for row in rows]
    plain = [[re.sub("<[^>]*>", " ", cell).replace("⋯", "") for cell in row] for row in contents]
    return [[" ".join(unescape(cell).split()) for cell in row] for row in plain]


def links_of(page: str, label: str) -> list[str]:
    row = re.search(f'<th scope="row"><span>{label}</span>.*?</tr>', page, re.DOTALL)[0]
    return [unescape(address) for address in re.findall('href="([^"]*)"', row)]


def test_these_reports_are_grids():
    found = {path for path, report in reports().items() if is_grid(report)}
    assert found == {*COHORTS, "orders/heatmap"}


def test_a_cell_that_the_report_has_no_row_for_is_empty(story):
    grid = Grid(answered("customers/cohorts"))
    assert [head.label for head in grid.heads] == ["0", "1", "2", "3"]
    assert [
        (row.value, [cell.get("customers") for cell in row.cells]) for row in grid.rows
    ] == [
        (date(2026, 1, 1), [2, 1, 0, 1]),
        (date(2026, 3, 1), [1, 0, None, None]),
    ]  # fmt: skip


def test_the_page_shows_cohorts_as_a_triangle(story, admin):
    page = admin.opens("/reports/customers/retention/").content.decode()
    assert grid_rows(page) == [
        ["Cohort by months later", "New customers", "0", "1", "2", "3"],
        ["Jan 2026", "2", "100.0 %", "50.0 %", "0.0 %", "50.0 %"],
        ["Mar 2026", "1", "100.0 %", "0.0 %", "", ""],
        # Of one of the two of January, not of Carl, whose second month is not over.
        ["Average", "2", "100.0 %", "50.0 %", "0.0 %", "–"],
    ]
    styles = re.findall('<td class="number (h[^"]*)" title="([^"]*)"', page)
    assert styles == [
        ("h9", "Jan 2026 · Months later: 0 · New customers: 2"),
        ("h4", "Jan 2026 · Months later: 1 · New customers: 2"),
        ("h0", "Jan 2026 · Months later: 2 · New customers: 2"),
        ("h4 open", "Jan 2026 · Months later: 3 · New customers: 2"),
        ("h9", "Mar 2026 · Months later: 0 · New customers: 1"),
        ("h0 open", "Mar 2026 · Months later: 1 · New customers: 1"),
        ("h9", "Average · Months later: 0 · New customers: 2"),
        ("h4", "Average · Months later: 1 · New customers: 2"),
        ("h0", "Average · Months later: 2 · New customers: 2"),
    ]
    assert "A dashed cell is of a month that is not complete; averages leave it out." in page
    assert "data-chart" not in page  # it would say the same once more


def averages_of(path, name, **asked):
    return [cell.get(name) for cell in Grid(answered(path, **asked)).last_row.cells]


def test_averages_are_those_of_customers_not_of_shares(story):
    assert averages_of("customers/cohort-value", "value") == [
        D("33.3333"), D("40.0000"), D("25.0000"), None,
    ]  # fmt: skip
    with time_machine.travel("2026-05-02 12:00:00Z", tick=False):
        asked = {"end": "2026-04-30"}
        assert averages_of("customers/retention", "retention", **asked) == [
            D("1.000000"), D("0.333333"), D("0.000000"), D("0.500000"),
        ]  # fmt: skip
        # A month that the period cuts off is not complete, though it is over.
        cut = averages_of("customers/retention", "retention", end="2026-04-20")
        assert cut == [D("1.000000"), D("0.500000"), D("0.000000"), None]


def test_averages_stand_beside_those_of_the_earlier_period(story):
    quarter = {"start": "2026-03-01", "end": "2026-03-31", "compare": "previous_period"}
    grid = Grid(answered("customers/cohort-value", **quarter))
    assert [(cell["value"], cell["value_before"]) for cell in grid.last_row.cells] == [
        (D("40.0000"), None)
    ]


def test_a_cohort_table_of_counts_has_no_averages(story):
    assert Grid(answered("customers/cohorts")).last_row is None


def test_totals_of_hours_and_weekdays_are_computed_from_rows(story):
    grid = Grid(answered("orders/heatmap", start="2026-01-01", end="2026-01-31"))
    across = {cell["hour"]: cell["orders"] for cell in grid.last_row.cells}
    assert {hour for hour, orders in across.items() if orders} == {9, 20}
    assert len(across) == 24
    assert [grid.row_totals[day]["revenue"] for day in (5, 6, 7, None)] == [
        D("50.0000"), D("10.0000"), D("0.0000"), D("60.0000"),
    ]  # fmt: skip


def test_two_amounts_stand_in_one_cell(story, admin):
    page = admin.opens("/reports/orders/heatmap/?country=DE").content.decode()
    rows = grid_rows(page)
    assert rows[0] == ["Weekday by hour", *(f"{hour:02}:00" for hour in range(24)), "Total"]
    assert [row[0] for row in rows[1:]] == [
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
        "Total",
    ]  # fmt: skip
    assert (rows[5][1 + 9], rows[6][1 + 20], rows[1][1]) == ("1 €50.00", "1 €10.00", "0 €0.00")
    assert "In each cell orders, and below it net sales." in page
    assert (rows[8][1 + 9], rows[5][-1], rows[8][-1]) == ("3 €80.00", "1 €50.00", "5 €100.00")


def test_a_grid_shows_what_has_changed(story, admin):
    month = "start=2026-04-01&end=2026-04-15&compare=previous_period"
    page = admin.opens(f"/reports/orders/heatmap/?{month}").content.decode()
    assert '1</a><span class="pill good">new</span>' in page


def test_without_sales_the_page_says_so(shop, admin):
    page = admin.opens("/reports/customers/cohorts/").content.decode()
    assert "No data for this period and these filters." in page


# Other faces


def test_a_terminal_shows_the_triangle(story):
    lines = rendered("customers/retention", "text").decode().splitlines()
    assert [line.split("  ") and " ".join(line.split()) for line in lines[-4:]] == [
        "Cohort by months later New customers 0 1 2 3",
        "─" * len(lines[-3]),
        "Jan 2026 2 100.0 % 50.0 % 0.0 % 50.0 %",
        "Mar 2026 1 100.0 % 0.0 % – –",
    ]


def test_a_terminal_shows_one_amount_after_the_other(story):
    lines = rendered("orders/heatmap", "text").decode().splitlines()
    assert ("Orders" in lines, "Net sales" in lines) == (True, True)
    assert [line.split()[10] for line in lines if line.startswith("Friday")] == ["1", "50.00"]
    assert lines[-1] == "All: Orders 5 · Net sales 100.00"


def test_excel_has_a_column_for_each_age(story):
    book = openpyxl.load_workbook(BytesIO(rendered("customers/cohort-value", "xlsx")))
    rows = [[cell.value for cell in row] for row in book["Report"].iter_rows()]
    assert [(row[0] if row[0] == "Cohort by months later" else row[0].date(), *row[1:])
            for row in rows] == [
        ("Cohort by months later", "New customers", "0", "1", "2", "3"),
        (date(2026, 1, 1), 2, 30, 40, 25, 30),
        (date(2026, 3, 1), 1, 40, 40, None, None),
    ]  # fmt: skip


def test_csv_and_json_keep_their_rows(story):
    assert rendered("customers/cohorts", "csv").decode().splitlines()[:2] == [
        "cohort,age,customers", "2026-01,0,2",
    ]  # fmt: skip


def test_a_printed_report_has_the_same_table_without_links(story):
    context = report_context(answered("customers/retention"))
    assert "table" not in context
    [(_grid, rows)] = context["grids"]
    assert [str(row).count("<a ") for row in rows] == [0, 0, 0]
    assert "50.0 %" in str(rows[0])


def test_a_wide_table_is_printed_in_parts(story):
    context = report_context(answered("orders/heatmap"))
    first, second = ([head.label for head in table.upper] for table, _rows in context["grids"])
    assert (first[0], first[-1], second[0], second[-2:]) == (
        "00:00", "11:00", "12:00", ["23:00", "Total"],
    )  # fmt: skip
    assert [len(rows) for _table, rows in context["grids"]] == [8, 8]


# The orders behind a cell


def totals_of(admin, address):
    page = admin.opens(address).content.decode()
    heading = re.search('<h2 id="documents">(.*?)</h2>', page, re.DOTALL)[1]
    return " ".join(re.sub("<[^>]*>", " ", heading).split())


def test_cells_of_cohorts_lead_to_their_orders(story, admin):
    page = admin.opens("/reports/customers/cohort-value/").content.decode()
    everybody, *cells = links_of(page, "Jan 2026")
    assert totals_of(admin, everybody) == "4 sales · net sales 90.00 EUR"
    assert [totals_of(admin, address) for address in cells] == [
        "2 sales · net sales 60.00 EUR",
        "3 sales · net sales 80.00 EUR",
        "3 sales and 1 return · net sales 50.00 EUR",
        "4 sales and 1 return · net sales 60.00 EUR",
    ]
    page = admin.opens("/reports/customers/retention/").content.decode()
    assert [totals_of(admin, address) for address in links_of(page, "Jan 2026")[1:]] == [
        "2 sales · net sales 60.00 EUR",
        "1 sale · net sales 20.00 EUR",
        "0 sales · net sales 0.00 EUR",
        "1 sale · net sales 10.00 EUR",
    ]


@pytest.mark.parametrize("path", COHORTS)
def test_a_cohort_that_the_period_cuts_off_leads_nowhere(story, path):
    """Those who came on other days of its month are not in it, but would be in the list."""
    answer = answered(path, start="2026-01-31", end="2026-04-30")
    links = ReportLinks(answer, may_list_orders=True)
    led = {row["cohort"].month for row in answer.rows if links.row_link(row)}
    assert led == {3}


def test_earlier_figures_lead_to_earlier_orders(story, admin):
    month = {"start": "2026-03-01", "end": "2026-03-31", "compare": "previous_period"}
    answer = answered("revenue/monthly", **month)
    [row] = answer.with_earlier[1].to_pylist()
    links = ReportLinks(answer, may_list_orders=True)
    assert (row["revenue_before"], row["orders_before"]) == (D(20), 1)
    for name in ("revenue_before", "orders_before"):
        assert totals_of(admin, links.row_link(row, name)) == "1 sale · net sales 20.00 EUR"


def test_growth_leads_to_what_has_grown(story):
    answer = answered("revenue/growth")
    links, row = ReportLinks(answer, may_list_orders=True), answer.rows[-1]
    sales = links.row_link(row, "revenue")
    assert "/orders/?" in sales
    assert {links.row_link(row, name) for name in ("month_change", "year_growth")} == {sales}


def test_marks_of_a_heatmap_of_cohorts_lead_to_their_orders(story, admin):
    answer = answered("customers/retention")
    links = ReportLinks(answer, may_list_orders=True)
    later = [row for row in answer.rows if row["age"] == 1]
    assert [totals_of(admin, links.mark_link([row])) for row in later] == [
        "1 sale · net sales 20.00 EUR", "0 sales · net sales 0.00 EUR",
    ]  # fmt: skip


def test_cells_of_the_overview_lead_to_the_orders_of_a_cohort(story, admin):
    page = admin.opens("/?period=custom&start=2026-01-01&end=2026-04-15").content.decode()
    table = page.split("by months after the first order")[1].split("</table>")[0]
    addresses = [unescape(address) for address in re.findall('<a href="(/orders/[^"]*)"', table)]
    assert totals_of(admin, addresses[1]) == "1 sale · net sales 20.00 EUR"


# One level down, and split by something else


def test_a_row_leads_one_level_down(story, admin):
    page = admin.opens("/reports/revenue/by-category/?country=DE").content.decode()
    [at] = re.findall('<button class="more" form="menu" name="at" value="([^"]*)"', page)
    assert at == "category:is:Cups"
    form = re.search('<form id="menu" action="([^"]*)">(.*?)</form>', page, re.DOTALL)
    fields = dict(re.findall('name="([^"]*)" value="([^"]*)"', form[2]))
    menu = admin.client.get(form[1], {**fields, "at": at}).content.decode()
    links = {
        text: unescape(address) for address, text in re.findall('href="([^"]*)">(.*?)</a>', menu)
    }
    answer = admin.opens(links["Split by product"].replace("/explore/", "/api/explore/")).json()
    assert answer["filters"]["where"] == ["category:is:Cups"]
    assert [(row["category"], row["product"], row["revenue"]) for row in answer["rows"]] == [
        ("Cups", "Mug", "100.00")
    ]
    assert "Split by weekday" in links


def test_rows_and_columns_of_a_grid_have_menus(story, admin):
    page = admin.opens("/reports/orders/heatmap/").content.decode()
    found = re.findall('name="at" value="([^"]*)" aria-label="([^"]*)"', page)
    assert len(found) == 24 + 7
    assert ("weekday:is:Friday", "Menu of Friday") in found
    assert ("hour:is:9", "Menu of 09:00") in found


@pytest.mark.parametrize("path", ["customers/retention", "revenue/growth"])
def test_a_report_that_is_no_question_has_no_menus(story, admin, path):
    assert 'name="at"' not in admin.opens(f"/reports/{path}/").content.decode()
