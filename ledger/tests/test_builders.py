"""Builders at once, killed ones, and readers meanwhile: never half a state, never a lost change."""

import shutil
import signal
from decimal import Decimal as D

import pytest
from django.conf import settings
from django.db import transaction

from analytics.tests.forks import Forks
from ledger import book_reader, build, sources, thinning
from ledger.book_files import BookFiles
from ledger.models import Dirty, Snapshot
from ledger.tests.builders import (
    FEBRUARY,
    JANUARY,
    die_at,
    empty_ledger,
    on_another_connection,
    revenue,
    sell_and_take_back,
)
from orders.tests.shop import Shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(transactional_db):
    empty_ledger()
    return Shop()


@pytest.fixture(scope="module")
def forks(django_db_setup):
    with Forks() as forks:
        yield forks


# Killed


def build_and_die(function: str, call: int):
    """A builder that is killed when it calls a function for the n-th time."""
    die_at(function, call)
    build.build()


@pytest.mark.parametrize(
    ("function", "call", "orphans", "done"),
    [
        ("ledger.build.open_books", 1, 0, False),
        ("ledger.book_files.BookFiles.write", 1, 0, False),  # it has read what changed
        ("os.fsync", 1, 1, False),
        ("pathlib.Path.rename", 2, 2, False),
        ("ledger.book_files.BookFiles.write_month", 2, 2, False),
        ("ledger.files.Writer.fsync_directory", 1, 5, False),
        ("ledger.build.commit", 1, 5, False),
        ("django.db.models.query.QuerySet.delete", 1, 5, False),  # the snapshot is inserted
        ("ledger.files.Writer.keep", 1, 0, True),
    ],
)
def test_a_killed_builder_loses_nothing(shop, forks, monkeypatch, function, call, orphans, done):
    mug = shop.product("mug")
    shop.sell((mug, 1), on=JANUARY)
    before = build.current(0)
    shop.sell((mug, 2), on=JANUARY)
    shop.sell((mug, 4), on=FEBRUARY)
    assert forks.run(build_and_die, function, call) == -signal.SIGKILL
    assert Snapshot.objects.newest().number == before.number + done
    assert orphaned() == orphans
    assert revenue(build.current(0)) == {"orders/2026-01": D(30), "orders/2026-02": D(40)}
    assert not Dirty.objects.exists()
    assert (thinning.tidy(), orphaned()) == (0, orphans)
    monkeypatch.setattr(thinning, "GRACE", -1)
    assert (thinning.tidy(), orphaned()) == (orphans, 0)
    assert revenue(before) == {"orders/2026-01": D(10)}


def orphaned() -> int:
    named = {name for snapshot in Snapshot.objects.all() for name in snapshot.files.values()}
    files = {path.name for path in settings.LEDGER_FOLDER.glob("*.*")}
    return len(files - named)


# At once


def test_the_slower_of_two_builders_begins_again(shop, monkeypatch):
    mug = shop.product("mug")
    shop.sell((mug, 1), on=JANUARY)
    build.build()
    shop.sell((mug, 2), on=JANUARY)
    commit, faster = build.commit, []

    def overtaken(*arguments):
        if not faster:
            faster.append(None)
            shop.sell((mug, 4), on=FEBRUARY)
            faster.append(build.build())
        return commit(*arguments)

    monkeypatch.setattr(build, "commit", overtaken)
    slower = build.build()
    assert (faster[1].number, slower.number) == (2, 2)
    assert revenue(slower) == {"orders/2026-01": D(30), "orders/2026-02": D(40)}
    assert (orphaned(), Dirty.objects.count()) == (0, 0)


def test_a_builder_that_finds_its_work_done_gives_what_the_other_made(shop, monkeypatch):
    shop.sell((shop.product("mug"), 1), on=JANUARY)
    write_changes, faster = build.write_changes, []

    def overtaken(*arguments):
        if not faster:
            faster.append(None)
            faster.append(build.build())
        return write_changes(*arguments)

    build.build()
    shop.sell((shop.product("pan"), 2), on=JANUARY)
    monkeypatch.setattr(build, "write_changes", overtaken)
    assert build.build() == faster[1]
    assert revenue(faster[1]) == {"orders/2026-01": D(30)}


def test_a_builder_that_always_loses_says_so(shop, monkeypatch):
    shop.sell((shop.product("mug"), 1), on=JANUARY)
    monkeypatch.setattr(build, "commit", lambda *_: None)
    monkeypatch.setattr(build, "TRIES", 3)
    with pytest.raises(build.Busy):
        build.current(0)
    assert orphaned() == 0


@pytest.mark.parametrize("extension", [True, False])
def test_what_is_committed_while_the_books_are_read_is_taken_later_and_whole(
    shop, monkeypatch, extension
):
    if not extension:
        monkeypatch.setattr(book_reader, "extension_file", lambda: None)
    mug = shop.product("mug")
    shop.sell((mug, 1), on=JANUARY)
    shop.sell((mug, 1), on=FEBRUARY)
    build.current(0)
    shop.sell((mug, 2), on=JANUARY)  # so that the builder has January to read

    def both_months():
        with transaction.atomic():
            shop.sell((mug, 4), on=JANUARY)
            shop.sell((mug, 8), on=FEBRUARY)

    with monkeypatch.context() as patch:
        write = BookFiles.write

        def too_late(*arguments):
            on_another_connection(both_months)
            return write(*arguments)

        patch.setattr(BookFiles, "write", too_late)
        meanwhile = build.current(0)
    assert revenue(meanwhile) == {"orders/2026-01": D(30), "orders/2026-02": D(10)}
    assert revenue(build.current(0)) == {"orders/2026-01": D(70), "orders/2026-02": D(90)}


def test_readers_among_many_writers_and_builders_see_whole_states(shop, forks, ask):
    mug = shop.product("mug")
    sell_and_take_back(mug.pk, shop.anna.pk, 1)
    writers = [forks.start(sell_and_take_back, mug.pk, shop.anna.pk, 5) for _ in range(3)]
    seen = {}
    for _ in range(8):
        answer = ask("revenue/monthly")
        seen[answer.snapshot.number] = answer.rows
        sold, returned = answer.rows
        assert (sold["revenue"], sold["orders"]) == (returned["returns"], sold["revenue"] / 10)
    assert [forks.end(writer) for writer in writers] == [0, 0, 0]
    build.current(0)
    numbers = Snapshot.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, len(numbers) + 1))
    assert revenue(Snapshot.objects.newest()) == {
        "orders/2026-01": D(160), "orders/2026-02": D(-160)
    }  # fmt: skip
    assert {sum(revenue(snapshot).values()) for snapshot in Snapshot.objects.all()} == {0}
    assert {number: ask("revenue/monthly", snapshot=number).rows for number in seen} == seen


# Files that somebody removed


def test_a_file_that_is_gone_is_written_again(shop):
    shop.sell((shop.product("mug"), 1), on=JANUARY)
    shop.sell((shop.product("pan"), 2), on=FEBRUARY)
    whole = build.current(0)
    (settings.LEDGER_FOLDER / whole.files["orders/2026-01"]).unlink()
    mended = build.current(0)
    assert revenue(mended) == {"orders/2026-01": D(10), "orders/2026-02": D(20)}
    changed = {part for part in whole.files if whole.files[part] != mended.files[part]}
    assert changed == {"orders/2026-01", "lines/2026-01"}


def test_a_ledger_without_its_folder_is_written_again(shop, rows):
    shop.sell((shop.product("mug"), 1), on=JANUARY)
    before = rows("revenue/monthly")
    shutil.rmtree(settings.LEDGER_FOLDER)
    assert rows("revenue/monthly") == before


def test_what_was_written_by_other_rules_is_written_again(shop, monkeypatch):
    shop.sell((shop.product("mug"), 1), on=JANUARY)
    old = build.current(0)
    assert build.current(0) == old

    monkeypatch.setattr(sources, "schema_version", lambda: "12345678")
    new = build.current(0)
    assert set(old.files) == set(new.files)
    assert set(old.files.values()).isdisjoint(new.files.values())
