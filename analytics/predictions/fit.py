"""A fit is one model: a function that reads a snapshot of the ledger, and the tables it writes.

Fits run in the worker and by `manage.py fit_models`, never in a request. Their tables become part
of the ledger with the snapshot that names their files: until then, and when a fit fails or is
killed, the previous tables stay in use.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache

import pyarrow as pa
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from ibis import Table

from analytics.predictions.fit_requests import begin_request, end_request
from analytics.predictions.models import Fit, FitRequest
from analytics.predictions.stopping import (
    Outdated,
    books_have_changed,
    count_restart,
    refuse_withdrawn,
    reset_restarts,
    stop_if_requested,
)
from analytics.semantics.report import Note
from core.registry import import_registered
from ledger import build, repair
from ledger.engine import engine
from ledger.files import Writer
from ledger.models import Snapshot
from ledger.sources import is_usable

log = logging.getLogger("ledgerlight.fits")
NOT_YET = "No predictions yet. They are made every night and after imports."


class NotEnoughData(Exception):
    """The message says what is missing: "212 of 500 buyers needed"."""


@dataclass(frozen=True)
class FitResult:
    """The tables of a fit. Its `note` is shown with every report that reads them."""

    tables: dict[str, pa.Table]
    note: str
    parameters: dict = field(default_factory=dict)
    backtest: dict = field(default_factory=dict)


Run = Callable[[Snapshot], FitResult]


@dataclass(frozen=True)
class Model:
    name: str
    tables: tuple[str, ...]
    run: Run


declared_models: dict[str, Model] = {}


def fit(name: str, *tables: str) -> Callable[[Run], Run]:
    """Declare a function as a fit: it takes a snapshot and returns a `FitResult`.

    It may raise `NotEnoughData`, and calls `stop_if_outdated` between steps that take seconds.
    The columns of its tables are those of the app's `ledger_tables`; no other fit writes them.
    """

    def declare(function: Run) -> Run:
        declared_models[name] = Model(name, tables, function)
        return function

    return declare


@cache
def fits() -> dict[str, Model]:
    """All fits by name, from the `fit_packages` of installed apps."""
    import_registered("fit_packages")
    return dict(sorted(declared_models.items()))


def read_query(snapshot: Snapshot, query: Table) -> pa.Table:
    """The rows of a query, not cached: a fit reads them only once."""
    return repair.fetch_with_repair(snapshot, engine().compile(query))


def fit_models(*names: str) -> list[Fit]:
    """Fit these models, or all; where one fails, its previous fit stays in use."""
    done, begun = [], timezone.now()
    for model in [fits()[name] for name in names] if names else fits().values():
        try:
            stop_if_requested(since=begun)
            done.append(fit_one(model))
        except Outdated as reason:
            log.info("fit %s: stopped. %s", model.name, reason)
            count_restart()
            # The new fits, which are queued already, begin with the first model.
            return done
        except Exception:
            log.exception("fit %s", model.name)
    reset_restarts()
    return done


def fit_one(model: Model) -> Fit:
    # Not LEDGER_MAX_AGE: fits that an import requested must contain its rows.
    snapshot, started = build.current(max_age=0), time.monotonic()
    try:
        result = model.run(snapshot)
    except NotEnoughData as reason:
        # Published like a fit: else tables made of rows that were deleted since would stay in use.
        result = FitResult({}, str(reason))
    new_fit = Fit(
        name=model.name,
        read_from=snapshot.number,
        read_from_token=snapshot.token,
        words=result.note,
        parameters=result.parameters,
        backtest=result.backtest,
        is_refusal=not result.tables,
        tables=sorted(result.tables),
        seconds=round(time.monotonic() - started, 3),
    )
    return publish(model, new_fit, result.tables)


def publish(model: Model, new_fit: Fit, tables: dict[str, pa.Table]) -> Fit:
    """Write the files, then in one transaction the fit and the snapshot that has them."""
    with Writer(settings.LEDGER_FOLDER) as writer:
        files = {name: writer.write_table(name, table) for name, table in tables.items()}
        writer.fsync_directory()
        # The files are written once: only the number of the snapshot is contested.
        for _ in range(build.TRIES):
            with suppress(IntegrityError), transaction.atomic():
                # Asked at each try: the builder that was faster may have been the withdrawal.
                refuse_withdrawn(new_fit.read_from)
                # None removes the tables that this fit did not write, as after a refusal.
                new_fit.used_from = build.replace_files(dict.fromkeys(model.tables) | files).number
                new_fit.save()
                # Before the commit: `tidy` removes a file too many, but a missing one is lost.
                writer.keep()
                return new_fit
    raise build.Busy(f"{model.name}: other builders of the ledger were faster {build.TRIES} times.")


def fit_requested() -> list[Fit]:
    """Fit all models, if this was requested and no other worker has begun."""
    begun_at = begin_request()
    if begun_at is None:
        return []
    done = fit_models()
    # Only now: if the worker is killed before, `fit_due` finds the request again.
    end_request(begun_at)
    return done


def fit_due() -> list[Fit]:
    """Fit models without a fit, with missing files, or with new data after a refusal."""
    # The worker runs one task at a time: a request that has begun was left by a killed worker.
    FitRequest.objects.update(begun_at=None)
    if done := fit_requested():
        return done
    names = [name for name, model in fits().items() if is_due(model)]
    return fit_models(*names) if names else []


def is_due(model: Model) -> bool:
    snapshot = build.current()
    last = Fit.objects.in_snapshot(model.name, snapshot)
    if last is None:
        return True
    # Asked before `is_refusal`, which withdrawals are too: they do not wait for new data.
    if last.is_withdrawal:
        return True
    if last.is_refusal:
        return books_have_changed(last.read_from)
    return not has_current_tables(snapshot, last)


def note_of_fit(name: str) -> Note:
    """The note of reports that read the tables of this fit."""

    def note(snapshot: Snapshot, is_scoped: bool) -> str:
        return fit_note(name, snapshot, is_scoped=is_scoped)

    return note


def fit_note(name: str, snapshot: Snapshot, *, is_scoped: bool) -> str:
    """The note of a report on this fit, without loading the models: they need 50 MB of memory.

    The fit's own note contains figures of the whole shop; readers of some countries get none.
    """
    last = Fit.objects.in_snapshot(name, snapshot)
    if not (last and has_current_tables(snapshot, last)):
        return NOT_YET
    if not is_scoped:
        return last.words
    if last.is_refusal:
        return "There is too little data for this prediction yet."
    return f"Based on the whole shop, made on {timezone.localdate(last.made_at)}."


def has_current_tables(snapshot: Snapshot, new_fit: Fit) -> bool:
    return all(is_usable(snapshot.parts.get(table)) for table in new_fit.tables)
