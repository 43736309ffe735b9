"""When running fits are stopped: their tables would be replaced at once, or must not be used.

A fit calls `stop_if_outdated` between its steps. Only requests stop fits, which imports and undone
imports make; a single sale does not. A shop that imports all the time would never get new fits, so
after MAX_RESTARTS in a row they are finished with the books that they have read.
"""

from datetime import datetime

from django.db.models import F, Q

from analytics.predictions.models import FitRequest, Withdrawal
from ledger.models import Dirty, LedgerFile, Snapshot
from ledger.sources import app_tables

MAX_RESTARTS = 3
REQUESTED = "The books have changed, and new fits were requested."


class Outdated(Exception):
    """The fit is not finished or not put to use; whoever changed the books requested a new one."""


def stop_if_outdated(snapshot: Snapshot) -> None:
    """Raise `Outdated` if a fit of this snapshot is no longer wanted."""
    refuse_withdrawn(snapshot.number)
    # A request that was made just after the snapshot may be that of an import it contains.
    if is_requested(snapshot.created_at) and has_changed_since(snapshot):
        raise Outdated(REQUESTED)


def stop_if_requested(since: datetime) -> None:
    """Raise `Outdated` if new fits were requested since then, which would replace these."""
    if is_requested(since):
        raise Outdated(REQUESTED)


def is_requested(since: datetime) -> bool:
    waiting = FitRequest.objects.filter(begun_at=None, requested_at__gt=since)
    return waiting.filter(restarts__lt=MAX_RESTARTS).exists()


def refuse_withdrawn(number: int) -> None:
    """Raise `Outdated` if an import was undone since the snapshot of this number."""
    if Withdrawal.objects.filter(number__gt=number).exists():
        raise Outdated("An import that was read has been undone, and new fits were requested.")


def has_changed_since(snapshot: Snapshot) -> bool:
    return Dirty.objects.exists() or books_have_changed(snapshot.number)


def books_have_changed(since: int) -> bool:
    """Whether a part of the books was written again after the snapshot of this number."""
    # Without the tables of fits: each fit would make every refused one due again.
    books = LedgerFile.objects.exclude(part__in=app_tables())
    # `last`: a month that lost its only orders has no newer file.
    return books.filter(Q(first__gt=since) | Q(last__gte=since)).exists()


def count_restart() -> None:
    """Fits were stopped for the request that waits."""
    FitRequest.objects.filter(begun_at=None).update(restarts=F("restarts") + 1)


def reset_restarts() -> None:
    """Fits were finished: a request that came meanwhile may stop the next ones again."""
    FitRequest.objects.update(restarts=0)
