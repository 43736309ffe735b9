"""Nobody hangs while the books are locked, and a build that was cut off is made again."""

import time
from contextlib import contextmanager
from threading import Event, Thread

import pytest
from django.db import connection, transaction

from ledger import background, build
from ledger.book_files import BookFiles
from ledger.models import Snapshot
from ledger.tests.builders import on_another_connection
from orders.tests.shop import Shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sold(transactional_db):
    """A shop with a finished state of the ledger, and a sale that is not in it."""
    shop = Shop()
    shop.sell((shop.product("mug"), 1), on="2026-03-05")
    build.current(0)
    shop.sell((shop.product("pan"), 1), on="2026-03-06")
    return shop


@contextmanager
def locked_books():
    """Somebody else is about to write the next state, and does not come to an end."""
    held, release = Event(), Event()

    def hold():
        with transaction.atomic():
            newest = Snapshot.objects.newest()
            Snapshot.objects.create(number=newest.number + 1)
            held.set()
            release.wait(30)
            transaction.set_rollback(True)
        connection.close()

    thread = Thread(target=hold)
    thread.start()
    held.wait(30)
    try:
        yield
    finally:
        release.set()
        thread.join()


def test_while_the_books_are_locked_answers_come_from_the_last_state(sold, ask, settings, caplog):
    settings.LEDGER_PATIENCE = 0.3
    caplog.set_level("INFO", "ledgerlight.ledger")
    with locked_books():
        started = time.monotonic()
        answers = [ask("revenue/monthly") for _ in range(3)]
        assert time.monotonic() - started < 10
        assert [(a.snapshot.number, a.totals["orders"]) for a in answers] == [(1, 1)] * 3
        assert "Answered from snapshot 1: the build takes long." in caplog.text
    settings.LEDGER_PATIENCE = 30
    answer = ask("revenue/monthly")
    assert (answer.snapshot.number, answer.totals["orders"]) == (2, 2)


def test_the_next_answer_has_what_was_written_while_another_build_ran(sold, ask, monkeypatch):
    write, once = BookFiles.write, []

    def slow(*arguments):
        if not once:
            once.append(Thread(target=lambda: on_another_connection(sell_one_more)))
            once[0].start()
            once[0].join()
        return write(*arguments)

    def sell_one_more():
        sold.sell((sold.product("pot"), 1), on="2026-03-07")

    monkeypatch.setattr(BookFiles, "write", slow)
    first, second = ask("revenue/monthly"), ask("revenue/monthly")
    assert [a.totals["orders"] for a in (first, second)] == [2, 3]


def end_connection() -> None:
    """As a server does that is restarted, or its keeper."""
    own, end = {
        "mysql": ("select connection_id()", "kill {}"),
        "postgresql": ("select pg_backend_pid()", "select pg_terminate_backend({})"),
    }[connection.vendor]

    def execute(sql):
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone() if cursor.description else None

    (pid,) = execute(own)
    on_another_connection(lambda: execute(end.format(pid)))


def test_a_build_whose_connection_was_ended_is_made_again(sold, ask, monkeypatch):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has no connection that another could end")
    commit, calls = build.commit, []

    def cut_off(*arguments):
        calls.append(arguments)
        if len(calls) == 1:
            end_connection()
        return commit(*arguments)

    monkeypatch.setattr(build, "commit", cut_off)
    answer = ask("revenue/monthly")
    assert (answer.totals["orders"], len(calls)) == (2, 2)


def test_a_build_that_breaks_leaves_the_last_state_in_use(sold, ask, monkeypatch, caplog):
    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(build.Writer, "fsync_directory", full)
        answer = ask("revenue/monthly")
    assert (answer.snapshot.number, answer.totals["orders"]) == (1, 1)
    assert "no newer one could be built" in caplog.text
    assert "OSError" in caplog.text
    assert ask("revenue/monthly").totals["orders"] == 2
    assert background.builder.cache_info().currsize == 1
