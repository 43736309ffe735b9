"""A fit is one model, declared once: what it reads of the ledger, and the tables that it writes.

Fits run in the worker and by `manage.py fit_models`, never in a request. What one wrote becomes
part of the ledger with the snapshot that names its files: until then, and when it fails or is
killed, the one before stays in use.
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
from django.db.models import Q
from django.utils import timezone
from ibis import Table

from analytics.predictions.fit_requests import begin_request, end_request
from analytics.predictions.models import Fit, FitRequest
from analytics.semantics.report import Note
from core.registry import import_registered
from ledger import build, repair
from ledger.engine import engine
from ledger.files import Writer
from ledger.models import LedgerFile, Snapshot
from ledger.sources import app_tables, is_usable

log = logging.getLogger("ledgerlight.fits")
NOT_YET = "Nothing is predicted yet. The worker fits each night and after imports."


class Outdated(Exception):
    """What was read holds an import that was undone meanwhile."""


class NotEnoughData(Exception):
    """There is not enough to fit, and this is what is missing: "212 of 500 buyers needed"."""


@dataclass(frozen=True)
class Fitted:
    """What a fit found. `words` go with every answer that is made of it."""

    tables: dict[str, pa.Table]
    words: str
    parameters: dict = field(default_factory=dict)
    backtest: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Model:
    name: str
    tables: tuple[str, ...]
    run: Callable[[Snapshot], Fitted]


declared: dict[str, Model] = {}


def fit(name: str, *tables: str):
    """Make a fit of a function that reads a snapshot and gives `Fitted`, or raises `TooLittle`.

    The columns of its tables are those of the app's `ledger_tables`; no other fit writes them.
    """

    def declare(function):
        declared[name] = Model(name, tables, function)
        return function

    return declare


@cache
def fits() -> dict[str, Model]:
    """Every fit by its name: those in the modules of the `fit_packages` of installed apps."""
    import_registered("fit_packages")
    return dict(sorted(declared.items()))


def read_query(snapshot: Snapshot, query: Table) -> pa.Table:
    """The rows of a query, for a fit; what it reads once need not be remembered."""
    return repair.fetch(snapshot, engine().compile(query))


def fit_models(*names: str) -> list[Fit]:
    """Fit these models anew, or all; one that fails leaves its last fit in use."""
    done = []
    for model in [fits()[name] for name in names] if names else fits().values():
        try:
            done.append(fit_one(model))
        except Outdated as reason:
            log.info("%s", reason)
        except Exception:
            log.exception("fit %s", model.name)
    return done


def fit_one(model: Model) -> Fit:
    snapshot, started = build.current(max_age=0), time.monotonic()
    try:
        found = model.run(snapshot)
    except NotEnoughData as reason:
        found = Fitted({}, str(reason))
    made = Fit(
        name=model.name,
        read_from=snapshot.number,
        read_from_token=snapshot.token,
        words=found.words,
        parameters=found.parameters,
        backtest=found.backtest,
        is_refusal=not found.tables,
        tables=sorted(found.tables),
        seconds=round(time.monotonic() - started, 3),
    )
    return put_to_use(model, made, found.tables)


def put_to_use(model: Model, made: Fit, tables: dict[str, pa.Table]) -> Fit:
    """The files, and in one transaction the fit and the snapshot that has them."""
    with Writer(settings.LEDGER_FOLDER) as writer:
        files = {name: writer.write_table(name, table) for name, table in tables.items()}
        writer.fsync_directory()
        for _ in range(build.TRIES):
            with suppress(IntegrityError), transaction.atomic():
                refuse_withdrawn(made)
                made.used_from = build.replace_files(dict.fromkeys(model.tables) | files).number
                made.save()
                writer.keep()
                return made
    raise build.Busy(f"{model.name}: builders of the ledger were faster {build.TRIES} times.")


def refuse_withdrawn(made: Fit) -> None:
    later = Fit.objects.filter(name=made.name, is_withdrawal=True, used_from__gt=made.read_from)
    if later.exists():
        raise Outdated(f"{made.name}: an import that it was made of was undone.")


def fit_requested() -> list[Fit]:
    """Fit all models, if somebody asked for it and nobody does it already."""
    begun_at = begin_request()
    if begun_at is None:
        return []
    done = fit_models()
    end_request(begun_at)
    return done


def fit_due() -> list[Fit]:
    """Fit what was never fitted, what was lost, and what had too little before the books grew."""
    # The worker has one hand: a request that is begun and here still was begun by a killed one.
    FitRequest.objects.update(begun_at=None)
    if done := fit_requested():
        return done
    names = [name for name, model in fits().items() if is_due(model)]
    return fit_models(*names) if names else []


def is_due(model: Model) -> bool:
    snapshot = build.current()
    last = Fit.objects.of(model.name, snapshot)
    if last is None:
        return True
    if last.is_withdrawal:
        return True
    if last.is_refusal:
        return books_have_changed(last.read_from)
    return not has_current_tables(snapshot, last)


def books_have_changed(since: int) -> bool:
    """Whether a part of the books was written anew after the snapshot of this number."""
    books = LedgerFile.objects.exclude(part__in=app_tables())
    return books.filter(Q(first__gt=since) | Q(last__gte=since)).exists()


def note_of(name: str) -> Note:
    """For reports that read what this fit wrote."""

    def note(snapshot: Snapshot, is_scoped: bool) -> str:
        return fit_note(name, snapshot, is_scoped=is_scoped)

    return note


def fit_note(name: str, snapshot: Snapshot, *, is_scoped: bool) -> str:
    """What is said with an answer that is made of this fit. The models are not loaded for it: they
    bring 50 MB along, which a web process never needs.

    The words count what the whole shop has; who sees a part of it reads no such numbers.
    """
    last = Fit.objects.of(name, snapshot)
    if not (last and has_current_tables(snapshot, last)):
        return NOT_YET
    if not is_scoped:
        return last.words
    if last.is_refusal:
        return "The whole shop has sold too little for this model yet."
    return f"Made of the whole shop on {timezone.localdate(last.made_at)}."


def has_current_tables(snapshot: Snapshot, made: Fit) -> bool:
    return all(is_usable(snapshot.parts.get(table)) for table in made.tables)
