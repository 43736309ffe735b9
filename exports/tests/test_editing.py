"""Alerts and schedules on their pages: chosen by labels, described, edited and paused."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from django.core import mail

from analytics.semantics.report import reports
from exports import pdf, scheduler
from exports.descriptions import columns_with_one_value, describe_alert, describe_schedule
from exports.models import Alert, Schedule, Sending
from orders.tests.visitor import text

pytestmark = [pytest.mark.django_db, pytest.mark.once]

ALERTS = "/exports/alerts/"
SLOW = {
    "name": "Slow", "about": "report", "report": "analytics/kpis", "column": "revenue",
    "test": "below", "limit": "20", "period": "7",
}  # fmt: skip
WEEKLY = {
    "name": "Sales", "reports": "products/top", "format": "xlsx", "rhythm": "weekly",
    "weekday": "1", "at": "08:00", "period": "30",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _now(time_machine):
    time_machine.move_to(datetime(2026, 3, 10, 12, tzinfo=UTC), tick=False)


@pytest.fixture
def anna(visitor):
    anna = visitor("analyst")
    type(anna.user).objects.filter(pk=anna.user.pk).update(email_verified=True)
    return anna


def options(page, name: str) -> dict[str, str]:
    """What a list offers: words by value."""
    chosen = re.search(rf'<select name="{name}".*?</select>', page.content.decode(), re.DOTALL)
    found = re.findall(r'<option value="([^"]*)"[^>]*>([^<]*)</option>', chosen[0])
    return {value: unescape(words) for value, words in found}


def create_alert(anna, **more) -> Alert:
    anna.sends(ALERTS, **{**SLOW, "recipients": anna.user.email, **more})
    return Alert.objects.latest("pk")


def create_schedule(anna, **more) -> Schedule:
    anna.sends("/exports/schedules/", **{**WEEKLY, "recipients": anna.user.email, **more})
    return Schedule.objects.latest("pk")


# Choosing


def test_an_alert_is_chosen_in_two_steps_by_labels(anna):
    first = options(anna.opens(ALERTS), "watch")
    assert first["analytics/kpis"] == "Key figures"
    assert first["low-stock"] == "A product is low in stock"
    second = anna.opens(f"{ALERTS}?watch=analytics/kpis")
    numbers = options(second, "column")
    assert numbers["aov"] == "Average order value"
    assert numbers["rows"] == "Number of rows"
    assert "New alert: Key figures" in text(second)
    assert 'type="text" name="column"' not in second.content.decode()


def test_an_event_asks_for_no_number(anna):
    page = anna.opens(f"{ALERTS}?watch=low-stock").content.decode()
    assert 'name="column"' not in page
    assert 'name="limit"' not in page
    anna.sends(ALERTS, name="Low", about="low-stock", recipients=anna.user.email)
    assert Alert.objects.get().about == "low-stock"


def test_a_refused_alert_keeps_what_was_chosen(anna):
    page = anna.sends(ALERTS, status=400, **SLOW | {"recipients": "nobody@example.com"})
    assert "No active user has the address nobody@example.com." in text(page)
    assert '<option value="revenue" selected>' in page.content.decode()


@pytest.mark.parametrize("watch", ["no/such", "", "%00"])
def test_what_cannot_be_watched_is_not_asked_about(anna, watch):
    page = anna.opens(f"{ALERTS}?watch={watch}").content.decode()
    assert 'name="column"' not in page


def test_only_numbers_that_stand_for_the_whole_report_are_offered():
    names = {path: [c.name for c in columns_with_one_value(reports()[path])] for path in (
        "products/top", "customers/churn-rate", "inventory/days-left")}  # fmt: skip
    assert names["customers/churn-rate"] == [
        "ever_bought", "active", "at_risk", "churned", "churn_rate", "rows"
    ]  # fmt: skip
    assert {"rows", "revenue", "units"} <= set(names["products/top"])
    assert names["inventory/days-left"] == ["rows"]


# In plain words


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "Net sales (Key figures) of the last 7 days including today is below 20.00 EUR."),
        ({"test": "falls", "limit": "30", "period": "yesterday"},
         "Net sales (Key figures) of yesterday falls by more than 30 % compared with the previous "
         "period."),
        ({"column": "return_rate", "test": "above", "limit": "0.05", "period": "month"},
         "Return rate (Key figures) of this month is above 5.0 %."),
        ({"column": "orders", "limit": "1000", "period": "", "country": "FR"},
         "Orders (Key figures) of all time in France is below 1,000."),
        ({"report": "products/top", "column": "rows", "category": "Mugs", "limit": "3"},
         "Number of rows (Top products) of the last 7 days including today, category Mugs "
         "is below 3."),
        ({"about": "low-stock"}, "The stock of a product falls to its reorder level."),
        ({"about": "import-failed"}, "The import of a file fails."),
        ({"about": "forecast"}, "Yesterday’s net sales are outside the 95 % forecast interval."),
    ],
)  # fmt: skip
def test_the_rule_of_an_alert_is_told_in_plain_words(anna, sold, more, words):
    alert = create_alert(anna, **more)
    assert describe_alert(alert) == words
    assert words in text(anna.opens(ALERTS))
    assert words in text(anna.opens(f"{ALERTS}{alert.pk}/"))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "Top products of the last 30 days including today as Excel, every Monday at 08:00."),
        ({"reports": "monthly", "rhythm": "monthly", "weekday": "", "day": "5", "period": ""},
         "Monthly sales report as Excel, on day 5 of each month at 08:00."),
        ({"rhythm": "daily", "weekday": "", "period": "", "format": "pdf"},
         "Top products of all time as PDF, every day at 08:00."),
    ],
)  # fmt: skip
def test_the_plan_of_a_schedule_is_told_in_plain_words(anna, sold, monkeypatch, more, words):
    monkeypatch.setattr(pdf, "find_browser", lambda: "/bin/true")
    schedule = create_schedule(anna, **more)
    assert describe_schedule(schedule) == words
    assert words in text(anna.opens("/exports/schedules/"))
    assert words in text(anna.opens(f"/exports/schedules/{schedule.pk}/"))


# Editing


def test_an_alert_is_edited_and_its_history_stays(anna, sold, time_machine):
    time_machine.move_to(datetime(2026, 3, 12, 12, tzinfo=UTC), tick=False)
    alert = create_alert(anna, limit="1000", period="30")
    scheduler.check_alerts()
    assert len(mail.outbox) == 1
    address = f"{ALERTS}{alert.pk}/"
    page = anna.opens(f"{address}edit/").content.decode()
    assert '<option value="revenue" selected>Net sales</option>' in page
    assert 'name="limit" value="1000"' in page
    assert anna.user.email in page
    changed = {**SLOW, "limit": "500", "period": "", "recipients": anna.user.email}
    assert anna.sends(f"{address}edit/", **changed)["Location"] == address
    alert.refresh_from_db()
    assert (alert.limit, alert.period, alert.active_issues, alert.name) == (500, "", {}, "Slow")
    scheduler.check_alerts()  # another rule tells again
    assert len(mail.outbox) == 2
    assert Sending.objects.filter(alert=alert).count() == 2
    assert "Delivery history" in text(anna.opens(address))


def test_another_name_is_no_reason_to_tell_again(anna, signed_in, sold, time_machine):
    time_machine.move_to(datetime(2026, 3, 12, 12, tzinfo=UTC), tick=False)
    alert = create_alert(anna, limit="1000", period="30")
    scheduler.check_alerts()
    body = {**SLOW, "limit": "1000", "period": "30", "name": "Very slow"}
    anna.sends(f"{ALERTS}{alert.pk}/edit/", **body, recipients=anna.user.email)
    scheduler.check_alerts()
    assert [email.subject for email in mail.outbox] == ["Alert: Slow"]
    assert Alert.objects.get().name == "Very slow"


def test_over_the_api_another_rule_forgets_what_was_amiss(api, sold):
    body = {**SLOW, "limit": "1000", "period": "30", "recipients": []}
    pk = api.post("/api/alerts/", body).json()["id"]
    scheduler.check_alerts()
    assert Alert.objects.get().active_issues
    answer = api.patch(f"/api/alerts/{pk}/", {"limit": "900"})
    assert (answer.status_code, answer.json()["active_issues"]) == (200, {})
    assert answer.json()["amiss"] == {}  # its earlier name


def test_a_schedule_is_edited_and_what_has_no_field_stays(anna, sold):
    schedule = create_schedule(anna)
    Schedule.objects.update(parameters={"returns_on": ["order"], "country": ["FR"]})
    address = f"/exports/schedules/{schedule.pk}/"
    page = anna.opens(f"{address}edit/").content.decode()
    assert '<option value="products/top" selected>' in page
    assert '<option value="FR" selected>' in page
    assert 'value="08:00"' in page
    changed = {**WEEKLY, "rhythm": "daily", "weekday": "", "at": "09:30", "period": ""}
    anna.sends(f"{address}edit/", **changed, recipients=anna.user.email)
    schedule.refresh_from_db()
    assert (schedule.rhythm, schedule.weekday, schedule.period) == ("daily", None, "")
    assert schedule.parameters == {"returns_on": ["order"]}
    assert schedule.next_at == datetime(2026, 3, 11, 9, 30, tzinfo=UTC)


def test_what_is_wrong_is_told_and_nothing_is_changed(anna, sold):
    alert = create_alert(anna)
    address = f"{ALERTS}{alert.pk}/edit/"
    wrong = {**SLOW, "limit": "much", "recipients": anna.user.email}
    assert "Enter a number." in text(anna.sends(address, status=400, **wrong))
    alert.refresh_from_db()
    assert alert.limit == 20


@pytest.mark.parametrize("thing", ["alerts", "schedules"])
def test_it_is_paused_and_resumed(anna, sold, thing):
    row = create_alert(anna, limit="1000") if thing == "alerts" else create_schedule(anna)
    address = f"/exports/{thing}/{row.pk}/"
    anna.sends(f"{address}pause/", active="")
    row.refresh_from_db()
    assert not row.is_active
    assert "Paused" in text(anna.opens(address))
    scheduler.check_alerts()
    assert mail.outbox == []
    anna.sends(f"{address}pause/", active="1")
    row.refresh_from_db()
    assert row.is_active


@pytest.mark.parametrize("action", ["edit", "pause"])
def test_what_belongs_to_somebody_else_is_not_there(anna, visitor, sold, action):
    alert, schedule = create_alert(anna), create_schedule(anna)
    other, nobody = visitor("manager"), visitor("")
    for address in (f"{ALERTS}{alert.pk}/{action}/", f"/exports/schedules/{schedule.pk}/{action}/"):
        other.sends(address, status=404, active="")
        nobody.sends(address, status=403, active="")
    assert Alert.objects.get().is_active
