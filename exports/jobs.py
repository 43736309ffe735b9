"""What the worker does for exports. Each job may come twice, and may be killed anywhere."""

import secrets
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django_q.tasks import async_task

from exports import files
from exports.export_spec import ExportSpec
from exports.failures import failure_of
from exports.models import Export

State = Export.State
PATIENCE = timedelta(minutes=10)  # without a sign of life: a table may take a while
ATTEMPTS = 3
GIVEN_UP = "It was begun {} times and never came to an end."


def enqueue(spec: ExportSpec) -> Export:
    """Have the worker make a file."""
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
    taken = {"state": State.MAKING, "seen_at": timezone.now(), "attempts": F("attempts") + 1}
    if not Export.objects.filter(pk=pk, state=State.WAITING).update(**taken):
        return  # somebody else makes it, or did
    export = Export.objects.select_related("user").get(pk=pk)
    name = secrets.token_hex(16)
    try:
        found = write_file(export, name)
    except Exception as error:
        failure = failure_of(error, f"export {pk}")
        if failure.is_temporary and export.attempts < ATTEMPTS:
            claimed(export).update(state=State.WAITING)  # `resume` begins it again within a minute
        else:
            finish(export, State.FAILED, error=failure.message)
    else:
        if not finish(export, State.DONE, file=name, done=F("total"), **found):
            files.delete_file(name)  # it was taken from us, or is not wanted any more


def write_file(export: Export, name: str) -> dict:
    spec = ExportSpec.validated(export.user, export.reports, export.parameters, export.format)
    with files.atomic_write(files.file_path(name)) as path:
        snapshot = spec.write(path, partial(record_progress, export))
    countries = spec.reader.countries
    return {
        "snapshot": snapshot.number,
        "size": files.file_path(name).stat().st_size,
        "countries": None if countries is None else list(countries),
    }


def claimed(export: Export):
    """The export, as long as nobody took it up after us."""
    mine = {"state": State.MAKING, "attempts": export.attempts}
    return Export.objects.filter(pk=export.pk, **mine)


def record_progress(export: Export, done: int) -> None:
    claimed(export).update(done=done, seen_at=timezone.now())


def finish(export: Export, state: State, **more) -> bool:
    return bool(claimed(export).update(state=state, finished_at=timezone.now(), **more))


def resume() -> None:
    """Take up what a killed worker left, and forget what is too old. Called every minute."""
    now = timezone.now()  # what was seen in the future was seen by a clock that was wrong
    away = Q(seen_at__lt=now - PATIENCE) | Q(seen_at__gt=now + PATIENCE)
    lost = Export.objects.filter(away, state=State.MAKING)
    failed = {"error": GIVEN_UP.format(ATTEMPTS), "finished_at": timezone.now()}
    lost.filter(attempts__gte=ATTEMPTS).update(state=State.FAILED, **failed)
    lost.update(state=State.WAITING)
    for pk in list(Export.objects.filter(state=State.WAITING).values_list("pk", flat=True)):
        make(pk)
    delete_old_exports()


def delete_old_exports() -> None:
    kept = timezone.now() - timedelta(days=settings.EXPORT_KEEP_DAYS)
    Export.objects.filter(created_at__lt=kept).exclude(state=State.MAKING).delete()
    files.delete_orphans(set(Export.objects.exclude(file="").values_list("file", flat=True)))
