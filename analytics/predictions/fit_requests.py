"""Requests for new fits: after an import, and after one was undone. Loads no models."""

from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_q.tasks import async_task

from analytics.predictions.models import Fit, FitRequest, Withdrawal
from ledger import build
from ledger.models import Snapshot

WITHDRAWN = "Predictions were withdrawn because an import was undone. New ones are being made."


def request_fits() -> None:
    """Have the worker of long jobs fit all models, once for any number of requests."""
    # An UPDATE and no query before it: it waits for the row lock of `begin_request`, so a worker
    # either sees these imports or leaves no waiting request here.
    now, waiting = timezone.now(), FitRequest.objects.filter(begun_at=None)
    if waiting.update(requested_at=now):
        return
    # Resets a request that is being done: `end_request` then does not match and leaves it.
    FitRequest.objects.update_or_create(id=1, defaults={"requested_at": now, "begun_at": None})
    # If this is lost, `fit_due` finds the request within ten minutes.
    transaction.on_commit(queue_fits, robust=True)


def queue_fits() -> None:
    async_task("analytics.predictions.fit.fit_requested", cluster=settings.LONG_JOBS)


def begin_request() -> datetime | None:
    """The time at which the work begins; None if there is no request or another worker has it."""
    now = timezone.now()
    return now if FitRequest.objects.filter(begun_at=None).update(begun_at=now) else None


def end_request(begun_at: datetime) -> None:
    """Requests that were made since the beginning stay."""
    FitRequest.objects.filter(begun_at=begun_at).delete()


def withdraw(since: datetime | None) -> None:
    """Withdraw the fits that were made since then, and those that are being made.

    Called in the transaction that undoes an import.
    """
    newest = Snapshot.objects.newest()
    if newest is None:
        return
    affected = fits_made_since(since, newest)
    tables = [table for fit in affected for table in fit.tables]
    for _ in range(build.TRIES):
        with suppress(IntegrityError), transaction.atomic():
            # A snapshot also if no table goes: its number tells which running fits have read the
            # import, and no builder that has read it can commit the same number.
            number = build.replace_files(dict.fromkeys(tables)).number
            Withdrawal.objects.create(number=number)
            Fit.objects.bulk_create(withdrawal(fit, number) for fit in affected)
            return
    raise build.Busy(f"Other builders of the ledger were faster {build.TRIES} times.")


def fits_made_since(since: datetime | None, snapshot: Snapshot) -> list[Fit]:
    # Not from `fits()`, which loads the models. The default ordering would undo the `distinct`.
    names = Fit.objects.order_by().values_list("name", flat=True).distinct()
    fits = [Fit.objects.in_snapshot(name, snapshot) for name in names]
    # `made_at` is the end of the fit: one that ran while the import was committed counts too.
    return [fit for fit in fits if fit and (since is None or fit.made_at >= since)]


def withdrawal(fit: Fit, number: int) -> Fit:
    return Fit(
        name=fit.name,
        used_from=number,
        read_from=fit.read_from,
        read_from_token=fit.read_from_token,
        seconds=0,
        # Who asks for fits with tables (notes, alerts) need not know of withdrawals.
        is_refusal=True,
        is_withdrawal=True,
        words=WITHDRAWN,
    )
