"""Alerts tell once what is amiss, and again when it was well in between."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest
from django.core import mail
from django.utils import timezone

from catalog.services import correct_stock
from exports import alert_checks, scheduler
from exports.models import Alert, Sending
from imports.models import Import
from imports.tests.visitor import Visitor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(time_machine):
    time_machine.move_to(datetime(2026, 3, 10, 12, tzinfo=UTC), tick=False)


@pytest.fixture
def client(signed_in):
    client = signed_in("admin")
    type(client.user).objects.filter(pk=client.user.pk).update(email_verified=True)
    return client


def create_alert(client, status=201, **more) -> dict:
    body = {
        "name": "Watch", "about": "report", "report": "analytics/kpis", "column": "revenue",
        "test": "below", "limit": "20", "period": "7", "recipients": [client.user.email], **more,
    }  # fmt: skip
    answer = client.post("/api/alerts/", body)
    assert answer.status_code == status, answer.json()
    return answer.json()


def check_alerts() -> list[str]:
    """Checks all alerts; the texts of the emails that this sends."""
    before = len(mail.outbox)
    scheduler.check_alerts()
    return [email.body.split("\n\n")[0].strip() for email in mail.outbox[before:]]


def test_it_is_told_once_and_again_when_it_was_well_in_between(client, shop):
    mug = shop.product("mug")
    shop.sell((mug, 1), on="2026-03-09")
    create_alert(client)
    words = "Key figures: Net sales of 2026-03-04 to 2026-03-10 is 10.00 EUR, below 20."
    assert check_alerts() == [words]
    assert check_alerts() == []
    shop.sell((mug, 4), on="2026-03-10 09:00")
    assert check_alerts() == []
    assert Alert.objects.get().active_issues == {}
    shop.give_back(shop.sell((mug, 4), on="2026-02-10"), 4, on="2026-03-10 10:00")
    assert check_alerts() == [words]
    assert mail.outbox[0].subject == "Alert: Watch"
    assert [sending.state for sending in Sending.objects.all()] == ["done", "done"]


@pytest.mark.parametrize(
    ("test", "limit", "words"),
    [
        ("above", "19.99", "is 20.00 EUR, above 19.99."),
        ("above", "20", None),
        ("below", "20", None),
        ("falls", "49.9", "is 20.00 EUR, before it was 40.00 EUR: -50.0 %."),
        ("falls", "50", None),
        ("rises", "0", None),
    ],
)
def test_what_is_amiss_is_beyond_the_limit(client, shop, test, limit, words):
    mug = shop.product("mug")
    shop.sell((mug, 2), on="2026-03-09")
    shop.sell((mug, 4), on="2026-03-02")
    shop.sell((mug, 1), on="2026-02-20")
    create_alert(client, test=test, limit=limit)
    days = "Key figures: Net sales of 2026-03-04 to 2026-03-10 "
    assert check_alerts() == ([days + words] if words else [])


@pytest.mark.parametrize("test", ["falls", "rises"])
def test_a_number_neither_falls_nor_rises_from_less_than_nothing(client, shop, test):
    mug = shop.product("mug", "100.00")
    sale = shop.sell((mug, 1), on="2026-02-20")
    shop.give_back(sale, 1, on="2026-03-02")
    shop.sell((mug, 1), on="2026-03-09")
    create_alert(client, test=test, limit="0")
    assert check_alerts() == []


def test_a_number_does_not_fall_against_days_before_the_shop_opened(client, shop):
    mug = shop.product("mug")
    shop.sell((mug, 4), on="2026-03-02")
    shop.sell((mug, 1), on="2026-03-09")
    create_alert(client, test="falls", limit="0")
    assert check_alerts() == []
    shop.sell((mug, 1), on="2026-02-25")
    assert len(check_alerts()) == 1


def test_each_product_that_runs_low_is_told_by_itself(client, shop):
    mug, pot = shop.product("mug", stock=2), shop.product("pot", stock=30)
    for product in (mug, pot):
        type(product.inventory).objects.filter(product=product).update(reorder_level=5)
    create_alert(client, about="low-stock")
    assert check_alerts() == ["Mug (mug): 2 on hand, reorder level 5."]
    correct_stock(pot, 4)
    assert check_alerts() == ["Pot (pot): 4 on hand, reorder level 5."]
    correct_stock(mug, 52)
    assert check_alerts() == []
    assert list(Alert.objects.get().active_issues) == [str(pot.pk)]


def test_an_import_that_fails_is_told(client, shop):
    Import.objects.create(
        name="old.csv", size=1, state="failed", finished_at=timezone.now() - timedelta(1)
    )
    create_alert(client, about="import-failed")
    assert check_alerts() == []
    Import.objects.create(
        name="new.csv", size=1, state="failed", error="No such column.", finished_at=timezone.now()
    )
    assert check_alerts() == ["new.csv: No such column."]
    assert check_alerts() == []


@pytest.mark.parametrize(("sold", "is_told"), [(101, False), (1, True)])
def test_a_day_outside_of_the_forecast_is_told(client, shop, time_machine, sold, is_told):
    from analytics.predictions.fit import fit_models

    mug = shop.product("mug", stock=10_000)
    first = datetime(2026, 1, 1, tzinfo=UTC).date()
    for ahead in range(60):
        shop.sell((mug, 100 + ahead % 3), on=str(first + timedelta(ahead)))
    time_machine.move_to(datetime(2026, 3, 2, 1, tzinfo=UTC), tick=False)
    fit_models()
    create_alert(client, about="forecast")
    shop.sell((mug, sold), on="2026-03-02")
    time_machine.move_to(datetime(2026, 3, 3, 6, tzinfo=UTC), tick=False)
    words = check_alerts()
    assert bool(words) == is_told, words
    start = "Net sales on 2 Mar 2026 were 10.00, forecast was "
    assert all(text.startswith(start) for text in words)


def test_one_that_cannot_look_says_so_and_the_others_go_on(client, signed_in, shop):
    shop.sell((shop.product("mug"), 1), on="2026-03-09")
    create_alert(client, name="Broken")
    create_alert(client)
    Alert.objects.filter(name="Broken").update(report="no/such")
    assert len(check_alerts()) == 1
    assert Alert.objects.get(name="Broken").error == "report: 'no/such' is not a report."


def test_it_looks_at_what_its_owner_may_see(signed_in, shop):
    france = shop.country("France", "FR", "EUR", "20")
    shop.sell((shop.product("mug"), 9), on="2026-03-09")
    manager = signed_in("manager", france)
    type(manager.user).objects.filter(pk=manager.user.pk).update(email_verified=True)
    create_alert(manager, limit="20")
    assert check_alerts() == [
        "Key figures: Net sales of 2026-03-04 to 2026-03-10 is 0.00 EUR, below 20."
    ]


def test_two_that_look_at_once_tell_once(client, shop):
    shop.sell((shop.product("mug"), 1), on="2026-03-09")
    create_alert(client)
    one, other = Alert.objects.get(), Alert.objects.get()
    assert scheduler.check_alert(one) is not None
    assert scheduler.check_alert(other) is None


def test_a_number_of_rows_and_a_total_may_be_looked_at(client, shop, ask):
    shop.sell((shop.product("mug"), 1), (shop.product("pot"), 1), on="2026-03-09")
    result = ask("products/sold")
    assert alert_checks.watched_value(result, "rows") == 2
    assert alert_checks.watched_value(result, "revenue") == D(20)
    assert alert_checks.watched_value(ask("analytics/daily"), "revenue") == D(20)


@pytest.mark.parametrize(
    ("more", "field", "reason"),
    [
        ({"report": "no/such"}, "report", "'no/such' is not a report."),
        ({"column": "colour"}, "column", "The report has no numbers named 'colour'. It has rows, "
         "gross, discounts, returns, revenue, tax, orders, customers, guests, units, aov, "
         "items_per_order, new_customers, returning_rate, repeat_rate, return_rate, margin, "
         "margin_rate, uncosted."),
        ({"limit": None}, "limit", "Required for an alert on a report."),
        ({"parameters": {"country": "Nowhere"}}, "country",
         "'Nowhere' is not a country that you see."),
    ],
)  # fmt: skip
def test_what_is_not_right_is_refused_by_name(client, more, field, reason):
    assert {"field": field, "reason": reason} in create_alert(client, status=400, **more)["errors"]
    assert not Alert.objects.exists()


def test_a_value_that_each_row_has_is_no_value(client, shop):
    shop.sell((shop.product("mug"), 1), (shop.product("pot"), 1), on="2026-03-09")
    errors = create_alert(client, status=400, report="inventory/days-left", column="on_hand")[
        "errors"
    ]
    assert errors[0]["reason"] == "'on_hand' has a value for each row but no total to watch."


def test_a_test_says_how_things_are_to_the_owner_only(client, shop):
    shop.sell((shop.product("mug"), 3), on="2026-03-09")
    pk = create_alert(client)["id"]
    assert client.post(f"/api/alerts/{pk}/test/").status_code == 200
    scheduler.tick()
    assert "No issues right now." in mail.outbox[0].body
    assert Alert.objects.get().looks == 0


def test_the_page_shows_what_is_amiss(client, visitor, shop):
    anna = visitor("analyst")
    type(anna.user).objects.update(email_verified=True)
    shop.sell((shop.product("mug"), 1), on="2026-03-09")
    anna.sends("/exports/alerts/", name="Slow", about="report", report="analytics/kpis", period="7",
               column="revenue", test="below", limit="20", recipients=anna.user.email)  # fmt: skip
    scheduler.check_alerts()
    assert "Raised" in anna.opens("/exports/alerts/").content.decode()
    page = anna.opens(f"/exports/alerts/{Alert.objects.get().pk}/").content.decode()
    assert "is 10.00 EUR, below 20." in page


def test_the_forecast_is_not_asked_where_there_is_none(client, shop):
    shop.sell((shop.product("mug"), 1), on="2026-03-09")
    create_alert(client, about="forecast")
    assert check_alerts() == []


def test_the_overview_shows_to_its_owner_what_is_amiss(client, shop, visitor):
    shop.sell((shop.product("mug"), 1), on="2026-03-09")
    create_alert(client)
    owner, other = Visitor(client.user), visitor("analyst")
    words = "Watch</a>: Key figures: Net sales of 2026-03-04 to 2026-03-10 is 10.00 EUR, below 20."
    assert words not in owner.opens("/").content.decode()
    check_alerts()
    assert words in owner.opens("/").content.decode()
    assert "Watch" not in other.opens("/").content.decode()


def test_words_on_a_country_that_was_lost_are_shown_no_more(signed_in, shop):
    shop.sell((shop.product("mug"), 1), on="2026-03-09")
    manager = signed_in("manager", shop.germany)
    type(manager.user).objects.filter(pk=manager.user.pk).update(email_verified=True)
    pk = create_alert(manager)["id"]
    scheduler.check_alerts()
    browser = Visitor(manager.user)
    pages = [f"/exports/alerts/{pk}/", "/", f"/admin/exports/alert/{pk}/change/",
             f"/admin/exports/sending/{Sending.objects.get().pk}/change/"]  # fmt: skip

    def readable() -> list[bool]:
        contents = [browser.opens(page).content.decode() for page in pages]
        contents.append(manager.get(f"/api/alerts/{pk}/").content.decode())
        return ["10.00 EUR, below 20" in content for content in contents]

    assert readable() == [True] * 5
    manager.user.countries.set([shop.country("France", "FR")])
    assert readable() == [False] * 5
    manager.user.countries.add(shop.germany)
    assert readable() == [True] * 5
