"""Exports in the background. A job may run twice and may be killed at any point."""

import secrets
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django_q.tasks import async_task

from exports import files
from exports.export_spec import ExportSpec
from exports.failures import failure_of
from exports.models import Export

State = Export.State
STUCK_AFTER = timedelta(minutes=10)  # without progress: a large table takes a while
MAX_ATTEMPTS = 3
GIVEN_UP = "Gave up after {} attempts: each was interrupted."


def enqueue(spec: ExportSpec) -> Export:
    """Leaves it to the worker to create the file."""
    export = Export.objects.create(
        user=spec.user,
        reports=list(spec.reports),
        parameters=dict(spec.parameters.lists()),
        format=spec.format,
        total=spec.table_count,
        name=spec.file_name(),
    )
    # If this is lost, `resume` finds the export within a minute.
    transaction.on_commit(partial(async_task, "exports.jobs.make", export.pk), robust=True)
    return export


def make(pk: int) -> None:
    claim = {"state": State.MAKING, "seen_at": timezone.now(), "attempts": F("attempts") + 1}
    if not Export.objects.filter(pk=pk, state=State.WAITING).update(**claim):
        return  # another worker has it, or had it
    export = Export.objects.select_related("user").get(pk=pk)
    # A name for each attempt: a worker that was taken for dead may still be writing its own file.
    name = secrets.token_hex(16)
    try:
        result = write_file(export, name)
    except Exception as error:
        failure = failure_of(error, f"export {pk}")
        if failure.is_temporary and export.attempts < MAX_ATTEMPTS:
            claimed(export).update(state=State.WAITING)  # `resume` starts it again within a minute
        else:
            finish(export, State.FAILED, error=failure.message)
    else:
        # `done` is recorded before each table, so the last one is not in it yet.
        if not finish(export, State.DONE, file=name, done=F("total"), **result):
            files.delete_file(name)  # the export was deleted, or another worker has taken it over


def write_file(export: Export, name: str) -> dict:
    # Anew: the user may have lost the role or a country while the export waited.
    spec = ExportSpec.validated(export.user, export.reports, export.parameters, export.format)
    with files.atomic_write(files.file_path(name)) as path:
        snapshot = spec.write(path, partial(record_progress, export))
    countries = spec.reader.countries
    return {
        "snapshot": snapshot.number,
        "size": files.file_path(name).stat().st_size,
        "countries": None if countries is None else list(countries),
    }


def claimed(export: Export) -> QuerySet:
    """The export, or no row if another worker has taken it over."""
    # The number of the attempt tells apart two workers of which one was only taken for dead.
    return Export.objects.filter(pk=export.pk, state=State.MAKING, attempts=export.attempts)


def record_progress(export: Export, done: int) -> None:
    claimed(export).update(done=done, seen_at=timezone.now())


def finish(export: Export, state: State, **values: Any) -> bool:
    return bool(claimed(export).update(state=state, finished_at=timezone.now(), **values))


def resume() -> None:
    """Called every minute: goes on where a worker was killed and deletes old exports."""
    now = timezone.now()  # a time that lies ahead was written by a clock that was wrong
    is_stuck = Q(seen_at__lt=now - STUCK_AFTER) | Q(seen_at__gt=now + STUCK_AFTER)
    stuck = Export.objects.filter(is_stuck, state=State.MAKING)
    failed = {"error": GIVEN_UP.format(MAX_ATTEMPTS), "finished_at": timezone.now()}
    # First those that are given up: they are no longer MAKING, so the next line leaves them alone.
    stuck.filter(attempts__gte=MAX_ATTEMPTS).update(state=State.FAILED, **failed)
    stuck.update(state=State.WAITING)
    for pk in list(Export.objects.filter(state=State.WAITING).values_list("pk", flat=True)):
        make(pk)
    delete_old_exports()


def delete_old_exports() -> None:
    oldest = timezone.now() - timedelta(days=settings.EXPORT_KEEP_DAYS)
    # Rows go before files: a kill in between leaves a file, which the next run deletes.
    Export.objects.filter(created_at__lt=oldest).exclude(state=State.MAKING).delete()
    files.delete_orphans(set(Export.objects.exclude(file="").values_list("file", flat=True)))
