"""What the worker does for exports. Each job may come twice, and may be killed anywhere."""

import logging
import secrets
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django_q.tasks import async_task

from analytics.semantics.filters import Refused
from core.problems import is_temporary, reason_of
from exports import files
from exports.making import Order
from exports.models import Export

log = logging.getLogger("ledgerlight.exports")
State = Export.State
PATIENCE = timedelta(minutes=10)  # without a sign of life: a table may take a while
ATTEMPTS = 3
BROKEN = "Something broke here. The log tells more under export {}."
GIVEN_UP = "It was begun {} times and never came to an end."


def order(wanted: Order) -> Export:
    """Have the worker make a file."""
    export = Export.objects.create(
        user=wanted.user,
        reports=list(wanted.reports),
        parameters=dict(wanted.parameters.lists()),
        format=wanted.format,
        total=wanted.total,
        name=wanted.name(),
    )
    # If this is lost, `resume` finds the export within a minute.
    transaction.on_commit(partial(async_task, "exports.jobs.make", export.pk), robust=True)
    return export


def make(pk: int) -> None:
    taken = {"state": State.MAKING, "seen_at": timezone.now(), "attempts": F("attempts") + 1}
    if not Export.objects.filter(pk=pk, state=State.WAITING).update(**taken):
        return  # somebody else makes it, or did
    export = Export.objects.select_related("user").get(pk=pk)
    name = secrets.token_hex(16)
    try:
        found = made(export, name)
    except Refused as refused:
        end(export, State.FAILED, error=str(refused))
    except Exception as error:
        log.exception("export %s", pk)
        if is_temporary(error) and export.attempts < ATTEMPTS:
            ours(export).update(state=State.WAITING)  # `resume` begins it again within a minute
        else:
            end(export, State.FAILED, error=reason_of(error, BROKEN.format(pk)))
    else:
        if not end(export, State.DONE, file=name, done=F("total"), **found):
            files.forget(name)  # it was taken from us, or is not wanted any more


def made(export: Export, name: str) -> dict:
    order = Order.of(export.user, export.reports, export.parameters, export.format)
    with files.whole(files.path_of(name)) as path:
        snapshot = order.write(path, partial(seen, export))
    countries = order.reader.countries
    return {
        "snapshot": snapshot.number,
        "size": files.path_of(name).stat().st_size,
        "countries": None if countries is None else list(countries),
    }


def ours(export: Export):
    """The export, as long as nobody took it up after us."""
    mine = {"state": State.MAKING, "attempts": export.attempts}
    return Export.objects.filter(pk=export.pk, **mine)


def seen(export: Export, done: int) -> None:
    ours(export).update(done=done, seen_at=timezone.now())


def end(export: Export, state: State, **more) -> bool:
    return bool(ours(export).update(state=state, finished_at=timezone.now(), **more))


def resume() -> None:
    """Take up what a killed worker left, and forget what is too old. Called every minute."""
    now = timezone.now()  # what was seen in the future was seen by a clock that was wrong
    away = Q(seen_at__lt=now - PATIENCE) | Q(seen_at__gt=now + PATIENCE)
    lost = Export.objects.filter(away, state=State.MAKING)
    told = {"error": GIVEN_UP.format(ATTEMPTS), "finished_at": timezone.now()}
    lost.filter(attempts__gte=ATTEMPTS).update(state=State.FAILED, **told)
    lost.update(state=State.WAITING)
    for pk in list(Export.objects.filter(state=State.WAITING).values_list("pk", flat=True)):
        make(pk)
    tidy()


def tidy() -> None:
    kept = timezone.now() - timedelta(days=settings.EXPORT_KEEP_DAYS)
    Export.objects.filter(created_at__lt=kept).exclude(state=State.MAKING).delete()
    files.sweep(set(Export.objects.exclude(file="").values_list("file", flat=True)))
