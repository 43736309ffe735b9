"""While the ledger is built, readers are answered from the last finished state, which says so."""

import fcntl
import os
import signal
import time
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from analytics.tests.forks import Forks
from ledger import background, build, build_turn
from ledger.book_files import BookFiles
from ledger.models import Dirty, Snapshot
from ledger.tests.builders import empty_ledger
from orders.tests.shop import Shop

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/api/revenue/monthly/"


@pytest.fixture
def sold(transactional_db, settings):
    """A shop with a finished state of the ledger, and a sale that is not in it."""
    settings.LEDGER_PATIENCE = 0.1
    empty_ledger()
    shop = Shop()
    shop.sell((shop.product("mug"), 1), on="2026-03-05")
    build.current(0)
    shop.sell((shop.product("pan"), 1), on="2026-03-06")
    return shop


@pytest.fixture(scope="module")
def forks(django_db_setup):
    with Forks() as forks:
        yield forks


@pytest.fixture
def slow_build(monkeypatch, settings):
    """A build that comes to its end behind the block."""
    write = BookFiles.write

    @contextmanager
    def block():
        go_on = Event()

        def slow(*arguments):
            go_on.wait(60)
            return write(*arguments)

        monkeypatch.setattr(BookFiles, "write", slow)
        try:
            yield
        finally:
            go_on.set()
            background.builder(os.getpid()).running[1].result(60)
            settings.LEDGER_PATIENCE = 30

    return block


def orders_of(answer) -> int:
    return answer.json()["totals"]["orders"]


def test_an_answer_says_how_far_it_is_behind_the_books(sold, api, slow_build):
    with slow_build():
        old = api.get(PATH)
        assert (orders_of(old), old.json()["snapshot"]) == (1, 1)
        assert old.json()["behind_s"] == int(old["Age"]) >= 1
        as_of = datetime.fromisoformat(old.json()["as_of"])
        assert as_of == Snapshot.objects.get(number=1).created_at
        assert as_of < Dirty.objects.since()
    new = api.get(PATH, HTTP_IF_NONE_MATCH=old["ETag"])
    assert (new.status_code, orders_of(new), new.json()["behind_s"]) == (200, 2, 0)
    assert "Age" not in new
    assert api.get(PATH, HTTP_IF_NONE_MATCH=new["ETag"]).status_code == 304


def test_the_age_is_that_of_the_first_change_and_is_not_remembered(sold, api, slow_build):
    with slow_build():
        ages = []
        for seconds in (10, 70):
            Dirty.objects.update(changed_at=timezone.now() - timedelta(seconds=seconds))
            ages.append(api.get(PATH).json()["behind_s"])
    assert 10 < ages[0] < 60 < 70 < ages[1]


def test_other_formats_say_it_in_a_header_or_a_line(sold, api, slow_build):
    with slow_build():
        csv, text = (api.get(f"/api/revenue/monthly.{name}") for name in ("csv", "text"))
        assert int(csv["Age"]) >= 1
        as_of = Snapshot.objects.get(number=1).created_at
        line = f"As of {as_of:%Y-%m-%d %H:%M:%S}: the books have changed since."
        assert text.content.decode().splitlines()[3] == line
        marks = {api.get("/api/revenue/monthly.csv")["ETag"], csv["ETag"]}
        assert len(marks) == 1  # the file itself does not show its age
    assert "As of" not in api.get("/api/revenue/monthly.text").content.decode()


def test_a_snapshot_that_was_asked_for_is_not_behind(sold, api):
    answer = api.get(PATH, {"snapshot": 1})
    assert (orders_of(answer), answer.json()["behind_s"]) == (1, None)
    assert "Age" not in answer


def test_a_state_that_is_young_enough_says_that_it_is_behind(sold, api, settings):
    settings.LEDGER_MAX_AGE = 600
    answer = api.get(PATH)
    assert (orders_of(answer), answer.json()["behind_s"] >= 1) == (1, True)


@pytest.mark.parametrize("path", ["/", "/reports/revenue/monthly/", "/orders/"])
def test_a_page_says_that_it_is_behind_and_loads_itself_again(sold, api, slow_build, path):
    browser = Client()
    browser.force_login(api.user)
    poll = "/snapshots/1/newer/"
    with slow_build():
        for _ in range(2):
            page = browser.get(path).content.decode()
            as_of = Snapshot.objects.get(number=1).created_at
            assert f"The books have changed since {as_of:%-d %b %Y %H:%M:%S}. Refreshing…" in page
            assert f'hx-get="{poll}"' in page
            assert "htmx-2" in page
        assert browser.get(poll).status_code == 204
    answer = browser.get(poll)
    assert (answer.status_code, answer["HX-Refresh"]) == (200, "true")
    page = browser.get(path).content.decode()
    assert "The books have changed" not in page
    assert "htmx-2" not in page


def test_a_page_that_asks_for_a_newer_state_has_it_built(sold, api):
    browser = Client()
    browser.force_login(api.user)
    assert browser.get("/snapshots/1/newer/").status_code == 204
    background.builder(os.getpid()).running[1].result(60)
    assert Snapshot.objects.newest().number == 2
    assert "HX-Refresh" in browser.get("/snapshots/1/newer/")
    # Who sells all the time would otherwise see the page load again and again.
    assert browser.get("/snapshots/1/newer/").status_code == 204
    browser.cookies.clear()
    browser.force_login(api.user)
    assert "HX-Refresh" in browser.get("/snapshots/1/newer/")


def test_jobs_and_commands_wait_for_the_newest_state(sold, ask, settings):
    settings.LEDGER_PATIENCE = 0
    assert ask("revenue/monthly").snapshot.number == 1
    assert background.snapshot_within_patience(background.PATIENCE_OF_JOBS).number == 2


# One at a time


def build_and_stop():
    """A builder that is stopped while it has the turn."""
    BookFiles.write = lambda *_: os.kill(os.getpid(), signal.SIGSTOP)
    build.current(0)


@pytest.fixture
def stopped(sold, forks, settings):
    process = forks.start(build_and_stop)
    while not is_locked(settings.LEDGER_FOLDER):
        time.sleep(0.01)
    yield process
    os.kill(process, signal.SIGKILL)
    forks.end(process)


def is_locked(path) -> bool:
    folder = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(folder)
    return False


def test_readers_wait_no_longer_for_the_build_of_another_process(stopped, ask, settings):
    answer = ask("revenue/monthly")
    assert (answer.snapshot.number, answer.snapshot.behind_s >= 1) == (1, True)
    os.kill(stopped, signal.SIGKILL)
    settings.LEDGER_PATIENCE = 30
    background.builder(os.getpid()).running[1].result(60)
    assert ask("revenue/monthly").snapshot.number == 2


def test_a_builder_that_hangs_is_not_waited_for_without_end(stopped, monkeypatch, caplog):
    monkeypatch.setattr(build_turn, "LONGEST_TURN", 0.1)
    assert build.current(0).number == 2
    assert "has not ended for 0.1 seconds" in caplog.text


def test_a_build_takes_over_what_another_one_has_made_meanwhile(sold, monkeypatch):
    write, written = BookFiles.write, []
    monkeypatch.setattr(BookFiles, "write", lambda *given: written.append(1) or write(*given))
    with build_turn.build_turn():
        waiting = background.builder(os.getpid()).running_build()[1]
        made = build.build()
        assert not waiting.done()
    assert (waiting.result(60), written) == (made, [1])


def test_in_a_transaction_nobody_waits_for_a_turn(stopped):
    with transaction.atomic():
        assert build.current(0).number == 2
