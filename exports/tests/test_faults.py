"""What goes wrong around the program has one status on the API and on pages, and words in jobs."""

import sqlite3
from contextlib import closing
from datetime import time

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client

from analytics.faces import rendering
from catalog.models import Product, Tag
from core import database_errors, health, problems
from exports import jobs, mailer, scheduler
from exports.models import Alert, Email, Export, Schedule, Sending
from imports.tests.visitor import Visitor

PROBLEM = "application/problem+json"
CALLS = (
    "/api/revenue/monthly/",
    "/api/analytics/sales/?type=churn_rate",
    "/api/purchases/kpis/",
    "/api/export-sales/03/2026/",
)
PAGES = ("/", "/orders/", "/reports/revenue/monthly/")


@pytest.fixture
def busy(shop, monkeypatch):
    """Other builders of the ledger are always faster."""
    shop.sell((shop.product("mug"), 1), on="2026-03-09")
    with monkeypatch.context() as patch:
        patch.setattr("ledger.build.TRIES", 0)
        yield patch


@pytest.fixture
def browser(api):
    return Visitor(api.user).client


def unavailable(answer):
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    return answer


@pytest.mark.parametrize("address", CALLS)
def test_a_call_that_finds_the_ledger_busy_is_told_when_to_come_again(api, busy, address):
    answer = unavailable(api.get(address))
    assert answer["Content-Type"] == PROBLEM
    assert answer.json()["detail"] == ("The books are changing too fast to be read. Try again.")


@pytest.mark.parametrize("address", PAGES)
def test_a_page_that_finds_the_ledger_busy_says_when_to_come_again(browser, busy, address):
    page = unavailable(browser.get(address)).content.decode()
    assert "The books are changing too fast to be read. Try again." in page


def test_pages_of_one_thing_say_so_too(browser, busy, shop):
    product = Product.objects.get()
    unavailable(browser.get(f"/products/{product.pk}/"))
    unavailable(browser.get(f"/customers/{shop.anna.pk}/"))


def test_an_alert_that_cannot_be_checked_now_is_not_kept(api, busy):
    body = {
        "name": "Watch", "about": "report", "report": "analytics/kpis", "column": "revenue",
        "test": "below", "limit": "20", "period": "7", "recipients": [api.user.email],
    }  # fmt: skip
    type(api.user).objects.update(email_verified=True)
    unavailable(api.post("/api/alerts/", body))
    assert not Alert.objects.exists()


def test_a_picture_whose_turn_does_not_come_is_503(api, shop, monkeypatch):
    monkeypatch.setattr(rendering, "SECONDS", 0.05)
    shop.sell((shop.product("mug"), 1), on="2026-03-09")
    with rendering.renderer.lock:
        answer = unavailable(api.get("/api/revenue/by-hour.svg?start=2026-03-02"))
    assert answer.json()["detail"] == "Too many pictures are waiting: try again."


def test_an_export_waits_for_a_quieter_moment_and_fails_in_words_after_three(api, busy):
    export = Export.objects.create(user=api.user, reports=["revenue/monthly"], total=1)
    seen = []
    for _ in range(3):
        jobs.make(export.pk)
        export.refresh_from_db()
        seen.append((export.state, export.error))
    last = "The books are changing too fast to be read. Try again."
    assert seen == [("waiting", ""), ("waiting", ""), ("failed", last)]


def test_a_mailing_that_finds_the_ledger_busy_goes_later(api, busy, mailoutbox):
    schedule = Schedule.objects.create(
        user=api.user, name="Sales", reports=["revenue/monthly"], format="csv", period="30",
        rhythm="daily", at=time(6),
    )  # fmt: skip
    type(api.user).objects.update(email_verified=True)
    schedule.recipients.add(api.user)
    sending = scheduler.create_sending([api.user], schedule=schedule)
    mailer.send_waiting_emails()
    assert Sending.objects.get(pk=sending.pk).state == Sending.State.OPEN
    assert Email.objects.get().state == Email.State.WAITING
    busy.undo()
    mailer.send_waiting_emails()
    assert Sending.objects.get(pk=sending.pk).state == Sending.State.DONE
    assert len(mailoutbox) == 1


def test_an_alert_that_finds_the_ledger_busy_says_why(api, busy):
    Alert.objects.create(
        user=api.user, name="Watch", about="report", report="analytics/kpis", column="revenue",
        test="below", limit=20, period="7",
    )  # fmt: skip
    scheduler.check_alerts()
    assert Alert.objects.get().error == "The books are changing too fast to be read. Try again."


@pytest.mark.skipif(connection.vendor != "sqlite", reason="others do not lock all of it")
@pytest.mark.django_db(transaction=True)
def test_a_page_that_writes_while_the_books_are_locked_says_when_to_come_again(api, shop):
    browser, order = Visitor(api.user).client, shop.sell((shop.product("mug"), 1))
    with connection.cursor() as cursor:
        cursor.execute("pragma busy_timeout = 50")
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
        other.execute("begin immediate")
        page = unavailable(browser.post(f"/orders/{order.pk}/pay/"))
        # Here it is the session, in a middleware, that cannot be written.
        session = unavailable(Client(raise_request_exception=False).post(
            "/accounts/login/", {"username": api.user.email, "password": "x"}
        ))  # fmt: skip
        other.execute("rollback")
    for answer in (page, session):
        assert "The books are busy. Try again." in answer.content.decode()
    connection.close()


KILL = {
    "mysql": "KILL CONNECTION_ID()",
    "postgresql": "SELECT pg_terminate_backend(pg_backend_pid())",
}


@pytest.mark.skipif(connection.vendor not in KILL, reason="a file has no connection to kill")
@pytest.mark.django_db(transaction=True)
def test_a_killed_connection_is_503_and_the_next_request_has_a_new_one(api, shop, monkeypatch):
    from orders import services

    def killed(**_):
        with connection.cursor() as cursor:
            cursor.execute(KILL[connection.vendor])
            cursor.execute("SELECT 1")

    body = {"country": "DE", "items": [{"product": shop.product("mug").pk, "quantity": 1}]}
    with monkeypatch.context() as patch:
        patch.setattr(services, "place_order", killed)
        answer = unavailable(api.post("/api/orders/", body))
    assert answer.json()["detail"] == "The database cannot be reached. Try again."
    assert api.post("/api/orders/", body).status_code == 201


@pytest.mark.skipif(connection.vendor != "sqlite", reason="its pages can be counted")
def test_a_full_disk_is_507_in_words(api):
    with connection.cursor() as cursor:
        cursor.execute("pragma max_page_count = 1")  # it is as large as it may be
        try:
            answers = [
                api.post("/api/tags/", {"name": f"{number} {'x' * 40}"}) for number in range(400)
            ]
        finally:
            cursor.execute("pragma max_page_count = 1073741823")
    full = next(answer for answer in answers if answer.status_code != 201)
    assert (full.status_code, full["Content-Type"]) == (507, PROBLEM)
    assert "disk is full" in full.json()["detail"]


def test_files_that_find_no_room_count_as_a_full_disk():
    with pytest.raises(OSError, match="No space") as caught, open("/dev/full", "w") as file:
        file.write("x")
    assert database_errors.is_full(caught.value)
    assert problems.failure_message(caught.value, "") == (
        "The server's disk is full. Nothing was stored. Ask the administrator to free space."
    )


def test_a_disk_without_room_is_told_by_health(db, monkeypatch):
    monkeypatch.setattr(health, "FREE_BYTES", 2**62)
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (503, "failing")
    assert answer.json()["disk"] == "full"


@pytest.fixture
def without_redis(settings):
    """Redis is set, but nobody listens there."""
    settings.CACHE_URL = "redis://127.0.0.1:9/3"
    settings.CACHES = {
        "default": {
            "BACKEND": "core.redis_cache.RedisOrProcess",
            "LOCATION": "redis://127.0.0.1:9/3",
        }
    }
    yield
    cache.clear()


def test_without_redis_requests_are_still_answered_and_counted(api, without_redis, monkeypatch):
    rates = {"user": "2/min", "anon": None}
    monkeypatch.setattr("core.throttles.UserThrottle.THROTTLE_RATES", rates)
    assert [api.get("/api/tags/").status_code for _ in range(3)] == [200, 200, 429]


def test_health_tells_that_redis_is_gone_and_stays_open(db, without_redis):
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["cache"] == "failing"


def broken(*_, **__):
    """A row without what a column needs: no other writer is to blame for it."""
    with transaction.atomic():
        Tag.objects.bulk_create([Tag(name=None)])


def test_a_contradiction_of_our_own_making_is_500_and_in_the_log(api, monkeypatch, caplog):
    monkeypatch.setattr("catalog.api.TagViewSet.create", broken)
    assert api.post("/api/tags/", {"name": "x"}).status_code == 500
    assert any(r.exc_info and r.exc_info[0] is IntegrityError for r in caplog.records)


def test_a_lost_race_is_409_and_in_the_log(api, monkeypatch, caplog):
    Tag.objects.create(name="New")
    monkeypatch.setattr("rest_framework.validators.UniqueValidator.__call__", lambda *_: None)
    assert api.post("/api/tags/", {"name": "New"}).status_code == 409
    noted = [record for record in caplog.records if record.name == "ledgerlight.problems"]
    assert [(r.levelname, r.exc_info[0]) for r in noted] == [("WARNING", IntegrityError)]


@pytest.mark.django_db(transaction=True)
def test_each_kind_of_lost_race_is_known_on_each_database(shop):
    mug = shop.product("mug")
    Tag.objects.create(name="New")
    wrong = (
        lambda: Tag.objects.create(name="New"),
        lambda: Product.objects.filter(pk=mug.pk).update(price=-1),
        lambda: shop.sell((mug, 1)) and Product.objects.filter(pk=mug.pk)._raw_delete("default"),
    )
    for write in wrong:
        with pytest.raises(IntegrityError) as caught:
            write()
        assert database_errors.is_race(caught.value), caught.value
    with pytest.raises(IntegrityError) as caught:
        broken()
    assert not database_errors.is_race(caught.value)
