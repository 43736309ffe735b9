"""Files of the ledger that were damaged on the disk are written anew, and no answer is wrong."""

from decimal import Decimal as D

import pytest
from django.conf import settings

from analytics.predictions.fit import NOT_YET, fit_note, fit_one
from analytics.tests.test_fits import guess_of
from ledger import build, repair
from ledger.check import differences
from ledger.files import damaged_parts
from ledger.models import LedgerFile, parts_of_snapshot
from ledger.tests.test_snapshots import refreshed
from orders.models import Order

MONTH = {"lines/2026-03", "orders/2026-03"}


@pytest.fixture
def state(shop):
    """Two months in which the same was sold, and their state of the ledger."""
    mug = shop.product("mug")
    for day in "2026-02-05", "2026-03-05":
        shop.sell((mug, 1), on=day)
    return build.current()


def file_of(snapshot, part):
    return settings.LEDGER_FOLDER / snapshot.files[part]


def cut_off(path):
    path.write_bytes(path.read_bytes()[:-20])


def overwrite(path):
    """Of the same size, so that only who reads it notices."""
    path.write_bytes(b"x" * path.stat().st_size)


def turn_a_bit(path):
    """In the first page of data: it may still be readable, and say something else."""
    content = bytearray(path.read_bytes())
    content[60] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [cut_off, overwrite])
@pytest.mark.parametrize("table", ["lines", "orders"])
def test_a_damaged_file_is_written_anew_when_somebody_asks(state, ask, damage, table):
    damage(file_of(state, f"{table}/2026-03"))
    path = {"lines": "products/top", "orders": "revenue/monthly"}[table]
    assert sum(row["revenue"] for row in ask(path).rows) == D(20)
    newest = build.current()
    assert newest.number == state.number + 1
    assert {p for p in state.files if state.files[p] != newest.files[p]} == MONTH
    assert (damaged_parts(newest), list(differences())) == (set(), [])


def test_every_face_answers_where_a_file_is_damaged_parts(state, api):
    overwrite(file_of(state, "orders/2026-03"))
    answer = api.get("/api/orders/list/?start=2026-03-01&end=2026-03-31")
    assert answer.status_code == 200
    assert [row["revenue"] for row in answer.json()["rows"]] == ["10.00"]


def test_where_the_books_have_changed_since_nobody_gets_an_answer_of_two_states(state, shop, ask):
    question = 'select sum(revenue) as revenue from "orders"'
    overwrite(file_of(state, "orders/2026-03"))
    shop.sell((shop.product("pan"), 1), on="2026-02-06")
    with pytest.raises(repair.Damaged):
        repair.fetch_with_repair(state, question)
    assert ask("revenue/monthly").totals["revenue"] == D(30)


def test_a_question_that_is_wrong_itself_sets_no_file_aside(state):
    with pytest.raises(Exception, match="nothing_such"):
        repair.fetch_with_repair(state, 'select nothing_such from "orders"')
    assert build.current() == state


def test_the_state_of_before_is_refused_by_name_when_its_files_are_damaged_parts(state, shop, api):
    shop.sell((shop.product("pan"), 1), on="2026-03-06")
    newest = build.current()
    cut_off(file_of(state, "orders/2026-03"))
    answer = api.get(f"/api/revenue/monthly/?snapshot={state.number}")
    assert (answer.status_code, answer.json()["errors"]) == (
        400, [{"field": "snapshot", "reason": "Files of this snapshot are gone or damaged."}]
    )  # fmt: skip
    assert (build.current(), damaged_parts(newest)) == (newest, set())


def test_damaged_predictions_are_not_told_and_are_due_again(state, shop, ask):
    fit_one(guess_of(shop.anna, 0.25))
    overwrite(file_of(build.current(), "churn_risk"))
    assert [row["silent"] for row in ask("customers/churn-risk").rows] == []
    assert fit_note("churn", build.current(), is_scoped=False) == NOT_YET


def test_the_check_blames_the_damaged_file_and_no_other(state):
    for part in "lines/2026-02", "customers":
        turn_a_bit(file_of(state, part))
    assert refreshed("--check") == [
        f"Snapshot {state.number}: 9 parts.",
        "customers: the file is needed in the books, damaged in the ledger",
        "lines/2026-02: the file is needed in the books, damaged in the ledger",
        "2 differences in customers, lines/2026-02. Write all parts again: refresh_ledger --full",
    ]
    assert refreshed("--full", "--check")[-1] == "The ledger matches the books."


def test_files_of_the_version_before_are_read_to_know_whether_they_are_whole(state):
    LedgerFile.objects.update(size=None, digest="")
    parts_of_snapshot.cache_clear()
    again = type(state).objects.newest()
    assert (damaged_parts(again), Order.objects.count()) == (set(), 2)
    overwrite(file_of(again, "products"))
    assert damaged_parts(again) == {"products"}


def test_files_that_are_not_here_are_told_in_health_and_log(state, client, ask, caplog):
    def told():
        return client.get("/healthz").json()["ledger"]

    assert told() == "ok"
    file_of(state, "lines/2026-02").unlink()
    assert (told(), client.get("/healthz").json()["status"]) == ("missing", "degraded")
    ask("revenue/monthly")
    (line,) = [r.getMessage() for r in caplog.records if r.name == "ledgerlight.ledger"]
    assert line.startswith(f"Snapshot {state.number}: 1 of its 9 files are not in /")
    assert told() == "ok"
