"""The first run: what Home shows an empty shop, and how the steps become done."""

import re

import pytest
from django.test import Client

from accounts.models import User
from analytics.semantics.filters import Reader
from customers.models import Country
from exports.models import Schedule
from imports.models import Import
from onboarding.insights import insights
from onboarding.models import FinishedStep

pytestmark = pytest.mark.django_db


@pytest.fixture
def opens():
    def client(role: str) -> Client:
        confirmed = {"email_verified": True}
        user = User.objects.create_user(
            f"{role}@example.com", name="Mara Klein", role=role, **confirmed
        )
        client = Client()
        client.force_login(user, "accounts.backends.EmailOrUsername")
        return client

    return client


def steps(client, address="/welcome/") -> list[tuple[str, bool]]:
    """Title of each step, and whether it is done."""
    page = client.get(address).content.decode()
    found = re.findall(
        r'<li( class="done")?(?: class="next"[^>]*)?>\n.*\n<div><h2>(.*?)</h2>', page
    )
    return [(title, "done" in state) for state, title in found]


def test_home_of_an_empty_shop_is_the_checklist(opens):
    admin = opens("admin")
    assert steps(admin, "/") == [
        ("Name the shop, choose its currency and time zone", False),
        ("Bring in your orders", False),
        ("Confirm the countries", False),
        ("Read your first insights", False),
        ("Get a weekly letter", False),
    ]
    page = admin.get("/").content.decode()
    assert "Welcome, Mara. Let’s get your numbers in." in page
    assert "0 of 5 done" in page
    assert "No name yet · Euro · UTC" in page
    assert 'href="/imports/?format=shopify#upload"' in page


def test_a_card_leads_to_the_form_with_its_format_chosen(opens):
    admin = opens("admin")
    assert (
        '<option value="shopify" selected>'
        in admin.get("/imports/?format=shopify").content.decode()
    )
    assert (
        '<option value="auto" selected>' in admin.get("/imports/?format=nonsense").content.decode()
    )


def test_steps_are_done_when_the_books_say_so(opens, shop, settings):
    admin = opens("admin")
    settings.SHOP_NAME = "Bean & Leaf"
    atlantis = Country.objects.create(name="Atlantis", code="")
    sale = shop.sell((shop.product("mug"), 1), country=atlantis, customer=None)
    assert [done for _, done in steps(admin)] == [True, True, False, False, False]
    assert "Not known yet: Atlantis." in admin.get("/welcome/").content.decode()
    type(sale).objects.filter(pk=sale.pk).update(country=shop.germany)
    assert [done for _, done in steps(admin)] == [True, True, True, False, False]
    assert (
        "Orders are from 1 country, all of them known." in admin.get("/welcome/").content.decode()
    )


def test_a_step_can_be_skipped(opens):
    admin = opens("admin")
    assert admin.post("/welcome/insights/finish/")["Location"] == "/welcome/"
    admin.post("/welcome/insights/finish/")
    assert [done for _, done in steps(admin)] == [False, False, False, True, False]
    assert admin.post("/welcome/nonsense/finish/").status_code == 404
    assert FinishedStep.objects.count() == 1


def test_the_weekly_letter_is_a_schedule_made_with_one_click(opens):
    admin = opens("admin")
    answer = admin.post("/welcome/letter/")
    letter = Schedule.objects.get()
    assert answer["Location"] == f"/exports/schedules/{letter.pk}/"
    assert (letter.format, letter.rhythm, letter.weekday, f"{letter.at:%H:%M}", letter.period) == (
        "pdf", "weekly", 1, "08:00", "7",
    )  # fmt: skip
    assert letter.reports == ["analytics/kpis", "analytics/daily", "products/top"]
    assert [user.email for user in letter.recipients.all()] == ["admin@example.com"]
    assert steps(admin)[-1] == ("Get a weekly letter", True)


def test_an_operator_sees_the_steps_of_an_operator(opens):
    titles = [title for title, _ in steps(opens("operator"), "/")]
    assert titles == ["Bring in your orders", "Read your first insights", "Get a weekly letter"]
    assert opens("analyst").post("/welcome/orders/finish/").status_code == 403


def test_after_an_import_home_has_one_line_until_it_is_hidden(opens, shop):
    admin = opens("admin")
    shop.sell((shop.product("mug"), 1))
    assert "Setup: " not in admin.get("/").content.decode()  # no file was imported
    Import.objects.create(name="a.csv", size=1, state="done")
    assert "Setup: 2 of 5 done." in admin.get("/").content.decode()
    assert admin.post("/welcome/list/finish/")["Location"] == "/"
    assert "Setup: " not in admin.get("/").content.decode()


def test_five_sentences_about_the_sales(shop):
    mug, pin = shop.product("mug", price="10.00"), shop.product("pin", price="1234.50")
    france = shop.country("France", "FR")
    shop.sell((mug, 2), on="2026-01-05")
    shop.sell((mug, 1), on="2026-02-05")
    shop.sell((pin, 1), on="2026-03-05", customer=shop.customer("luc", france))
    found = [*insights(Reader())]
    assert [each.text for each in found] == [
        "Net sales were €1,264.50 from 3 orders (5 Jan – 5 Mar 2026).",
        "The best month was Mar 2026, with €1,234.50.",
        "The largest market is France, with €1,234.50 or 97.6 % of net sales.",
        "The best-selling product is Pin, with €1,234.50.",
        "50.0 % of 2 customers ordered more than once.",
    ]
    assert [each.address for each in found] == [
        "/reports/analytics/kpis/?period=all_time",
        "/reports/revenue/monthly/?period=all_time",
        "/reports/geographic/revenue-by-country/?period=all_time",
        "/reports/products/top/?limit=1&period=all_time",
        "/reports/customers/repeat-rate/?period=all_time",
    ]


def test_without_sales_there_is_no_sentence():
    assert [*insights(Reader())] == []


def test_the_sentences_are_on_the_page_when_orders_came(opens, shop):
    shop.sell((shop.product("mug"), 1))
    page = opens("admin").get("/welcome/").content.decode()
    assert "Your numbers are in." in page
    assert "Net sales were €10.00 from 1 order (5 Mar 2026)." in page
