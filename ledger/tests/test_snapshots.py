"""Which states of the ledger are kept, who sees them, and whether they say what the books say."""

import io
import os
from datetime import timedelta
from decimal import Decimal as D

import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from catalog.models import Category, Tag
from ledger import build
from ledger.check import differences
from ledger.duckdb_engine import spill_folder
from ledger.models import Snapshot
from ledger.thinning import tidy
from orders.tests.shop import at

START = at("2026-03-01")


@pytest.fixture
def mug(shop):
    shelf = Category.objects.create(name="Mugs", parent=Category.objects.create(name="Kitchen"))
    mug = shop.product("mug", category=shelf.name)
    mug.tags.add(Tag.objects.create(name="gift"))
    return mug


@pytest.fixture
def sell(shop, mug):
    """Sell so many in March."""
    return lambda pieces: shop.sell((mug, pieces), on="2026-03-05")


def by_hand(sql, *values):
    """Past the models, so that nobody hears of it."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def refreshed(*options) -> list[str]:
    out = io.StringIO()
    try:
        call_command("refresh_ledger", *options, stdout=out)
    except CommandError as error:
        print(error, file=out)
    return out.getvalue().splitlines()


def kept() -> list[int]:
    return sorted(Snapshot.objects.values_list("number", flat=True))


# Which one is answered


def test_a_site_may_be_content_with_what_is_a_minute_old(sell, settings):
    settings.LEDGER_MAX_AGE = 60
    with time_machine.travel(START, tick=False) as clock:
        sell(1)
        first = build.current()
        sell(2)
        clock.shift(59)
        assert build.current() == first
        clock.shift(1)
        second = build.current()
        assert second.number == first.number + 1
        sell(3)
        assert build.current() == second
        assert build.current(max_age=0).number == second.number + 1


def test_a_clock_that_was_wrong_holds_nothing_up(sell, settings):
    settings.LEDGER_MAX_AGE = 60
    sell(1)
    ahead = build.current()
    Snapshot.objects.update(created_at=timezone.now() + timedelta(days=400))
    sell(2)
    after = build.current()
    assert (after.number, build.current()) == (ahead.number + 1, after)


def test_an_old_state_gives_the_same_answer_again(sell, ask):
    sell(1)
    before = ask("revenue/monthly")
    sell(2)
    assert ask("revenue/monthly").totals["revenue"] == D(30)
    again = ask("revenue/monthly", snapshot=before.snapshot.number)
    assert (again.rows, again.totals) == (before.rows, before.totals)
    assert again.totals["revenue"] == D(10)


# Which ones are kept


@pytest.fixture
def old_files():
    """All files were written long ago, those of other tests are gone."""
    for path in settings.LEDGER_FOLDER.glob("*.*"):
        path.unlink()

    def age():
        for path in settings.LEDGER_FOLDER.glob("*.*"):
            os.utime(path, (0, 0))

    return age


def test_a_state_is_kept_for_so_many_days_after_it_was_the_newest(sell, settings, old_files):
    settings.LEDGER_KEEP_DAYS = 30
    states = {}
    with time_machine.travel(START, tick=False) as clock:
        for day in 0, 10, 20:
            clock.move_to(START + timedelta(days=day))
            sell(1)
            states[day] = build.current()
        first, second, third = (states[day].number for day in (0, 10, 20))
        for days, numbers in {
            30: [first, second, third], 40: [first, second, third], 41: [second, third],
            51: [third], 500: [third],
        }.items():  # fmt: skip
            old_files()
            clock.move_to(START + timedelta(days=days))
            tidy()
            assert (days, kept()) == (days, numbers)
    left = {path.name for path in settings.LEDGER_FOLDER.glob("*.*")}
    assert left == {*states[20].files.values()}
    assert build.current() == states[20]


def test_only_old_files_of_the_ledger_that_no_state_has_are_removed(sell, old_files):
    sell(1)
    build.current()
    folder, state = (
        settings.LEDGER_FOLDER,
        {path.name for path in settings.LEDGER_FOLDER.glob("*.*")},
    )
    for name in "lines-2026-03.parquet", "lines-2026-03.part", "of-somebody-else.csv":
        (folder / name).touch()
    assert tidy() == 0
    old_files()
    (folder / "just-begun.part").touch()
    assert tidy() == 2
    left = {path.name for path in folder.glob("*.*")}
    assert left == state | {"of-somebody-else.csv", "just-begun.part"}


def test_what_a_killed_query_had_spilled_is_removed_a_day_later(db, old_files):
    spill_folder().mkdir(exist_ok=True)
    old, new = spill_folder() / "duckdb_temp_storage-0.tmp", spill_folder() / "new.tmp"
    for path in old, new:
        path.touch()
    os.utime(old, (0, 0))
    assert (tidy(), list(spill_folder().iterdir())) == (1, [new])
    new.unlink()


def test_tidying_an_empty_ledger_removes_nothing(db, old_files):
    assert tidy() == 0


# The command


def test_refreshing_takes_what_changed_and_full_takes_all(sell):
    sell(1)
    first = build.current()
    assert refreshed() == [f"Snapshot {first.number}: 7 parts."]
    assert refreshed("--full") == [f"Snapshot {first.number + 1}: 7 parts."]
    assert set(Snapshot.objects.newest().files.values()).isdisjoint(first.files.values())
    sell(2)
    assert refreshed("--check") == [
        f"Snapshot {first.number + 2}: 7 parts.", "The ledger matches the books."
    ]  # fmt: skip


def test_the_check_names_what_differs_and_a_full_build_mends_it(sell, mug):
    sell(1)
    order = sell(2)
    number = build.current().number
    by_hand("delete from orders_orderitem where order_id = %s", order.pk)
    assert refreshed("--check") == [
        f"Snapshot {number}: 7 parts.",
        "lines/2026-03: first_of_product is 1 in the books, 2 in the ledger",
        f"lines/2026-03: product_id is {mug.pk} in the books, {2 * mug.pk} in the ledger",
        "lines/2026-03: revenue is 10.0000 in the books, 30.0000 in the ledger",
        "lines/2026-03: rows is 1 in the books, 2 in the ledger",
        "lines/2026-03: tax is 1.9000 in the books, 5.7000 in the ledger",
        "lines/2026-03: units is 1 in the books, 3 in the ledger",
        "orders/2026-03: revenue is 10.0000 in the books, 30.0000 in the ledger",
        "orders/2026-03: tax is 1.9000 in the books, 5.7000 in the ledger",
        "orders/2026-03: units is 1 in the books, 3 in the ledger",
        "9 differences in lines/2026-03, orders/2026-03. "
        "Write all parts again: refresh_ledger --full",
    ]
    assert refreshed("--full", "--check") == [
        f"Snapshot {number + 1}: 7 parts.", "The ledger matches the books."
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sql", "parts"),
    [
        ("update orders_order set status = 'canceled'", {"lines/2026-03", "orders/2026-03"}),
        ("update orders_order set customer_id = null", {"orders/2026-03"}),
        ("update orders_order set shipping = 1", {"orders/2026-03"}),
        ("update orders_order set shipping_tax = 1", {"orders/2026-03"}),
        ("update orders_orderitem set unit_cost = 1", {"lines/2026-03", "orders/2026-03"}),
        ("update orders_order set placed_on = '2026-04-01'", {
            "lines/2026-03", "orders/2026-03", "lines/2026-04", "orders/2026-04"}),
        ("update customers_customer set name = 'Ann'", {"customers"}),
        ("update customers_country set code = 'XX' where name = 'Germany'", {"countries"}),
        ("update catalog_product set price = price + 1", {"products"}),
        ("update catalog_category set name = 'Cups' where name = 'Mugs'", {"products"}),
        ("update catalog_category set parent_id = null", {"products"}),
        ("update catalog_tag set name = 'gifts'", {"product_tags"}),
        ("delete from catalog_product_tags", {"product_tags"}),
        ("update catalog_inventory set quantity = quantity - 1", {"inventory"}),
        ("delete from catalog_inventory", {"inventory"}),
    ],
)  # fmt: skip
def test_the_check_sees_whatever_was_changed_by_hand(sell, sql, parts):
    sell(1)
    build.current()
    by_hand(sql)
    assert {difference.part for difference in differences()} == parts


def test_the_check_leaves_out_what_was_changed_since(sell):
    sell(1)
    build.current()
    sell(1)
    assert list(differences()) == []
    by_hand("update customers_customer set name = 'Ann'")
    assert [difference.part for difference in differences()] == ["customers"]


# The admin


@pytest.mark.parametrize(("role", "status"), [
    (Role.ADMIN, 200), (Role.ANALYST, 200), (Role.MANAGER, 403), (Role.OPERATOR, 403),
])  # fmt: skip
def test_the_admin_shows_the_states_to_those_who_see_all_numbers(sell, client, role, status):
    sell(1)
    number = build.current().number
    client.force_login(
        User.objects.create_user("me@example.com", role=role),
        backend="accounts.backends.EmailOrUsername",
    )
    pages = [client.get(f"/admin/ledger/snapshot/{page}") for page in ("", f"{number}/change/")]
    assert [page.status_code for page in pages] == [status, status]
    if status == 200:
        assert all(f">{number}<" in page.content.decode() for page in pages)
        assert b'name="_save"' not in pages[1].content
    for page in "add/", f"{number}/delete/":
        assert client.post(f"/admin/ledger/snapshot/{page}").status_code == 403
