"""Fits that run while the books change: stopped, made again, and finished in the end."""

import io
import os
import time

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from analytics.predictions import fit
from analytics.predictions.fit import NOT_YET, Model, fit_due, fit_models, fit_one, fit_requested
from analytics.predictions.models import Fit, FitRequest, Withdrawal
from analytics.predictions.stopping import MAX_RESTARTS, Outdated, stop_if_outdated
from analytics.tests.test_fits import FITS, guess_of, queued
from core.tracking import filled, undone
from imports.models import Import
from imports.tests.desk import SALES, Desk
from imports.tests.kills import start
from ledger import build
from ledger.thinning import tidy
from orders.models import Order

TABLES = ("churn_risk", "churn_backtest")


@pytest.fixture
def mug(shop):
    return shop.product("mug")


@pytest.fixture
def anna(shop, mug):
    shop.sell((mug, 1))
    return shop.anna


@pytest.fixture
def bring_in(shop, mug, django_capture_on_commit_callbacks):
    """An import of one sale: its rows, then the signal."""

    def one_sale():
        shop.sell((mug, 1), on="2026-03-09")
        with django_capture_on_commit_callbacks(execute=True):
            filled.send(sender=Import)

    return one_sale


@pytest.fixture
def models(monkeypatch):
    """Let these be the only models."""

    def replace(*found):
        monkeypatch.setattr(fit, "fits", lambda: {model.name: model for model in found})

    return replace


def with_steps(model, *between) -> Model:
    """The model, with something happening at each of its steps."""

    def run(snapshot):
        for happen in between:
            happen()
            stop_if_outdated(snapshot)
        return model.run(snapshot)

    return Model(model.name, model.tables, run)


def request() -> dict | None:
    return FitRequest.objects.values("restarts", "begun_at").first()


def test_a_fit_stops_at_its_next_step_after_an_import(anna, ask, models, bring_in):
    fit_one(guess_of(anna, 0.25))
    steps = []
    models(
        with_steps(guess_of(anna, 0.5), lambda: steps.append(1), bring_in, lambda: steps.append(2))
    )
    assert (fit_models(), steps) == ([], [1])
    assert float(ask("customers/churn-risk").rows[0]["silent"]) == 0.25
    assert (queued(), request()) == ([FITS], {"restarts": 1, "begun_at": None})
    models(guess_of(anna, 0.75))
    assert [made.name for made in fit_requested()] == ["churn"]
    assert float(ask("customers/churn-risk").rows[0]["silent"]) == 0.75
    assert request() is None


def test_the_fits_after_a_stopped_one_wait_for_the_request(anna, models, bring_in):
    later = Model("lifetime", (), lambda snapshot: pytest.fail("It would be made twice."))
    models(with_steps(guess_of(anna, 0.5), bring_in), later)
    assert fit_models() == []


def test_an_import_behind_the_last_step_of_a_fit_stops_the_next_one(anna, models, bring_in):
    def last_step_then_import(snapshot):
        stop_if_outdated(snapshot)
        bring_in()
        return guess_of(anna, 0.5).run(snapshot)

    later = Model("lifetime", (), lambda snapshot: pytest.fail("It would be made twice."))
    models(Model("churn", TABLES, last_step_then_import), later)
    assert [made.name for made in fit_models()] == ["churn"]  # what is finished is used
    assert request() == {"restarts": 1, "begun_at": None}


def test_a_sale_of_the_shop_stops_nothing(anna, shop, mug, models):
    models(with_steps(guess_of(anna, 0.5), lambda: shop.sell((mug, 1))))
    assert [made.name for made in fit_models()] == ["churn"]


def test_a_request_that_is_older_than_the_snapshot_stops_nothing(anna, shop, mug, bring_in):
    bring_in()
    model = with_steps(guess_of(anna, 0.5), lambda: shop.sell((mug, 1)))
    assert fit_one(model).name == "churn"


def test_a_shop_that_imports_all_the_time_gets_fits_all_the_same(anna, models, bring_in):
    models(with_steps(guess_of(anna, 0.5), bring_in))
    bring_in()
    made = [[made.name for made in fit_requested()] for _ in range(2 * MAX_RESTARTS + 2)]
    assert made == 2 * [*MAX_RESTARTS * [[]], ["churn"]]
    # The import during the last one is still to be fitted; it may be stopped again.
    assert request() == {"restarts": 0, "begun_at": None}
    assert len(queued()) == len(made) + 1


def test_the_command_says_that_it_was_stopped(anna, monkeypatch, bring_in):
    monkeypatch.setitem(fit.fits(), "churn", with_steps(guess_of(anna, 0.5), bring_in))
    with pytest.raises(CommandError, match=r"churn: stopped\. The books have changed"):
        call_command("fit_models", "churn", stdout=io.StringIO())


# An import that is undone


def undo():
    undone.send(sender=Import, since=timezone.now())


def test_a_first_fit_that_was_at_work_while_a_file_was_undone_is_not_put_to_use(anna, ask):
    def meanwhile(snapshot):
        undo()
        return guess_of(anna, 0.5).run(snapshot)

    with pytest.raises(Outdated, match="has been undone"):
        fit_one(Model("churn", TABLES, meanwhile))
    result = ask("customers/churn-risk")
    assert (result.rows, result.note) == ([], NOT_YET)
    assert fit_one(guess_of(anna, 0.75)).name == "churn"


def test_an_undo_stops_a_fit_also_when_it_was_restarted_often(anna, models, bring_in):
    bring_in()
    FitRequest.objects.update(restarts=MAX_RESTARTS)
    models(with_steps(guess_of(anna, 0.5), undo, lambda: pytest.fail("It went on.")))
    assert fit_requested() == []
    models(guess_of(anna, 0.75))
    assert [made.name for made in fit_requested()] == ["churn"]


def test_undoing_a_file_asks_for_fits(api, settings, tmp_path, django_capture_on_commit_callbacks):
    settings.MEDIA_ROOT = tmp_path
    desk = Desk(api)
    pk = desk.bring_in(SALES)
    build.current()
    FitRequest.objects.all().delete()
    OrmQ.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        desk.step(pk, "undo")
    assert (queued(), request()) == ([FITS], {"restarts": 0, "begun_at": None})
    assert list(Withdrawal.objects.values_list("number", flat=True)) == [2]


def test_withdrawals_go_with_the_snapshots_before_them(anna):
    undo()
    assert Withdrawal.objects.count() == 0  # no snapshot, so no fit can have read one
    build.current()
    undo()
    tidy()
    assert Withdrawal.objects.count() == 1


# The two lanes


def test_only_fits_are_long_jobs(db):
    lanes = dict(Schedule.objects.values_list("name", "cluster"))
    assert lanes == {
        "accounts.services.tidy": None,
        "analytics.predictions.fit.fit_due": "long",
        "analytics.predictions.fit.fit_models": "long",
        "exports.jobs.resume": None,
        "exports.scheduler.check_alerts": None,
        "exports.scheduler.tick": None,
        "imports.jobs.resume": None,
        "ledger.hot_writer.refresh_hot_copy": None,
        "ledger.thinning.tidy": None,
        "orders.idempotency.forget_old": None,
    }


# kill -9 of the worker


SLOW_FIT = """
import django, time
django.setup()
from django.conf import settings
from pathlib import Path
settings.LEDGER_FOLDER = Path({folder!r})
from analytics.predictions import fit
from analytics.tests.test_fits import saying
from ledger import build

def wait(*_):
    Path({signal!r}).touch()
    time.sleep(60)

model = saying(*[0.0] * {customer} , 0.5)
if {place!r} == "step":
    model = fit.Model(model.name, model.tables, wait)
else:
    build.replace_files = wait
fit.fits = lambda: {{"churn": model}}
fit.fit_requested()
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("place", ["step", "publish"])
def test_a_killed_worker_leaves_the_fit_before_and_the_next_takes_the_request_up(
    place, anna, ask, models, bring_in, tmp_path
):
    fit_one(guess_of(anna, 0.25))
    bring_in()
    files = set(settings.LEDGER_FOLDER.glob("*.*"))
    signal = tmp_path / "at-work"
    worker = start("-c", SLOW_FIT.format(
        folder=str(settings.LEDGER_FOLDER), signal=str(signal), customer=anna.pk - 1, place=place,
    ))  # fmt: skip
    while not signal.exists():
        assert worker.poll() is None, worker.stderr.read().decode()
        time.sleep(0.05)
    worker.kill()
    worker.communicate()
    assert float(ask("customers/churn-risk").rows[0]["silent"]) == 0.25
    assert (Fit.objects.count(), Order.objects.count()) == (1, 2)
    assert (FitRequest.objects.get().begun_at is not None, fit_requested()) == (True, [])
    models(guess_of(anna, 0.75))
    assert [made.name for made in fit_due()] == ["churn"]
    assert float(ask("customers/churn-risk").rows[0]["silent"]) == 0.75
    assert request() is None
    added = set(settings.LEDGER_FOLDER.glob("*.*")) - files
    for path in added:
        os.utime(path, (0, 0))  # old enough for `tidy`
    tidy()
    kept = {path.name for path in added if path.exists()}
    assert kept == {path.name for path in added} & set(build.current().files.values())
    assert len([name for name in kept if name.startswith("churn_risk-")]) == 1
