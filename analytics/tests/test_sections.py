"""Sections: every report has its place, each role finds what it may open, and what it starred."""

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.roles import Role
from analytics.kept import services
from analytics.kept.models import Opened, Star
from analytics.pages.sections import SECTIONS
from analytics.semantics.entries import MODEL_QUALITY, report_entries
from analytics.semantics.report import reports
from orders.tests.visitor import Visitor, text

pytestmark = [pytest.mark.django_db, pytest.mark.once]

NOON = "2026-03-10 12:00:00Z"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def visitor(signed_in):
    return lambda role, *countries: Visitor(signed_in(role, *countries).user)


@pytest.fixture
def sold(shop):
    mug = shop.product("mug", "10.00", cost="4.00", category="Mugs")
    shop.sell((mug, 3), on="2026-03-05")
    return shop


def links(page, place: str) -> dict[str, str]:
    """Titles and addresses of the entries after this text."""
    after = page.content.decode().split(place)[1]
    found = re.findall(r'<li><span><a href="([^"]*)">(.*?)</a>', after)
    return {unescape(title): address for address, title in found}


def below(page) -> list[str]:
    """What stands below the open section in the menu."""
    menu = page.content.decode().split('<nav aria-label="Main">')[1].split("</nav>")[0]
    inner = re.search(r"</a>\n<ul>(.*?)</ul>", menu)
    return re.findall(r">([^<]+)</a>", inner[1]) if inner else []


# The table of contents


def test_every_report_is_in_exactly_one_entry():
    listed = [path for entry in report_entries() for path in entry.tabs.values()]
    assert sorted(listed) == [path for path in reports() if path != "explore"]
    assert {entry.section for entry in report_entries()} == {*SECTIONS}


def test_reports_of_models_themselves_are_folded_away():
    assert {entry.path for entry in report_entries() if entry.heading == MODEL_QUALITY} == {
        "customers/churn-calibration",
        "analytics/forecast/backtest",
        "analytics/forecast/basis",
        "recommendations/voucher-lift",
        "recommendations/quality",
    }
    rest = [entry for entry in report_entries() if entry.heading != MODEL_QUALITY]
    assert len(rest) <= 36


def test_an_entry_of_several_reports_has_a_title_and_labels():
    several = [entry for entry in report_entries() if len(entry.tabs) > 1]
    assert [entry.path for entry in several if not (entry.title and all(entry.tabs))] == []


def test_the_charts_and_the_lists_of_sections_are_there():
    for name, section in SECTIONS.items():
        entries = [entry for entry in report_entries() if entry.section == name]
        assert {*section.charts} <= {path for entry in entries for path in entry.tabs.values()}


# The pages


@pytest.mark.parametrize("name", SECTIONS)
@pytest.mark.parametrize("role", Role)
def test_a_role_finds_in_a_section_what_it_may_open(sold, visitor, role, name):
    person = visitor(role, sold.germany)
    page = person.opens(f"/reports/{name}/")
    found = links(page, 'id="all-reports"')
    assert found
    for address in found.values():
        person.opens(address)
    for chart in page.context["charts"]:
        person.opens(f"/reports/{chart['report'].path}/?{chart['query']}")
        person.opens(
            f"/reports/{chart['report'].path}/chart/?{chart['query']}&theme=dark&width=400"
        )


def test_what_a_role_may_not_open_is_not_listed(sold, visitor):
    assert "Top customers" in text(visitor("analyst").opens("/reports/customers/"))
    page = visitor("operator").opens("/reports/customers/")
    assert "Top customers" not in text(page)
    # Of an entry whose first report is about single customers, the others remain.
    assert links(page, 'id="all-reports"')["Churn"] == "/reports/customers/churn-rate/"


def test_the_tiles_are_those_of_the_key_figures(sold, visitor):
    page = visitor("analyst").opens("/reports/sales/?start=2026-03-01&end=2026-03-10")
    shown = [(tile["column"].name, tile["value"]) for tile in page.context["tiles"]]
    assert shown == [
        ("gross", "30.00"), ("discounts", "0.00"), ("returns", "0.00"), ("revenue", "30.00"),
        ("orders", "1"), ("aov", "30.00"),
    ]  # fmt: skip
    assert "1 Mar 2026 – 10 Mar 2026" in text(page)


def test_the_retention_of_a_section_has_the_nine_months_of_the_first_page(sold, visitor):
    page = visitor("analyst").opens("/reports/customers/?period=30&country=DE")
    queries = {chart["report"].path: chart["query"] for chart in page.context["charts"]}
    assert "start=2025-07-01&end=2026-03-10" in queries["customers/retention"]
    assert "period=30" in queries["customers/rfm-groups"]
    assert "compare" not in "".join(queries.values())


def test_a_shop_without_sales_says_so_and_lists_its_reports(visitor):
    page = visitor("analyst").opens("/reports/products/")
    assert "No sales yet in your countries." in text(page)
    assert "ABC analysis" in text(page)


def test_a_section_refuses_what_makes_no_sense(sold, visitor):
    page = visitor("analyst").opens("/reports/sales/?start=never", status=400)
    assert "From: Enter a date such as 1 Nov 2026." in text(page)
    assert "Net sales over time" in text(page)
    visitor("analyst").opens("/reports/nonsense/", status=404)


def test_a_section_without_sales_in_the_readers_countries_shows_nothing_of_others(sold, visitor):
    page = visitor("manager", sold.country("France", "FR")).opens("/reports/sales/")
    assert "30.00" not in page.content.decode()


# The page of a report


def test_a_report_says_where_it_stands_and_has_its_tabs(sold, visitor):
    page = visitor("analyst").opens("/reports/revenue/monthly/?country=DE&sort=month")
    assert "Sales › Net sales over time" in text(page)
    tabs = re.search(r'<nav class="tabs[^>]*>(.*?)</nav>', page.content.decode())[1]
    assert re.findall(r'<a href="([^"]*)"( aria-current="page")?>(.*?)</a>', tabs) == [
        ("/reports/revenue/daily-trend/?country=DE", "", "Day"),
        ("/reports/revenue/monthly/?country=DE", ' aria-current="page"', "Month"),
        ("/reports/revenue/growth/?country=DE", "", "Growth"),
    ]


def test_a_tab_does_not_get_the_filters_that_it_does_not_know(sold, visitor):
    page = visitor("analyst").opens("/reports/products/top/?limit=3&category=Mugs")
    [address] = re.findall(r'<a href="(/reports/products/by-country/[^"]*)"', page.content.decode())
    visitor("analyst").opens(unescape(address))
    assert "category=Mugs" in address


def test_a_report_of_its_own_has_no_tabs(sold, visitor):
    page = visitor("analyst").opens("/reports/revenue/tax/").content.decode()
    assert 'class="tabs no-print"' not in page


# Stars


def test_a_star_puts_a_report_into_the_menu_and_takes_it_out_again(sold, visitor):
    anna = visitor("analyst")
    assert below(anna.opens("/reports/customers/")) == [
        "Overview", "Retention", "New and returning customers", "Customer statistics",
        "Days between orders", "Lifetime value", "All customers",
    ]  # fmt: skip
    anna.sends("/reports/customers/churn/star/", star="on", next="/reports/customers/")
    assert below(anna.opens("/reports/customers/churn-rate/")) == [
        "Overview",
        "Churn",
        "All customers",
    ]
    # Another user has stars of their own.
    assert "Retention" in below(visitor("admin").opens("/reports/customers/"))
    anna.sends("/reports/customers/churn/star/", star="off")
    assert "Retention" in below(anna.opens("/reports/customers/"))


def test_the_star_of_a_tab_is_that_of_its_entry_and_is_there_once(sold, visitor):
    anna = visitor("analyst")
    for path in ("customers/churn-risk", "customers/churn"):
        answer = anna.sends(f"/reports/{path}/star/", star="on", next="https://example.com/")
        assert answer["Location"] == "/reports/customers/churn/"
    assert [star.path for star in Star.objects.all()] == ["customers/churn"]
    page = anna.opens("/reports/customers/churn-rate/").content.decode()
    assert 'name="star" value="off" aria-pressed="true" aria-label="Star Churn"' in page


def test_nobody_stars_what_they_may_not_open_or_what_is_not_there(sold, visitor):
    visitor("operator").sends("/reports/customers/top/star/", status=404, star="on")
    visitor("admin").sends("/reports/no/such/star/", status=404, star="on")
    assert not Star.objects.exists()


# Recently opened


def test_reports_are_listed_that_were_opened_last(sold, visitor):
    anna = visitor("analyst")
    assert "Recently opened" not in text(anna.opens("/reports/"))
    for hour, path in enumerate(("revenue/tax", "customers/churn-rate", "products/top")):
        with time_machine.travel(timezone.now() + timedelta(hours=hour), tick=False):
            anna.opens(f"/reports/{path}/")
    page = anna.opens("/reports/")
    opened = page.content.decode().split('id="opened"')[1].split("</section>")[0]
    assert re.findall(r'href="([^"]*)"', opened) == [
        "/reports/products/top/", "/reports/customers/churn/", "/reports/revenue/tax/"
    ]  # fmt: skip
    assert "Recently opened" not in text(visitor("admin").opens("/reports/"))


def writes(person, address) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        person.opens(address)
    sql = [query["sql"] for query in queries]
    return [text.split()[0] for text in sql if "analytics_opened" in text and "SELECT" not in text]


def test_a_report_that_is_opened_again_is_noted_once_a_day(sold, visitor):
    anna = visitor("analyst")
    assert writes(anna, "/reports/revenue/tax/") == ["INSERT", "DELETE"]
    assert writes(anna, "/reports/revenue/tax/?country=DE") == []
    with time_machine.travel(timezone.now() + timedelta(days=1, hours=1), tick=False):
        anna.opens("/reports/revenue/tax/")
        assert Opened.objects.get().opened_at == timezone.now()


def test_the_last_ten_are_kept(visitor):
    anna = visitor("analyst")
    user = anna.opens("/account/").wsgi_request.user
    for number in range(12):
        with time_machine.travel(timezone.now() + timedelta(hours=number), tick=False):
            services.note_opened(user, f"report/{number}")
    assert services.opened_paths(user) == [f"report/{number}" for number in range(11, 1, -1)]
    assert Opened.objects.count() == 10


def test_a_report_opens_when_it_cannot_be_noted(sold, visitor, monkeypatch):
    def busy(*_, **__):
        raise DatabaseError("database is locked")

    monkeypatch.setattr(Opened.objects, "update_or_create", busy)
    visitor("analyst").opens("/reports/revenue/tax/")
