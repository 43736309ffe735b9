"""How many states of the ledger are kept, what each costs, and when their files go."""

import os
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from analytics.predictions.models import Fit
from ledger import build
from ledger.models import LedgerFile, Snapshot
from ledger.thinning import tidy
from orders.tests.shop import at

START = at("2026-03-01 00:00")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def folder(db):
    """The ledger's, with nothing in it."""
    settings.LEDGER_FOLDER.mkdir(exist_ok=True)
    for path in settings.LEDGER_FOLDER.glob("*.*"):
        path.unlink()
    return settings.LEDGER_FOLDER


def add_states(folder, times: list) -> None:
    """A state at each of these times, in which two files were written anew."""
    newest = Snapshot.objects.newest()
    begin = newest.number + 1 if newest else 1
    numbered = list(enumerate(times, begin))
    LedgerFile.objects.filter(last=None).update(last=begin - 1)
    files = []
    for number, _ in numbered:
        last = None if number == numbered[-1][0] else number
        for part in "lines/2026-03", "orders/2026-03":
            name = f"{part.replace('/', '-')}-{number}.parquet"
            files.append(LedgerFile(part=part, name=name, first=number, last=last))
            (folder / name).touch()
    Snapshot.objects.bulk_create(Snapshot(number=n, created_at=time) for n, time in numbered)
    LedgerFile.objects.bulk_create(files, batch_size=300)


def ages(now) -> dict[str, int]:
    """How many of the kept states are of the last day, of the week before, and older."""
    found = [now - created for created in Snapshot.objects.values_list("created_at", flat=True)]
    day, week = (sum(age < limit for age in found) for limit in (DAY, 7 * DAY))
    return {"day": day, "week": week - day, "older": len(found) - week}


def test_a_month_with_a_sale_every_quarter_hour_keeps_some_hundred_states(folder, settings):
    settings.LEDGER_KEEP_DAYS = 30
    with time_machine.travel(START, tick=False) as clock:
        for _ in range(35 * 2):  # twice a day
            start = timezone.now()
            add_states(folder, [start + n * timedelta(minutes=15) for n in range(48)])
            clock.move_to(start + 12 * HOUR - timedelta(seconds=1))
            tidy()
            clock.move_to(start + 12 * HOUR)
        # Of 3,360 states in 35 days: all 96 of the last day, 24 of each other day of the week, one
        # of each day after that, and the one that was the newest thirty days ago.
        assert ages(timezone.now() - timedelta(seconds=1)) == {"day": 96, "week": 144, "older": 24}
    used = set(LedgerFile.objects.filter(unused_since=None).values_list("name", flat=True))
    named = {name for snapshot in Snapshot.objects.all() for name in snapshot.files.values()}
    assert (used, len(used)) == (named, 2 * Snapshot.objects.count())
    known = set(LedgerFile.objects.values_list("name", flat=True))
    assert known == {path.name for path in folder.glob("*.*")}


def test_of_each_hour_and_of_each_day_the_last_state_is_kept(folder):
    times = [START + timedelta(minutes=20 * n) for n in range(9)]
    with time_machine.travel(START, tick=False) as clock:
        add_states(folder, times)
        clock.move_to(START + 2 * DAY)
        tidy()
        assert sorted(Snapshot.objects.values_list("number", flat=True)) == [3, 6, 9]
        clock.move_to(START + 8 * DAY)
        tidy()
        assert sorted(Snapshot.objects.values_list("number", flat=True)) == [9]


def test_a_running_reader_keeps_the_files_of_a_state_that_was_thinned_out(folder):
    with time_machine.travel(START, tick=False) as clock:
        add_states(folder, [START, START + timedelta(minutes=1)])
        for path in folder.glob("*.*"):
            os.utime(path, (0, 0))
        clock.move_to(START + 2 * DAY)
        reader = Snapshot.objects.get(number=1)
        assert (tidy(), Snapshot.objects.count()) == (0, 1)
        assert set(reader.files) == {"lines/2026-03", "orders/2026-03"}
        assert all((folder / name).exists() for name in reader.files.values())
        clock.shift(timedelta(minutes=59))
        assert tidy() == 0
        clock.shift(timedelta(minutes=1))
        assert tidy() == 2
        assert {path.name for path in folder.glob("*.*")} == set(
            Snapshot.objects.get().files.values()
        )


def test_a_sale_and_a_question_cost_three_rows(shop):
    mug = shop.product("mug")
    for month in range(1, 13):
        shop.sell((mug, 1), on=f"2025-{month:02}-05")
    first = build.current()
    before = LedgerFile.objects.count()
    assert before == len(first.parts) == 28  # two for each month, and four others
    shop.sell((mug, 1), on="2025-12-06")
    second = build.current()
    assert LedgerFile.objects.count() == before + 3  # lines, orders, inventory
    assert (len(second.parts), first.parts.keys()) == (28, second.parts.keys())
    changed = {part for part in first.parts if first.parts[part] != second.parts[part]}
    assert changed == {"lines/2025-12", "orders/2025-12", "inventory"}


def test_a_fit_goes_when_no_kept_state_has_it(folder):
    with time_machine.travel(START, tick=False) as clock:
        add_states(folder, [START + timedelta(minutes=n) for n in range(4)])
        token = Snapshot.objects.get(number=1).token
        for number in 1, 2, 4:
            Fit.objects.create(
                name="churn", used_from=number, read_from=1, read_from_token=token, seconds=1,
                is_refusal=False, words="",
            )  # fmt: skip
        clock.move_to(START + timedelta(minutes=5))
        tidy()
        assert [fit.used_from for fit in Fit.objects.order_by("used_from")] == [1, 2, 4]
        clock.move_to(START + 2 * DAY)
        tidy()
        assert [fit.used_from for fit in Fit.objects.all()] == [4]


@pytest.mark.django_db(transaction=True)
def test_states_of_the_version_before_come_along():
    lists = {
        3: {"customers": "c1", "lines/2026-03": "l1", "orders/2026-03": "o1"},
        4: {"customers": "c1", "lines/2026-03": "l2", "orders/2026-03": "o2", "leaving": "f1"},
        6: {"customers": "c1", "leaving": "f1"},
        7: {"customers": "c2", "lines/2026-03": "l3", "orders/2026-03": "o2"},
    }
    executor = MigrationExecutor(connection)
    leaves = [
        key for key in executor.loader.graph.leaf_nodes() if key[0] in ("analytics", "ledger")
    ]
    executor.migrate([("analytics", "0003_tables_of_fits")])
    Old = executor.loader.project_state([("analytics", "0003_tables_of_fits")]).apps.get_model(
        "analytics", "Snapshot"
    )
    try:
        Old.objects.bulk_create(Old(number=n, files=files) for n, files in lists.items())
    finally:
        MigrationExecutor(connection).migrate(leaves)
    assert {snapshot.number: snapshot.files for snapshot in Snapshot.objects.all()} == lists
    assert LedgerFile.objects.filter(last=None).count() == 3
