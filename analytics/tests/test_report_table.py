"""The table on a report's page: its columns, how they compare, how many rows, what they lead to."""

import re
from html import unescape

import pytest
import time_machine

from analytics.tests.test_pages import heads, march, table, visitor  # noqa: F401
from orders.tests.visitor import text

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PRODUCTS = "/reports/products/performance/"
MARCH = "start=2026-03-01&end=2026-03-10&compare=previous_period"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel("2026-03-20 12:00:00Z", tick=False):
        yield


@pytest.fixture
def admin(visitor):  # noqa: F811
    return visitor("admin")


@pytest.fixture
def compared(march):  # noqa: F811
    """In the ten days before that are compared, six mugs and nothing else."""
    march.sell((march.mug, 1), on="2026-01-05")  # the shop is open
    march.sell((march.mug, 6), on="2026-02-05")
    return march


def totals(page) -> list[str]:
    row = page.content.decode().split('<tr class="totals">')[1].split("</tr>")[0]
    return [unescape(re.sub("<[^>]*>", "", cell)) for cell in re.findall("<td.*?</td>", row)]


def links_by_column(page) -> list[dict[str, str]]:
    """The address in each cell of each row."""
    body = page.content.decode().split("<tbody>")[1].split("</tbody>")[0]
    found = r'<td[^>]*data-label="([^"]*)"[^>]*>(?:<span[^>]*>)?<a href="([^"]*)"'
    return [dict(re.findall(found, unescape(row))) for row in body.split("</tr>")[:-1]]


def test_columns_are_chosen_in_the_order_of_the_report(compared, admin):
    for chosen in ("columns=revenue,product", "columns=revenue&columns=product"):
        page = admin.opens(f"{PRODUCTS}?{chosen}")
        assert heads(page) == ["SKU", "Product", "Net sales"]
    assert [row[:2] for row in table(page)] == [["pot", "Pot"], ["mug", "Mug"]]


def test_what_is_chosen_stays_when_it_is_sorted_turned_and_searched(compared, admin):
    page = admin.opens("/reports/analytics/daily/?columns=orders&rows=25&country=FR").content
    page = unescape(page.decode())
    for link in ("sort=date", "page=2", "rows=50"):
        [address, *_] = [each for each in re.findall(r'href="\?([^"]*)"', page) if link in each]
        assert "columns=orders" in address
        assert "country=FR" in address
    search = page.split("<main")[1].split('role="search"')[1].split("</form>")[0]
    assert '<input type="hidden" name="columns" value="orders">' in search
    assert '<input type="hidden" name="rows" value="25">' in search
    # The files and the chart are about the whole report.
    assert 'href="/api/analytics/daily.csv?country=FR"' in page


def test_a_column_that_is_not_there_is_named(compared, admin):
    page = admin.opens(f"{PRODUCTS}?columns=revenue,colour")
    assert "columns: There is no column colour in this report." in text(page)
    assert len(heads(page)) > 3
    assert "rows: Choose 25, 50 or 100." in text(admin.opens(f"{PRODUCTS}?rows=7"))


@pytest.mark.parametrize("size", [25, 50, 100])
def test_a_page_has_as_many_rows_as_are_chosen(compared, admin, size):
    days = "/reports/analytics/daily/?start=2025-10-01&end=2026-03-10"
    page = admin.opens(f"{days}&rows={size}")
    assert len(table(page)) == size
    assert f"Page 1 of {-(-161 // size)}" in text(page)


def test_only_the_rows_of_the_page_become_objects(compared, admin):
    days = "/reports/analytics/daily/?start=2025-10-01&end=2026-03-10&compare=previous_period"
    answer = admin.opens(f"{days}&rows=25").context["answer"]
    assert answer.table.num_rows == 161
    assert "rows" not in vars(answer)
    assert "rows" not in vars(answer.before)


def test_beside_each_figure_stands_how_it_has_changed(compared, admin):
    chosen = "columns=units,units_change,units_before,revenue_change&sort=-units_change"
    page = admin.opens(f"{PRODUCTS}?{MARCH}&{chosen}")
    assert heads(page) == ["SKU", "Δ Net sales", "Units", "Δ Units", "Units before"]
    assert table(page) == [
        ["mug", "▲ +33.3 %", "9", "▲ +50.0 %", "6"],
        ["pot", "new", "2", "new", "–"],
    ]
    assert totals(page) == ["All", "▲ +4148.3 %", "11", "▲ +83.3 %", "6"]
    pills = re.findall(r'<span class="pill (\w+)">', page.content.decode().split("<tbody>")[1])
    assert pills == ["good", "good", "neither", "neither"]


def test_the_page_shows_changes_and_files_the_earlier_figures(compared, admin):
    shown = heads(admin.opens(f"{PRODUCTS}?{MARCH}"))
    assert "Δ Net sales" in shown
    assert "Net sales before" not in shown
    file = admin.opens(f"/api/products/performance.csv?{MARCH}").getvalue().decode()
    assert "revenue_before" in file.splitlines()[0]
    assert "revenue_change" not in file


def test_without_a_comparison_there_are_no_changes(compared, admin):
    assert "Δ" not in " ".join(heads(admin.opens(PRODUCTS)))


def test_names_lead_to_what_they_name(compared, admin):
    mug = f"/products/{compared.mug.pk}/"
    [row] = links_by_column(admin.opens(f"{PRODUCTS}?q=mug"))
    assert (row["SKU"], row["Product"]) == (mug, mug)
    assert row["Net sales"].startswith("/orders/?")
    [row, *_] = links_by_column(admin.opens("/reports/customers/top/"))
    assert re.fullmatch(r"/customers/\d+/", row["Customer"])
