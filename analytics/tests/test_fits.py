"""What fits write belongs to the ledger: whole or not at all, as long as its snapshot is kept."""

import io
from datetime import timedelta

import pyarrow as pa
import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from analytics.predictions.fit import (
    NOT_YET,
    FitResult,
    Model,
    NotEnoughData,
    fit_due,
    fit_models,
    fit_note,
    fit_one,
    fit_requested,
    fits,
)
from analytics.predictions.fit_requests import WITHDRAWN
from analytics.predictions.models import Fit, FitRequest
from analytics.predictions.stopping import Outdated
from core.tracking import filled, undone
from imports.models import Import
from ledger import build
from ledger.models import Snapshot
from ledger.thinning import tidy
from orders.tests.shop import at


@pytest.fixture
def anna(shop):
    shop.sell((shop.product("mug"), 1))
    return shop.anna


def saying(*silents) -> Model:
    """A fit that says so of the customers 1, 2, 3 …"""

    def run(snapshot):
        day = at("2026-03-05").date()
        rows = {
            "customer_id": range(1, len(silents) + 1), "days": [90] * len(silents),
            "as_of": [day] * len(silents), "model": ["a guess"] * len(silents), "silent": silents,
        }  # fmt: skip
        empty = {**{name: [] for name in rows}, "was_silent": []}
        return FitResult(
            {"churn_risk": pa.table(rows), "churn_backtest": pa.table(empty)}, "A guess."
        )

    return Model("churn", ("churn_risk", "churn_backtest"), run)


def guess_of(anna, silent) -> Model:
    return saying(*[0.0] * (anna.pk - 1), silent)


def broken(reason) -> Model:
    def run(snapshot):
        raise reason

    return Model("churn", ("churn_risk", "churn_backtest"), run)


def test_a_fit_makes_a_snapshot_of_the_same_books(anna, ask):
    before = build.current()
    made = fit_one(guess_of(anna, 0.25))
    after = build.current()
    assert (made.read_from, made.used_from) == (before.number, after.number)
    assert after.number == before.number + 1
    assert (after.book_files(), after.created_at) == (before.book_files(), before.created_at)
    result = ask("customers/churn-risk")
    assert (result.rows[0]["silent"], result.note) == (pytest.approx(0.25), "A guess.")


def test_an_older_snapshot_keeps_its_predictions(anna, ask):
    number = build.current().number
    first = fit_one(guess_of(anna, 0.25))
    fit_one(guess_of(anna, 0.5))
    assert float(ask("customers/churn-risk").rows[0]["silent"]) == 0.5
    then = ask("customers/churn-risk", snapshot=first.used_from)
    assert float(then.rows[0]["silent"]) == 0.25
    never = ask("customers/churn-risk", snapshot=number)
    assert (never.rows, never.note) == ([], NOT_YET)


def test_predictions_are_kept_while_the_books_change(anna, shop, ask):
    fit_one(guess_of(anna, 0.25))
    shop.sell((shop.product("pot"), 1), on="2026-03-09")
    assert ask("customers/churn-risk").rows[0]["orders"] == 2
    build.build(full=True)
    assert float(ask("customers/churn-risk").rows[0]["silent"]) == 0.25


def test_a_fit_that_breaks_leaves_the_last_one_in_use(anna, ask, monkeypatch):
    fit_one(guess_of(anna, 0.25))
    files = set(settings.LEDGER_FOLDER.glob("*.*"))
    with pytest.raises(ZeroDivisionError):
        fit_one(broken(ZeroDivisionError()))
    assert float(ask("customers/churn-risk").rows[0]["silent"]) == 0.25
    assert set(settings.LEDGER_FOLDER.glob("*.*")) == files


def test_tables_that_cannot_be_put_to_use_are_removed_again(anna, ask):
    fit_one(guess_of(anna, 0.25))
    files = set(settings.LEDGER_FOLDER.glob("*.*"))
    misshapen = FitResult({"churn_risk": pa.table({"silent": [0.5]})}, "Columns are missing.")
    with pytest.raises(Exception, match="customer_id"):
        fit_one(Model("churn", ("churn_risk", "churn_backtest"), lambda snapshot: misshapen))
    assert set(settings.LEDGER_FOLDER.glob("*.*")) == files
    assert float(ask("customers/churn-risk").rows[0]["silent"]) == 0.25


def test_a_fit_that_lacks_data_says_so_and_takes_its_tables_away(anna, ask):
    fit_one(guess_of(anna, 0.25))
    made = fit_one(broken(NotEnoughData("1 of 500 buyers needed.")))
    assert (made.is_refusal, made.parameters) == (True, {})
    result = ask("customers/churn-risk")
    assert (result.rows, result.note) == ([], "1 of 500 buyers needed.")


def test_lost_files_of_a_fit_are_made_anew_and_not_told_of_until_then(anna, ask):
    fit_one(guess_of(anna, 0.25))
    snapshot = build.current()
    (settings.LEDGER_FOLDER / snapshot.files["churn_risk"]).unlink()
    assert fit_note("churn", snapshot, is_scoped=False) == NOT_YET
    assert "churn" in [made.name for made in fit_due()]


def test_what_was_fitted_is_told_without_the_models(anna, ask, monkeypatch):
    fit_one(guess_of(anna, 0.25))
    monkeypatch.setattr(
        "analytics.predictions.fit.fits", None
    )  # they need 50 MB in each web process
    assert ask("customers/churn-risk").note == "A guess."


def test_what_is_due_is_fitted_once(anna, shop):
    assert {made.name for made in fit_due()} == fits().keys()
    assert fit_due() == []  # most were refused, and nothing was sold since
    shop.sell((shop.product("pot"), 1))
    assert {made.name for made in fit_due()} == {
        name for name in fits() if Fit.objects.filter(name=name, is_refusal=True).exists()
    }


@pytest.fixture
def import_a_file(django_capture_on_commit_callbacks):
    def bring_in():
        with django_capture_on_commit_callbacks(execute=True):
            filled.send(sender=Import)

    return bring_in


def queued() -> list[tuple]:
    return [(row.key, row.task["func"]) for row in OrmQ.objects.order_by("pk")]


FITS = ("long", "analytics.predictions.fit.fit_requested")


def test_fits_have_a_worker_of_their_own(db):
    nightly = Schedule.objects.get(name="analytics.predictions.fit.fit_models")
    assert (nightly.schedule_type, timezone.localtime(nightly.next_run).hour) == ("D", 3)
    assert set(Schedule.objects.filter(cluster="long").values_list("name", flat=True)) == {
        "analytics.predictions.fit.fit_models", "analytics.predictions.fit.fit_due",
    }  # fmt: skip


def test_many_imports_ask_for_one_fit(anna, import_a_file, monkeypatch):
    for _ in range(57):
        import_a_file()
    assert queued() == [FITS]
    monkeypatch.setattr("analytics.predictions.fit.fits", lambda: {"churn": guess_of(anna, 0.25)})
    assert [made.name for made in fit_requested()] == ["churn"]
    assert (fit_requested(), FitRequest.objects.count()) == ([], 0)
    import_a_file()
    assert queued() == [FITS, FITS]  # the first is the one that was done above


def test_an_import_during_the_fit_asks_for_one_more(anna, import_a_file, monkeypatch):
    import_a_file()

    def meanwhile(snapshot):
        import_a_file()
        import_a_file()
        return guess_of(anna, 0.25).run(snapshot)

    model = Model("churn", ("churn_risk", "churn_backtest"), meanwhile)
    monkeypatch.setattr("analytics.predictions.fit.fits", lambda: {"churn": model})
    fit_requested()
    assert queued() == [FITS, FITS]
    monkeypatch.setattr("analytics.predictions.fit.fits", lambda: {"churn": guess_of(anna, 0.25)})
    assert [made.name for made in fit_requested()] == ["churn"]
    assert not FitRequest.objects.exists()


def test_a_fit_that_was_killed_is_taken_up_again(anna, import_a_file, monkeypatch):
    import_a_file()
    monkeypatch.setattr(
        "analytics.predictions.fit.fits", lambda: {"churn": broken(KeyboardInterrupt())}
    )
    with pytest.raises(KeyboardInterrupt):
        fit_requested()
    assert fit_requested() == []
    monkeypatch.setattr("analytics.predictions.fit.fits", lambda: {"churn": guess_of(anna, 0.25)})
    assert [made.name for made in fit_due()] == ["churn"]
    assert fit_due() == []


# An import that is undone


def undo_an_import(since):
    undone.send(sender=Import, since=since)


def test_predictions_of_an_undone_file_are_not_used_until_the_fits_are_made_again(
    anna, ask, django_capture_on_commit_callbacks
):
    imported_at = timezone.now()
    fit_one(guess_of(anna, 0.25))
    before = build.current()
    with django_capture_on_commit_callbacks(execute=True):
        undo_an_import(imported_at)
    result = ask("customers/churn-risk")
    assert (result.rows, result.note) == ([], WITHDRAWN)
    assert queued() == [FITS]
    assert "churn" in [made.name for made in fit_due()]
    then = ask("customers/churn-risk", snapshot=before.number)
    assert float(then.rows[0]["silent"]) == 0.25
    assert not FitRequest.objects.exists()


def test_predictions_of_before_the_undone_file_stay(anna, ask):
    fit_one(guess_of(anna, 0.25))
    undo_an_import(timezone.now())
    assert float(ask("customers/churn-risk").rows[0]["silent"]) == 0.25


def test_a_fit_that_was_at_work_while_a_file_was_undone_is_not_put_to_use(anna, ask):
    imported_at = timezone.now()
    fit_one(guess_of(anna, 0.25))

    def meanwhile(snapshot):
        undo_an_import(imported_at)
        return guess_of(anna, 0.5).run(snapshot)

    with pytest.raises(Outdated):
        fit_one(Model("churn", ("churn_risk", "churn_backtest"), meanwhile))
    result = ask("customers/churn-risk")
    assert (result.rows, result.note) == ([], WITHDRAWN)
    fit_one(guess_of(anna, 0.75))
    assert float(ask("customers/churn-risk").rows[0]["silent"]) == 0.75


def test_the_command_tells_what_each_model_found(anna):
    out = io.StringIO()
    call_command("fit_models", "churn", "lifetime", stdout=out)
    needed = "Not enough data: 1 of 500 buyers needed."
    assert [line.split(": ", 1)[1] for line in out.getvalue().splitlines()] == [needed, needed]
    with pytest.raises(CommandError, match="love: no such model"):
        call_command("fit_models", "love")


def test_one_model_that_breaks_does_not_keep_the_others_from_being_fitted(anna, monkeypatch):
    monkeypatch.setitem(fits(), "churn", broken(ZeroDivisionError()))
    assert "lifetime" in [made.name for made in fit_models("churn", "lifetime")]


def test_fits_go_with_the_last_snapshot_that_has_them(anna):
    with time_machine.travel(at("2026-03-01"), tick=False) as clock:
        for silent in (0.1, 0.2, 0.3):
            fit_one(guess_of(anna, silent))
            clock.shift(timedelta(days=1))
        clock.shift(timedelta(days=settings.LEDGER_KEEP_DAYS))
        fit_one(guess_of(anna, 0.4))
        tidy()
    kept = Snapshot.objects.order_by("number").values_list("number", flat=True)
    assert list(Fit.objects.order_by("used_from").values_list("used_from", flat=True)) == list(kept)
