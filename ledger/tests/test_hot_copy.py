"""The hot copy answers as Parquet does, and where it cannot, nobody notices but the log."""

import os
import signal
import time
from decimal import Decimal as D

import duckdb
import pytest
from django.conf import settings
from django.core.management import call_command

from analytics.tests.forks import Forks
from ledger import build, duckdb_engine, hot_copy, hot_writer
from ledger.duckdb_engine import Duck
from ledger.hot_writer import refresh_hot_copy
from ledger.models import Snapshot
from ledger.tests.builders import die_at
from orders.models import Order
from orders.tests.shop import Shop

pytestmark = pytest.mark.once

BY_MONTH = """
    select date_trunc('month', day) as month, sum(revenue) as revenue, count(*) as documents
    from "orders" group by month order by month
"""
UNITS = (
    'select sku, sum(units) as units from "lines" join "products" using (product_id) group by sku'
)
JANUARY, FEBRUARY, MARCH = "2026-01-31 22:30", "2026-02-01", "2026-03-31"


@pytest.fixture(autouse=True)
def looks_at_once(monkeypatch):
    monkeypatch.setattr(duckdb_engine, "LOOK_EVERY", 0)


@pytest.fixture
def sold(shop):
    """Something was sold in January, February and March."""
    shop.mug = shop.product("mug")
    for day in JANUARY, FEBRUARY, MARCH:
        shop.sell((shop.mug, 1), on=day)
    return shop


@pytest.fixture
def duck(sold):
    empty_hot_folder()
    return Duck(settings.LEDGER_FOLDER)


def empty_hot_folder():
    for path in hot_copy.copies_folder(settings.LEDGER_FOLDER).glob("*"):
        path.unlink()


def copied() -> Snapshot:
    state = build.current(0)
    refresh_hot_copy(is_hurried=True)
    return state


def copy_file():
    return hot_copy.newest_copy(settings.LEDGER_FOLDER)


def revenue(duck, snapshot) -> dict[str, tuple]:
    rows = duck.fetch(snapshot, BY_MONTH).to_pylist()
    return {f"{row['month']:%m}": (row["revenue"], row["documents"]) for row in rows}


def without_parquet(snapshot, *tables):
    for part, name in snapshot.files.items():
        if part.startswith(tables):
            (settings.LEDGER_FOLDER / name).unlink()


def sql_of(duck, snapshot, sql=BY_MONTH) -> str:
    return duck.hot.with_tables(snapshot, sql)


# The same rows


def test_a_state_that_was_copied_is_read_without_parquet(duck):
    state = copied()
    without_parquet(state, "orders", "lines", "products")
    once = (D(10), 1)
    assert revenue(duck, state) == {"01": once, "02": once, "03": once}
    assert duck.fetch(state, UNITS).to_pylist() == [{"sku": "mug", "units": 3}]
    assert sql_of(duck, state) == BY_MONTH


def test_a_month_that_changed_is_read_from_parquet_and_the_others_from_the_copy(duck, sold):
    copied()
    sold.sell((sold.mug, 2), on="2026-02-28 22:30")
    state = build.current(0)
    without_parquet(state, "orders/2026-01", "orders/2026-03", "lines/2026-01", "lines/2026-03")
    assert revenue(duck, state) == {"01": (D(10), 1), "02": (D(30), 2), "03": (D(10), 1)}
    assert duck.fetch(state, UNITS).to_pylist() == [{"sku": "mug", "units": 5}]
    assert sql_of(duck, state).count(".parquet") == 1


def test_a_month_without_sales_leaves_and_a_new_one_comes(duck, sold):
    copied()
    Order.objects.filter(placed_on__month=2).delete()
    sold.sell((sold.mug, 4), on="2026-04-01")
    state = build.current(0)
    expected = {"01": (D(10), 1), "03": (D(10), 1), "04": (D(40), 1)}
    assert revenue(duck, state) == expected
    copied()
    without_parquet(state, "orders")
    assert revenue(duck, state) == expected


def test_an_older_state_keeps_its_answer_beside_a_newer_copy(duck, sold):
    before = copied()
    sold.sell((sold.mug, 2), on=MARCH)
    after = copied()
    assert revenue(duck, before)["03"] == (D(10), 1)
    assert revenue(duck, after)["03"] == (D(30), 2)


def test_a_table_that_changed_is_read_from_parquet(duck, sold):
    copied()
    sold.mug.sku = "cup"
    sold.mug.save()
    assert duck.fetch(build.current(0), UNITS).to_pylist() == [{"sku": "cup", "units": 3}]


def test_states_that_share_nothing_with_the_copy_are_read_from_parquet(duck):
    copied()
    state = build.build(full=True)
    assert revenue(duck, state)["02"] == (D(10), 1)
    assert "main." not in sql_of(duck, state)


def test_a_copy_of_empty_books(duck):
    Order.objects.all().delete()
    assert revenue(duck, copied()) == {}


def test_batches_are_read_from_the_copy_too(duck):
    state = copied()
    without_parquet(state, "orders")
    batches = duck.reader(state, 'select number from "orders" order by number', 2)
    assert batches.read_all().num_rows == 3


def test_reports_agree_with_and_without_the_copy(sold, ask):
    without = ask("revenue/monthly").rows
    call_command("refresh_ledger")
    sold.sell((sold.mug, 1), on="2026-02-10")
    assert [row["revenue"] for row in without] == [D(10)] * 3
    assert [row["revenue"] for row in ask("revenue/monthly").rows] == [D(10), D(20), D(10)]


# When it is written


def test_nothing_is_written_twice(duck):
    state = copied()
    file = copy_file()
    assert not refresh_hot_copy(is_hurried=True)
    assert (copy_file(), build.current(0)) == (file, state)


def test_the_next_copy_reads_only_what_changed(duck, sold):
    # The worker that writes it has answered reports itself.
    assert revenue(duck, copied())["03"] == (D(10), 1)
    assert duck.hot.path == copy_file()
    sold.sell((sold.mug, 2), on=MARCH)
    state = build.current(0)
    without_parquet(state, "orders/2026-01", "lines/2026-01", "customers")
    assert refresh_hot_copy(is_hurried=True)
    assert revenue(duck, state) == {"01": (D(10), 1), "02": (D(10), 1), "03": (D(30), 2)}
    assert ".parquet" not in sql_of(duck, state)


def test_spark_needs_none(duck, monkeypatch):
    monkeypatch.setattr(settings, "LEDGER_ENGINE", "spark")
    build.current(0)
    assert (refresh_hot_copy(is_hurried=True), copy_file()) == (False, None)


def test_a_large_copy_is_renewed_less_often(duck, sold, monkeypatch):
    copied()
    sold.sell((sold.mug, 2), on=MARCH)
    build.current(0)
    monkeypatch.setattr(hot_writer, "BYTES_PER_SECOND", copy_file().stat().st_size / 100)
    at = copy_file().stat().st_mtime
    monkeypatch.setattr(time, "time", lambda: at + 99)
    assert not refresh_hot_copy()
    monkeypatch.setattr(time, "time", lambda: at + 101)
    assert refresh_hot_copy()


def test_one_copy_remains_and_rests_of_killed_writers_go(duck, sold):
    copied()
    folder = hot_copy.copies_folder(settings.LEDGER_FOLDER)
    old, new = folder / "x.part", folder / "y.part"
    for path in old, new:
        path.write_bytes(b"x")
    os.utime(old, (1, 1))
    (folder / "z.damaged").write_bytes(b"x")
    sold.sell((sold.mug, 2), on=MARCH)
    copied()
    assert {path.name for path in folder.iterdir()} == {copy_file().name, "lock", "y.part"}


def test_a_copy_with_other_columns_is_not_read(duck, monkeypatch):
    state = copied()
    assert copy_file()
    monkeypatch.setattr(hot_copy, "schema_version", lambda: "other")
    assert copy_file() is None
    assert revenue(duck, state)["01"] == (D(10), 1)
    assert duck.hot is None


# Damage


def test_a_damaged_file_of_the_ledger_is_not_copied(duck, caplog):
    state = build.current(0)
    overwrite(settings.LEDGER_FOLDER / state.files["lines/2026-02"])
    assert not refresh_hot_copy(is_hurried=True)
    assert "No hot copy of snapshot" in caplog.text
    assert copy_file() is None


def cut_off(path):
    path.write_bytes(path.read_bytes()[:5000])


def overwrite(path):
    path.write_bytes(b"x" * path.stat().st_size)


def turn_bits(path):
    """In every block of data: the header stays readable."""
    content = bytearray(path.read_bytes())
    for place in range(3 * 4096 + 100, len(content), 4096):
        content[place] ^= 1
    path.write_bytes(content)


def empty(path):
    path.write_bytes(b"")


DAMAGES = [cut_off, overwrite, turn_bits, empty]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_copy_is_not_read_and_written_again(duck, damage, caplog):
    state = copied()
    damage(copy_file())
    once = (D(10), 1)
    expected = {"01": once, "02": once, "03": once}
    assert revenue(duck, state) == expected
    assert "reports are read from Parquet" in caplog.text
    assert refresh_hot_copy(is_hurried=True)
    without_parquet(state, "orders")
    assert revenue(duck, state) == expected


@pytest.mark.parametrize("damage", [cut_off, turn_bits])
def test_a_copy_that_is_damaged_while_it_is_open(duck, damage, caplog):
    state = copied()
    duck.open_newest_copy()
    assert duck.hot.path == copy_file()
    damage(copy_file())
    assert revenue(duck, state)["02"] == (D(10), 1)


def test_a_query_that_is_wrong_does_no_harm_to_the_copy(duck):
    state = copied()
    with pytest.raises(duckdb.Error):
        duck.fetch(state, 'select no_column from "orders"')
    assert revenue(duck, state)["02"] == (D(10), 1)
    assert duck.hot.path == copy_file()


def test_a_copy_that_was_removed_while_it_is_open_is_read_to_the_end(duck):
    state = copied()
    duck.open_newest_copy()
    batches = duck.reader(state, 'select number from "orders" order by number', 1)
    empty_hot_folder()
    assert batches.read_all().num_rows == 3
    assert revenue(duck, state)["02"] == (D(10), 1)


# Killed


@pytest.fixture(scope="module")
def forks(django_db_setup):
    with Forks() as forks:
        yield forks


def refresh_and_die(function: str, call: int):
    die_at(function, call)
    refresh_hot_copy(is_hurried=True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("function", "call"),
    [
        ("ledger.hot_writer.read_parts", 1),
        ("shutil.copyfile", 1),
        ("ledger.hot_writer.fill", 1),
        ("ledger.hot_writer.replace_part", 1),
        ("ledger.hot_writer.replace_part", 3),
        ("os.fsync", 1),
        ("pathlib.Path.rename", 1),
        ("ledger.hot_writer.remove_others", 1),
        ("pathlib.Path.unlink", 2),
    ],
)
def test_a_killed_writer_leaves_a_copy_that_is_right(transactional_db, forks, function, call):
    empty_hot_folder()
    shop = Shop()
    mug = shop.product("mug")
    shop.sell((mug, 1), on=JANUARY)
    copied()
    shop.sell((mug, 2), on=JANUARY)
    shop.sell((mug, 4), on=FEBRUARY)
    state, expected = build.current(0), {"01": (D(30), 2), "02": (D(40), 1)}
    assert forks.run(refresh_and_die, function, call) == -signal.SIGKILL
    duck = Duck(settings.LEDGER_FOLDER)
    assert revenue(duck, state) == expected
    copied()
    assert revenue(duck, state) == expected
    assert ".parquet" not in sql_of(duck, state)
