"""A question of Explore as an export, a schedule and an alert: asked on its page, kept as asked."""

import re
from datetime import UTC, datetime
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import mail

from exports import jobs, scheduler
from exports.descriptions import describe_alert, describe_schedule
from exports.models import Alert, Export, Schedule
from exports.tests.books import fetched, opened, rows
from orders.tests.visitor import text

pytestmark = [pytest.mark.django_db, pytest.mark.once]

QUESTION = (
    "/explore/?measures=revenue,orders&rows=category&columns=month&where=country:is:Germany"
    "&sort=-revenue@2026-02&start=2026-02-01&end=2026-03-31"
)
PARAMETERS = {
    "measures": ["revenue,orders"], "rows": ["category"], "columns": ["month"],
    "where": ["country:is:Germany"], "sort": ["-revenue@2026-02"],
}  # fmt: skip


@pytest.fixture(autouse=True)
def _now(time_machine):
    time_machine.move_to(datetime(2026, 3, 31, 7, tzinfo=UTC), tick=False)


@pytest.fixture
def anna(visitor):
    anna = visitor("analyst")
    type(anna.user).objects.filter(pk=anna.user.pk).update(email_verified=True)
    return anna


def fields_of(page) -> dict:
    """What a form sends that nobody changes: the hidden fields and the options that are chosen."""
    form = page.content.decode().split('<form class="stack"')[1]
    hidden = re.findall('<input type="hidden" name="([^"]*)"(?: value="([^"]*)")?', form)
    found = {name: unescape(value) for name, value in hidden}
    for name, options in re.findall('<select name="([^"]*)".*?>(.*?)</select>', form, re.DOTALL):
        if chosen := re.findall('<option value="([^"]*)" selected', options):
            found[name] = chosen
    return {name: value for name, value in found.items() if name != "csrfmiddlewaretoken"}


def action(anna, label: str) -> str:
    page = anna.opens(QUESTION).content.decode()
    icon = r"(?:<svg[^>]*><use[^>]*></svg>)?\s*"
    [link] = re.findall(f'href="([^"]*)">{icon}{label}</a>', page)
    return unescape(link)


def test_an_export_has_the_question(anna, sold):
    page = anna.opens(action(anna, "PDF"))
    assert "Measures: revenue,orders · Rows: category · Columns: month" in text(page)
    asked = fields_of(page) | {"format": "xlsx", "start": "2026-02-01", "end": "2026-03-31"}
    anna.sends("/exports/", **asked)
    export = Export.objects.get()
    assert {name: export.parameters[name] for name in PARAMETERS} == PARAMETERS
    jobs.make(export.pk)
    export.refresh_from_db()
    assert (export.state, export.error) == ("done", "")
    assert export.name == "explore-2026-02-01-2026-03-31.xlsx"


@pytest.mark.parametrize("path", ["/exports/", "/api/explore.xlsx"])
def test_a_workbook_defines_what_is_compared(api, sold, path):
    asked = {"measures": "revenue", "columns": "month", "compare": "previous_period",
             "start": "2026-03-01", "end": "2026-03-31"}  # fmt: skip
    if path == "/exports/":
        body = {"reports": ["explore"], "parameters": asked, "format": "xlsx"}
        pk = api.post("/api/exports/", body).json()["id"]
        jobs.make(pk)
        path, asked = f"/api/exports/{pk}/file/", {}
    book = opened(fetched(api, path, **asked))
    words = dict(row[:2] for row in rows(book, book.sheetnames[-1]))
    assert words["Net sales before"] == "Net sales of the earlier period."
    assert words["Net sales growth"].startswith("Change ÷ Net sales of the earlier period")
    assert "Net sales" in words


def test_a_schedule_sends_the_answer_as_its_page_shows_it(anna, sold, time_machine):
    page = anna.opens(action(anna, "Schedule"))
    more = {"name": "Germany", "rhythm": "daily", "at": "08:00", "period": "90"}
    fields = fields_of(page) | more
    anna.sends("/exports/schedules/", **fields, recipients=anna.user.email)
    schedule = Schedule.objects.get()
    assert schedule.parameters == PARAMETERS
    words = "Net sales and orders by category and month of the last 90 days including today"
    assert describe_schedule(schedule).startswith(
        f"{words}, where country is Germany as Excel, every day"
    )
    time_machine.move_to(datetime(2026, 3, 31, 8, 1, tzinfo=UTC), tick=False)
    scheduler.tick()
    [(_name, content, _kind)] = mail.outbox[0].attachments
    book = opened(content)
    assert rows(book, book.sheetnames[0])[:3] == [
        ("Category", "2026-01 Net sales", "2026-01 Orders", "2026-02 Net sales", "2026-02 Orders",
         "2026-03 Net sales", "2026-03 Orders", "Net sales", "Orders"),
        ("Uncategorised", 0, 0, 50, 1, 25, 1, 75, 2),
        ("Mugs", 0, 0, 0, 0, 50, 2, 50, 2),
    ]  # fmt: skip


def test_an_alert_watches_a_measure_of_the_question(anna, sold, shop):
    page = anna.opens(action(anna, "Alert"))
    assert "New alert: Net sales and orders by category and month" in text(page)
    assert re.findall('<option value="(orders|aov)"', page.content.decode()) == ["orders"]
    more = {"name": "Few", "column": "orders", "test": "below", "limit": "3", "period": "month"}
    fields = fields_of(page) | more
    anna.sends("/exports/alerts/", **fields, recipients=anna.user.email)
    alert = Alert.objects.get()
    assert alert.parameters == PARAMETERS
    assert describe_alert(alert) == (
        "Orders (Net sales and orders by category and month) of this month, where country is "
        "Germany is below 3."
    )
    scheduler.check_alerts()
    assert mail.outbox[0].body.startswith(
        "Net sales and orders by category and month: Orders of 2026-03-01 to 2026-03-31 is 2, "
        "below 3."
    )
    shop.sell((sold.mug, 1), on="2026-03-30")
    scheduler.check_alerts()
    assert Alert.objects.get().active_issues == {}


def test_a_report_leads_to_the_same_forms_with_its_conditions(anna, sold):
    asked = "where=weekday:is:Monday&start=2026-03-01"
    page = anna.opens(f"/reports/products/top/?{asked}").content.decode()
    [link] = map(unescape, re.findall('href="(/exports/schedules/[?][^"]*)"', page))
    form = fields_of(anna.opens(link))
    assert parse_qs(form["others"]) == {"where": ["weekday:is:Monday"]}
    assert form["reports"] == ["products/top"]
    assert urlsplit(link).fragment == "new-title"


def test_what_no_report_knows_is_not_kept(anna):
    page = anna.opens("/exports/schedules/?reports=explore&rows=country&page=1&luck=7")
    assert parse_qs(fields_of(page)["others"]) == {"rows": ["country"]}
