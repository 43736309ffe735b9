"""The pages of the reports over HTTP: what stands there is what the API tells."""

import re
from decimal import Decimal as D
from html import unescape

import pytest
import time_machine

from analytics.pages.chosen_filters import default_period
from analytics.query.grid import is_grid
from analytics.semantics.kinds import round_half_up
from analytics.semantics.report import reports
from core.tables import PAGE_SIZE
from orders.services import pay, return_items
from orders.tests.shop import at
from orders.tests.visitor import Visitor, text

pytestmark = [pytest.mark.django_db, pytest.mark.once]

NOON = "2026-03-10 12:00:00Z"
MARCH = "start=2026-03-01&end=2026-03-31"
NUMBERS = ("count", "money", "number")


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def march(shop):
    """Two countries, three customers, a return; the last order is of today."""
    shop.france = shop.country("France", "FR", "EUR", "20")
    shop.ben = shop.customer("ben", shop.france)
    shop.mug = shop.product("mug", "10.00", cost="4.00", category="Mugs")
    shop.pot = shop.product("pot", "1234.50", cost="600.00", category="Pots")
    shop.sell((shop.mug, 1), on="2026-02-20")
    shop.sell((shop.pot, 2), (shop.mug, 3), on="2026-03-02 09:15")
    sale = pay(shop.sell((shop.mug, 4), on="2026-03-05 20:00", customer=shop.ben))
    return_items(sale, {sale.items.get(): 1}, at=at("2026-03-06"))
    shop.sell((shop.mug, 2), on="2026-03-10 08:00", customer=shop.ben)
    return shop


@pytest.fixture
def visitor(signed_in):
    return lambda role, *countries: Visitor(signed_in(role, *countries).user)


@pytest.fixture
def admin(visitor):
    return visitor("admin")


def told(admin, path, query="") -> dict:
    return admin.opens(f"/api/{path}/?{query}").json()


def tiles(page) -> dict[str, str]:
    found = re.findall(
        r'<h2><a href="\?[^"]*" role="button" [^>]*>(.*?)</a></h2>\s*<p class="value">(.*?)</p>',
        page.content.decode(),
    )
    return {unescape(name): re.sub("<[^>]*>", "", value) for name, value in found}


def paths(page, kind: str) -> list[str]:
    """The shapes that are drawn with this class."""
    return re.findall(f'<path class="{kind}" d="(.*?)"', page.content.decode())


def heads(page) -> list[str]:
    found = re.findall(r'<th scope="col"[^>]*><a [^>]*>(.*?)</a>', page.content.decode())
    return [head.rstrip(" ↑↓") for head in found]


def table(page) -> list[list[str]]:
    """The rows of the report's table, without its totals."""
    body = page.content.decode().split("<caption>")[1].split("<tbody>")[1].split("</tbody>")[0]
    rows = [re.findall("<td[^>]*>(.*?)</td>", row) for row in body.split("</tr>")[:-1]]
    return [[unescape(re.sub("<[^>]*>", "", cell)) for cell in row] for row in rows]


# The overview


def test_the_tiles_show_the_figures_of_the_api(march, admin):
    page = admin.opens(f"/?{MARCH}")
    [row] = told(admin, "analytics/kpis", MARCH)["rows"]
    assert row["revenue"] == "2549.00"
    assert tiles(page) == {
        "Net sales": "2,549.00",
        "Orders": str(row["orders"]),
        "Average order value": f"{round_half_up(D(row['aov']), 2):,}",
        "Customers": str(row["customers"]),
        "Returning rate": f"{round_half_up(D(row['returning_rate']) * 100, 1)} %",
        "Return rate": f"{round_half_up(D(row['return_rate']) * 100, 1)} %",
        "Margin": f"{round_half_up(D(row['margin']), 2):,}",
    }


def test_a_day_that_is_not_over_is_drawn_apart(march, admin):
    """Hatched, with a ring for what was sold so far; the line ends before it."""
    page = admin.opens("/?start=2026-03-01&end=2026-03-10&period=custom")
    [line] = [path for path in paths(page, "line") if "888.9" in path]
    assert "1000.0" not in line
    assert '<circle class="ring" cx="100.0%"' in page.content.decode()
    assert "Day not over: 20.00 so far" in text(page).replace("€", "")
    assert "not over" not in text(admin.opens("/?start=2026-03-01&end=2026-03-09&period=custom"))


def test_days_that_have_not_come_are_not_in_the_table(march, admin):
    page = text(admin.opens(f"/?{MARCH}"))
    assert "Tue 10 Mar 2026, so far" in page
    assert "Wed 11 Mar 2026" not in page


def test_a_tile_makes_its_figure_the_main_chart(march, admin):
    page = admin.opens(f"/?{MARCH}&country=DE").content.decode()
    [address] = re.findall(r'<a href="(\?[^"]*chart=orders[^"]*)" role="button"', page)
    chosen = admin.opens(f"/{unescape(address)}")
    shown = chosen.content.decode()
    assert re.findall(r'role="button" aria-pressed="true">(.*?)<', shown) == ["Orders"]
    assert "<h2>Orders <span" in shown
    assert "country=DE" in address
    assert "Mon 2 Mar 2026 1" in text(chosen)


def test_the_main_chart_is_of_days_weeks_or_months(march, admin):
    weeks = text(admin.opens(f"/?{MARCH}&grain=week"))
    assert "Week of 23 Feb 2026" in weeks
    assert "per week" in weeks
    page = admin.opens("/?start=2026-02-01&end=2026-03-31&grain=month&chart=orders")
    assert "Feb 2026 1" in text(page)
    assert 'aria-current="true">Month</a>' in page.content.decode()


def test_each_place_of_the_chart_leads_to_its_orders(march, admin):
    page = admin.opens(f"/?{MARCH}&grain=week").content.decode()
    rows = re.findall('<tr data-x=.*?<a href="([^"]*)">([^<]*)</a>', page)
    assert len(rows) == 3
    for address, amount in rows:
        net = D(re.sub(r"[^\d.]", "", amount))
        found = text(admin.opens(unescape(address)))
        assert f"net sales {net:,} EUR" in found if net else "No orders" in found


@pytest.mark.parametrize("query", ["chart=luck", "grain=century"])
def test_a_chart_that_is_not_there_is_refused(march, admin, query):
    assert query.split("=")[0] in text(admin.opens(f"/?{query}", status=400))


def test_a_manager_sees_their_countries_only(march, visitor):
    page = visitor("manager", march.france).opens(f"/?{MARCH}")
    assert tiles(page)["Net sales"] == "50.00"
    assert "Germany" not in page.content.decode()


@pytest.mark.parametrize(
    ("query", "reason"),
    [("period=soon", "period: "), ("start=never", "From: "), ("country=Atlantis", "country: ")],
)
def test_a_filter_that_makes_no_sense_is_explained(march, admin, query, reason):
    assert reason in text(admin.opens(f"/?{query}", status=400))


def test_an_empty_shop_is_greeted(admin):
    assert "demo shop" in text(admin.opens("/"))


# The reports


def test_every_report_shows_the_rows_of_the_api(march, admin):
    # Tables with two axes: test_explore_page.py, test_grids.py.
    with_list = {p: report for p, report in reports().items() if not is_grid(report)}
    for path, report in with_list.items() - {("explore", reports()["explore"])}:
        own = f"product={march.mug.pk}" if "product" in report.form.own_names() else ""
        answer = told(admin, path, f"{own}&period={default_period(report)}")
        page = admin.opens(f"/reports/{path}/?{own}")
        columns = [column for column in answer["columns"] if not column["name"].endswith("_id")]
        assert heads(page) == [column["label"] for column in columns]
        rows, shown = answer["rows"][:PAGE_SIZE], table(page) if answer["rows"] else []
        assert len(shown) == len(rows), path
        for place, column in enumerate(columns):
            if column["kind"] in NUMBERS:
                values = [row[column["name"]] for row in rows]
                assert [number(row[place]) for row in shown] == list(map(to_the_cent, values)), path


def to_the_cent(value) -> D | None:
    return None if value is None else round_half_up(D(value), 2)


def number(text: str) -> D | None:
    return None if text == "–" else D(text.replace(",", ""))


def test_a_table_is_sorted_searched_and_summed(march, admin):
    page = admin.opens(f"/reports/products/performance/?{MARCH}&sort=revenue")
    assert [row[0:2] for row in table(page)] == [["mug", "Mug"], ["pot", "Pot"]]
    assert page.content.decode().count('aria-sort="ascending"') == 1
    page = admin.opens(f"/reports/products/performance/?{MARCH}&sort=-revenue")
    assert [row[0] for row in table(page)] == ["pot", "mug"]
    page = admin.opens(f"/reports/products/performance/?{MARCH}&q=POT")
    assert [row[0] for row in table(page)] == ["pot"]
    assert "No rows match “hat”." in text(admin.opens("/reports/products/performance/?q=hat"))


def test_long_tables_come_in_pages(march, admin):
    days = "/reports/analytics/daily/?start=2025-10-01&end=2026-03-10"
    page = admin.opens(days)
    assert len(table(page)) == PAGE_SIZE
    assert "Page 1 of 4" in text(page)
    assert len(table(admin.opens(f"{days}&page=4"))) == 161 - 3 * PAGE_SIZE


def test_files_and_drawing_carry_the_filters(march, admin):
    page = admin.opens("/reports/revenue/monthly/?country=FR&sort=month&q=x").content.decode()
    for face in ("json", "csv", "xlsx", "png", "svg"):
        assert f'href="/api/revenue/monthly.{face}?country=FR"' in page
    assert 'href="/exports/?reports=revenue/monthly&amp;format=pdf&amp;country=FR"' in page
    assert 'data-chart="/reports/revenue/monthly/chart/?country=FR"' in page
    assert '/api/revenue/monthly.svg?country=FR&amp;theme=dark" media=' in page


def test_a_heading_has_its_definition_beside_it(march, admin):
    page = admin.opens("/reports/revenue/monthly/").content.decode()
    button = re.search(r'<button[^>]*popovertarget="about-revenue"[^>]*>', page)[0]
    assert 'aria-label="Definition of Net sales"' in button
    [words] = re.findall(r'<span popover [^>]*id="about-revenue">(.*?)</span>', page)
    column = next(c for c in reports()["revenue/monthly"].columns if c.name == "revenue")
    assert unescape(words) == f"<b>Net sales</b> {column.definition}"
    grid = admin.opens("/reports/customers/retention/").content.decode()
    assert 'id="about-retention"' in grid


def test_the_drawing_has_the_theme_that_was_chosen(march, admin):
    admin.client.cookies["theme"] = "dark"
    page = admin.opens("/reports/revenue/monthly/").content.decode()
    assert "theme=dark" in page
    assert "theme=light" not in page


def test_a_drawing_is_as_wide_as_it_is_asked_to_be(march, admin):
    picture = admin.opens("/api/revenue/monthly.svg?width=340").content.decode()
    assert 'width="340"' in picture
    for width in ("9", "wide", "99999", "-340"):
        refused = admin.opens(f"/api/revenue/monthly.svg?width={width}", status=400)
        assert "Enter a whole number from 240 to 2000." in refused.content.decode()


def test_a_report_refuses_what_makes_no_sense(march, admin):
    page = admin.opens("/reports/revenue/monthly/?start=never", status=400)
    assert "From: Enter a date such as 1 Nov 2026." in text(page)
    admin.opens("/reports/revenue/never/", status=404)


def test_all_reports_are_listed_and_found_by_their_words(admin, visitor):
    page = admin.opens("/reports/").content.decode()
    listed = [path for path in reports() if path != "explore"]  # that has a page of its own
    assert all(f'href="/reports/{path}/"' in page for path in listed)
    page = admin.opens("/reports/?q=WEEKDAY").content.decode()
    assert 'href="/reports/orders/heatmap/"' in page
    assert 'href="/reports/revenue/monthly/"' not in page
    assert "No reports match “zebra”" in text(admin.opens("/reports/?q=zebra"))


# One customer, one product


def test_a_customer_is_shown_as_the_reports_have_them(march, admin):
    [row] = [
        row for row in told(admin, "customers/rfm")["rows"] if row["customer_id"] == march.ben.pk
    ]
    page = text(admin.opens(f"/customers/{march.ben.pk}/"))
    assert "Ben" in page
    assert f"{D(row['monetary']):,.2f}" in page
    assert row["group"] in page


def test_a_product_is_shown_as_the_reports_have_it(march, admin):
    page = text(admin.opens(f"/products/{march.mug.pk}/"))
    for path in ("products/over-time", "products/where"):
        rows = told(admin, path, f"product={march.mug.pk}")["rows"]
        amounts = [D(row["revenue"]) for row in rows if row["orders"]]
        assert amounts
        assert all(f"{amount:,.2f}" in page for amount in amounts)


def test_browsers_find_an_icon_where_they_look_for_one(client):
    assert client.get("/favicon.ico").headers["Location"].endswith("icon.svg")
