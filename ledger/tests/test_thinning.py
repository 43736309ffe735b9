"""How many states of the ledger are kept, what each costs, and when their files go."""

import os
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from analytics.predictions.models import Fit
from ledger import build
from ledger.models import LedgerFile, Snapshot
from ledger.thinning import period_of, tidy, unwanted_numbers
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


def left(states: dict[int, object], now) -> dict[int, object]:
    """The states that thinning out leaves of these."""
    unwanted = unwanted_numbers(sorted(states.items(), reverse=True), now)
    return {number: states[number] for number in states.keys() - set(unwanted)}


def every(step: timedelta, days: int) -> dict[int, object]:
    return {n: START + n * step for n in range(days * DAY // step)}


@pytest.mark.once
def test_a_year_with_a_sale_a_minute_keeps_some_hundred_states_beside_those_of_the_day(settings):
    states, end = every(timedelta(minutes=1), 365), START + 365 * DAY - timedelta(seconds=1)
    assert len(states) == 525_600

    def kept(keep_days):
        settings.LEDGER_KEEP_DAYS = keep_days
        since = (364 - keep_days) * 1440  # nothing older is looked at, to be quick
        recent = {n: time for n, time in states.items() if n >= since}
        found = [end - created_at for created_at in left(recent, end).values()]
        day, week, quarter = (sum(age < n * DAY for age in found) for n in (1, 7, 92))
        return day, week - day, quarter - week, len(found) - quarter

    # All of the day, 24 of each other day of the week, one a day of the quarter, one a month, and
    # one from before: there is none before a year's first state.
    assert kept(365) == (1440, 6 * 24, 85, 9)
    assert kept(30) == (1440, 6 * 24, 23 + 1, 0)
    assert kept(2) == (1440, 24 + 1, 0, 0)
    assert kept(1) == (1440, 1, 0, 0)


@pytest.mark.once
def test_thinned_out_often_or_once_states_of_the_same_periods_are_kept(settings):
    settings.LEDGER_KEEP_DAYS = 150
    states, often, new = every(2 * HOUR, 200), {}, 0
    for hour in range(6, 200 * 24 + 1, 6):
        now = START + hour * HOUR
        while new in states and states[new] < now:
            often[new] = states[new]
            new += 1
        often = left(often, now)
    periods = [
        {period_of(n, created_at, now) for n, created_at in kept.items()}
        for kept in (often, left(states, now))
    ]
    assert periods[0] == periods[1]
    assert len(often) == len(periods[0])


def test_a_year_of_states_and_their_files_in_the_books(folder, settings):
    settings.LEDGER_KEEP_DAYS = 365
    states = list(every(6 * HOUR, 399).values())
    with time_machine.travel(START, tick=False) as clock:
        for week in range(57):
            add_states(folder, states[28 * week : 28 * (week + 1)])
            clock.move_to(START + (week + 1) * 7 * DAY)
            tidy()
        clock.shift(HOUR)  # the files that were in use until now go
        tidy()
    numbered = dict(enumerate(states, 1))
    kept = dict(Snapshot.objects.values_list("number", "created_at"))
    assert (kept.items() <= numbered.items(), len(kept)) == (True, 3 + 6 * 4 + 86 + 10 + 1)
    whole_days = {(START + n * DAY).date() for n in range(399 - 92, 399)}
    assert {created_at.date() for created_at in kept.values()} >= whole_days
    assert {n for s in Snapshot.objects.all() for n in s.files.values()} == on_disk(folder)
    assert set(LedgerFile.objects.values_list("name", flat=True)) == on_disk(folder)
    assert len(on_disk(folder)) == 2 * len(kept)


def on_disk(folder) -> set[str]:
    return {path.name for path in folder.glob("*.*")}


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
        assert on_disk(folder) == set(Snapshot.objects.get().files.values())


def test_a_sale_and_a_question_cost_three_rows(shop):
    mug = shop.product("mug")
    for month in range(1, 13):
        shop.sell((mug, 1), on=f"2025-{month:02}-05")
    first = build.current()
    before = LedgerFile.objects.count()
    assert before == len(first.parts) == 29  # two for each month, and five others
    shop.sell((mug, 1), on="2025-12-06")
    second = build.current()
    assert LedgerFile.objects.count() == before + 3  # lines, orders, inventory
    assert (len(second.parts), first.parts.keys()) == (29, second.parts.keys())
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
