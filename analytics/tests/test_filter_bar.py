"""The bar of filters with JavaScript off: what it shows, what it sends, and what pages remember."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from analytics.pages.category_tree import category_choices
from analytics.pages.chosen_filters import default_period
from analytics.semantics.report import reports
from catalog.models import Category
from orders.tests.visitor import Visitor, text

pytestmark = [pytest.mark.django_db, pytest.mark.once]

NOON = "2026-11-28 10:40:00Z"
MONTHLY = "/reports/revenue/monthly/"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def sold(shop):
    """A sale of each of eleven months and one of today, in two countries."""
    shop.france = shop.country("France", "FR", "EUR", "20")
    shop.mug = shop.product("mug", "10.00", category="Mugs")
    for month in range(1, 12):
        shop.sell((shop.mug, month), on=f"2026-{month:02}-05")
    shop.sell((shop.mug, 20), on="2026-11-28 08:00", customer=None, country=shop.france)
    return shop


@pytest.fixture
def admin(signed_in):
    return Visitor(signed_in("admin").user)


def button(page) -> str:
    """What the button of the period says."""
    summary = re.search(r'class="popover period".*?<summary>(.*?)</summary>', html(page), re.DOTALL)
    return " ".join(re.sub("<[^>]*>", "", summary[1]).split())


def html(page) -> str:
    return unescape(page.content.decode())


def form_of(page) -> dict[str, list[str]]:
    """What the bar sends when nothing is changed."""
    form = re.search(r'<form class="filters filter-bar.*?</form>', page.content.decode(), re.DOTALL)
    found: dict[str, list[str]] = {}
    for tag in re.findall("<input[^>]*>", form[0]):
        attributes = {
            name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)
        }
        is_choice = attributes.get("type") in ("checkbox", "radio")
        if "name" in attributes and (not is_choice or " checked" in tag):
            found.setdefault(attributes["name"], []).append(attributes.get("value", ""))
    return found


def presets(page) -> dict[str, str]:
    links = re.findall(r'<li><a href="(\?[^"]*)"[^>]*>([^<]*)</a></li>', page.content.decode())
    return {label: unescape(address) for address, label in links}


# What it shows


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("period=this_month&compare=previous_period", "1–28 Nov 2026 vs 1–28 Oct 2026"),
        ("period=this_month&compare=previous_year", "1–28 Nov 2026 vs 1–28 Nov 2025"),
        ("period=this_month&compare=previous_year_weekdays", "1–28 Nov 2026 vs 2–29 Nov 2025"),
        ("period=last_7_days&compare=none", "21–27 Nov 2026"),
        ("period=7&compare=none", "22–28 Nov 2026"),
        ("start=2026-11-02&end=2026-11-03&compare=none", "2–3 Nov 2026"),
        ("period=all_time&compare=none", "5 Jan – 28 Nov 2026"),
        ("", "29 Oct – 27 Nov 2026 vs 29 Sep – 28 Oct 2026"),
    ],
)
def test_the_button_says_the_period_and_what_it_is_compared_with(sold, admin, query, words):
    assert button(admin.opens(f"/?{query}")) == words


def test_each_comparison_names_its_dates(sold, admin):
    page = text(admin.opens("/?period=this_month"))
    for words in (
        "Previous period 1–28 Oct 2026",
        "Same dates last year 1–28 Nov 2025",
        "Same weekdays last year 2–29 Nov 2025",
        "28 days against 28. Not over yet.",
    ):
        assert words in page


def test_a_preset_is_a_link_that_keeps_the_other_filters(sold, admin):
    page = admin.opens(f"{MONTHLY}?start=2026-11-01&country=FR&compare=previous_year")
    [query] = [parse_qs(urlsplit(a).query) for n, a in presets(page).items() if n == "Last month"]
    assert query == {"country": ["FR"], "compare": ["previous_year"], "period": ["last_month"]}
    page = admin.opens(f"{MONTHLY}{presets(page)['Last month']}")
    assert button(page) == "1–31 Oct 2026 vs 1–31 Oct 2025"
    assert 'period=last_month" aria-current="true"' in html(page)


def test_what_is_in_stock_has_no_period(sold, admin):
    assert 'class="popover period"' not in html(admin.opens("/reports/inventory/value/"))
    assert 'class="popover period"' in html(admin.opens("/reports/products/top/"))


def test_a_category_says_what_it_includes(shop):
    drinks = Category.objects.create(name="Drinks")
    tea = Category.objects.create(name="Tea", parent=drinks)
    Category.objects.create(name="Green tea", parent=tea)
    shop.product("sencha", category="Green tea")
    shop.product("assam", category="Tea")
    shop.product("pin")
    assert [tuple(choice) for choice in category_choices()] == [
        ("Drinks", 0, "Includes 2 products in 2 categories"),
        ("Tea", 1, "Includes 2 products in 1 category"),
        ("Green tea", 2, "1 product"),
        ("Uncategorised", 0, "1 product"),
    ]


def test_countries_are_told_by_their_names(sold, admin):
    assert "Country France " in text(admin.opens(f"{MONTHLY}?country=FR"))
    assert "Country Germany, France " in text(admin.opens(f"{MONTHLY}?country=DE&country=france"))
    sent = form_of(admin.opens(f"{MONTHLY}?country=germany&country=FR"))
    assert sent["country"] == ["FR", "DE"]


def test_parameters_of_the_report_show_their_defaults(sold, admin):
    assert form_of(admin.opens("/reports/products/top/"))["limit"] == ["10"]
    assert form_of(admin.opens("/reports/products/top/?limit=3"))["limit"] == ["3"]


# What it sends


@pytest.mark.parametrize(
    "query",
    [
        "period=this_month&compare=previous_year",
        "period=7",
        "period=last_90_days&country=FR&category=Mugs",
        "period=all_time&where=country:is_not:DE",
        "start=2026-11-02&end=2026-11-05",
    ],
)
def test_to_apply_what_stands_there_changes_nothing(sold, admin, query):
    page = admin.opens(f"{MONTHLY}?{query}")
    sent = admin.client.get(MONTHLY, form_of(page))
    assert sent.status_code == 200
    assert button(sent) == button(page)
    assert form_of(sent) == form_of(page)


@pytest.mark.parametrize("typed", ["3 Nov 2026", "3.11.2026", "2026-11-03", "3 Nov", "Nov 3"])
def test_typed_dates_take_the_place_of_the_name(sold, admin, typed):
    form = form_of(admin.opens(f"{MONTHLY}?period=this_month"))
    assert (form["start"], form["end"]) == (["1 Nov 2026"], ["28 Nov 2026"])
    page = admin.client.get(MONTHLY, form | {"start": typed})
    assert button(page) == "3–28 Nov 2026"
    assert form_of(page)["period"] == ["custom"]
    [file] = re.findall(r'href="/api/revenue/monthly.csv\?([^"]*)"', html(page))
    assert parse_qs(file) == {
        "period": ["custom"], "compare": ["none"], "start": ["2026-11-03"], "end": ["2026-11-28"]
    }  # fmt: skip


@pytest.mark.parametrize("typed", ["soon", "31 Feb 2026", "03/11/2026"])
def test_a_date_that_is_none_says_so_under_its_field(sold, admin, typed):
    form = form_of(admin.opens(f"{MONTHLY}?period=this_month"))
    page = admin.client.get(MONTHLY, form | {"start": typed})
    assert page.status_code == 400
    assert '<p class="errorlist" id="why-start" role="alert">From: Enter a date such as' in html(
        page
    )
    assert f'name="start" value="{typed}"' in html(page)
    assert 'class="popover period" name="filters" open' in html(page)


def test_today_is_included_on_request(sold, admin):
    form = form_of(admin.opens(f"{MONTHLY}?period=last_7_days"))
    page = admin.client.get(MONTHLY, form | {"include_today": "1"})
    assert button(page) == "22–28 Nov 2026"
    assert button(admin.client.get(MONTHLY, form_of(page))) == "22–28 Nov 2026"


def test_a_condition_is_added_and_taken_away(sold, admin):
    parts = {"filter_field": "country", "filter_operator": "is", "filter_value": "France"}
    page = admin.client.get(MONTHLY, form_of(admin.opens(MONTHLY)) | parts)
    assert "Country is France ✕" in text(page)
    [remove] = re.findall(r'href="([^"]*)" aria-label="Remove Country is France"', html(page))
    assert "Country is France" not in text(admin.opens(MONTHLY + remove))


# What pages remember


def test_what_was_chosen_holds_on_the_pages_that_are_opened_next(sold, admin):
    admin.opens("/?period=last_month&compare=previous_year&country=DE")
    page = admin.opens(MONTHLY)
    assert button(page) == "1–31 Oct 2026 vs 1–31 Oct 2025"
    assert "data-remembered" in html(page)
    assert "Country Germany" in text(page)
    files = "/api/revenue/monthly.csv?period=last_month&compare=previous_year&country=DE"
    assert files in html(page)
    assert button(admin.opens("/orders/")) == "1–31 Oct 2026"
    assert button(admin.opens("/explore/")) == "1–31 Oct 2026 vs 1–31 Oct 2025"


def test_an_address_with_filters_says_all_of_them(sold, admin):
    admin.opens("/?period=last_month&compare=previous_year&country=DE")
    page = admin.opens(f"{MONTHLY}?start=2026-11-01&end=2026-11-28")
    assert button(page) == "1–28 Nov 2026"
    assert "Country All" in text(page)
    assert "data-remembered" not in html(page)


def test_a_link_to_the_orders_of_a_day_is_no_choice(sold, admin):
    admin.opens("/?period=last_month")
    admin.opens("/orders/?start=2026-11-28&end=2026-11-28&country=FR")
    assert button(admin.opens(MONTHLY)) == "1–31 Oct 2026"


def test_all_that_was_taken_away_stays_away(sold, admin):
    admin.opens("/?period=last_month&country=DE")
    admin.opens("/?period=last_month&country=")
    assert "Country All" in text(admin.opens(MONTHLY))


def test_an_empty_period_forgets_what_was_chosen(sold, admin):
    admin.opens("/?period=last_month&country=DE")
    admin.opens("/?period=")
    page = admin.opens(MONTHLY)
    assert button(page) == "1 Dec 2025 – 28 Nov 2026"
    assert "Country All" in text(page)


def test_what_makes_no_sense_is_not_remembered(sold, admin):
    admin.opens("/?period=soon", status=400)
    admin.opens("/?period=last_month&country=Atlantis", status=400)
    assert button(admin.opens(MONTHLY)) == "1 Dec 2025 – 28 Nov 2026"


def test_a_page_leaves_out_what_it_does_not_take(sold, admin):
    admin.opens("/?period=last_month&country=DE&category=Mugs")
    # There is no forecast of a category within a country.
    page = admin.opens("/reports/analytics/forecast/revenue/")
    assert "Category All" in text(page)


def test_the_api_remembers_nothing(sold, admin):
    admin.opens("/?period=last_month")
    assert admin.opens("/api/revenue/monthly/").json()["period"]["start"] == "2026-01-05"


def test_orders_of_a_customer_are_all_of_them(sold, admin):
    admin.opens("/?period=last_month")
    page = admin.opens(f"/orders/?customer={sold.anna.pk}")
    assert "11 sales" in text(page)
    assert button(page) == "5 Jan – 28 Nov 2026"


# What a page shows that is opened first


@pytest.mark.parametrize(
    ("path", "period"),
    [
        ("revenue/monthly", "last_12_months"),
        ("customers/retention", "last_12_months"),
        ("orders/by-month", "last_12_months"),
        ("revenue/daily-trend", "last_90_days"),
        ("products/top", "last_90_days"),
        ("customers/rfm", "all_time"),
        ("orders/list", "all_time"),
    ],
)
def test_a_report_has_the_period_that_makes_sense(path, period):
    assert default_period(reports()[path]) == period


def test_the_overview_begins_with_thirty_days_and_reports_with_ninety(sold, admin):
    assert button(admin.opens("/")).startswith("29 Oct – 27 Nov 2026")
    assert button(admin.opens("/reports/revenue/daily-trend/")) == "30 Aug – 27 Nov 2026"


def test_a_shop_that_stopped_selling_shows_its_last_good_year(sold, signed_in):
    with time_machine.travel("2028-05-01 12:00:00Z", tick=False):
        admin = Visitor(signed_in("admin").user)
        assert button(admin.opens("/")).startswith("1 Dec 2025 – 28 Nov 2026")
        page = admin.opens("/reports/revenue/daily-trend/")
        assert button(page) == "1 Dec 2025 – 28 Nov 2026"
        assert "12 months to the last sale" in text(page)


def test_explore_asks_for_all_time_until_a_period_is_chosen(sold, admin):
    assert button(admin.opens("/explore/")) == "5 Jan – 28 Nov 2026"
    admin.opens("/?period=last_month")
    assert button(admin.opens("/explore/?measures=orders&rows=country")) == "5 Jan – 28 Nov 2026"


# Spans of time


@pytest.mark.parametrize(
    ("grain", "column", "rows"),
    [
        (
            "day",
            "day",
            [("2026-10-05", "100.00"), ("2026-11-05", "110.00"), ("2026-11-28", "200.00")],
        ),
        (
            "week",
            "week",
            [("2026-10-05", "100.00"), ("2026-11-02", "110.00"), ("2026-11-23", "200.00")],
        ),
        ("month", "month", [("2026-10", "100.00"), ("2026-11", "310.00")]),
        ("quarter", "quarter", [("2026-Q4", "410.00")]),
        ("", "month", [("2026-10", "100.00"), ("2026-11", "310.00")]),
    ],
)
def test_a_report_over_time_takes_spans_of_another_length(sold, admin, grain, column, rows):
    answer = admin.opens(
        f"/api/revenue/monthly/?start=2026-10-01&end=2026-11-28&grain={grain}"
    ).json()
    sold_in = [(row[column], row["revenue"]) for row in answer["rows"] if row["orders"]]
    assert sold_in == rows
    assert answer["title"] == f"Net sales by {column}"


def test_spans_are_links_that_keep_the_filters(sold, admin):
    page = admin.opens(f"{MONTHLY}?period=this_year&country=DE")
    assert 'country=DE&grain=week">Week</a>' in html(page)
    week = admin.opens(f"{MONTHLY}?period=this_year&country=DE&grain=week")
    assert "Net sales by week" in text(week)
    assert 'grain=week" aria-current="true">Week</a>' in html(week)
    assert form_of(week)["grain"] == ["week"]
    assert "Granularity" not in html(admin.opens("/reports/products/top/"))
