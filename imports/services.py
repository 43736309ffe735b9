"""What people do with imports: upload a file, have it written, call it off, throw it away."""

import re
from functools import partial

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django_q.tasks import async_task

from imports import uploads
from imports.jobs import finish_unwritten
from imports.models import Created, Document, Import, Mapping, VoucherSent

State = Import.State
READABLE = (State.PREVIEWED, State.FAILED)


class WrongState(Exception):
    """The import is not in a state that allows this."""


def upload(
    file: UploadedFile,
    user,
    *,
    format: str = "auto",
    mapping: Mapping | None = None,
    encoding: str = "",
    dates: str = "",
) -> Import:
    """Keep the file and have a worker look at it."""
    name, size, sha256 = uploads.store(file.chunks(), settings.IMPORT_MAX_BYTES)
    try:
        with transaction.atomic():
            run = Import.objects.create(
                name=display_name(file.name), file=name, size=size, sha256=sha256, user=user,
                format="generic" if mapping else format, mapping=mapping,
                encoding=encoding, dates=dates,
            )  # fmt: skip
            _queue("imports.jobs.read_import", run)
    except BaseException:
        uploads.delete(name)
        raise
    return run


def display_name(name: str | None) -> str:
    """The last part of the owner's name for the file: only ever shown, never opened."""
    last = re.split(r"[/\\]", name or "")[-1]
    return (
        re.sub(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", "", last)[-255:]
        or "file"
    )


@transaction.atomic
def commit(run: Import) -> Import:
    """Have the worker write what the preview has shown."""
    if not _state(run, State.PREVIEWED).update(state=State.WRITING):
        raise WrongState(f"Only a previewed import can be committed; this one is {_now(run)}.")
    uploads.reset_progress(run.file)
    _queue("imports.jobs.write_import", run)
    return _fresh(run)


@transaction.atomic
def read_again(
    run: Import,
    *,
    format: str = "auto",
    mapping: Mapping | None = None,
    encoding: str = "",
    dates: str = "",
) -> Import:
    """Have the worker look at the file once more, in the way that its owner says now."""
    if not can_be_reread(run):
        raise WrongState("The file is no longer available. Upload it again.")
    readable = Import.objects.filter(pk=run.pk, state__in=READABLE)
    if not readable.update(
        state=State.UPLOADED, format="generic" if mapping else format, mapping=mapping,
        encoding=encoding, dates=dates, error="", counts={}, preview={}, finished_at=None,
    ):  # fmt: skip
        raise WrongState(
            f"Only a previewed or failed import can be read again; this one is {_now(run)}."
        )
    uploads.reset_progress(run.file)
    _queue("imports.jobs.read_import", run)
    return _fresh(run)


def can_be_reread(run: Import) -> bool:
    """While the file is there: until the preview is answered, or an hour after a refusal."""
    return run.state in READABLE and bool(run.file) and uploads.path_of(run.file).exists()


def cancel(run: Import) -> Import:
    """Call it off. If it is just being written, the writer hears of it and takes all of it back.

    On SQLite the change of the state waits for the writer's transaction; without the mark beside
    the file it would wait for its happy end.
    """
    live = (State.WRITING, State.UPLOADED, State.READING, State.PREVIEWED)
    if _now(run) in live:
        uploads.cancel(run.file)
        if any(finish_unwritten(run, state, State.CANCELED) for state in live):
            return _fresh(run)
    uploads.delete(run.file)
    if _now(run) != State.CANCELED:
        raise WrongState(f"The import can no longer be canceled: it is {_now(run)}.")
    return _fresh(run)


@transaction.atomic
def delete_import(run: Import) -> None:
    """Forget an import that left nothing in the books."""
    run = Import.objects.select_for_update().get(pk=run.pk)
    if reason := deletion_obstacle(run):
        raise WrongState(reason)
    run.delete()
    transaction.on_commit(partial(uploads.delete, run.file))


def deletion_obstacle(run: Import) -> str:
    """In words, why it cannot be removed now; nothing if it can."""
    if run.state in (State.READING, State.WRITING):
        return f"The import is still {run.state}. Cancel it first."
    made = (Document.objects, Created.objects, VoucherSent.objects)
    if any(rows.filter(run=run).exists() for rows in made):
        return "The import created orders or other records. Undo it first."
    if Document.objects.filter(changed_by=run).exists():
        return "The import changed existing orders, so it cannot be deleted."
    return ""


def _state(run, state):
    return Import.objects.filter(pk=run.pk, state=state)


def _now(run) -> str:
    return Import.objects.values_list("state", flat=True).get(pk=run.pk)


def _fresh(run) -> Import:
    return Import.objects.get(pk=run.pk)


def _queue(job: str, run: Import) -> None:
    # If this is lost, `jobs.resume` finds the import within a minute.
    transaction.on_commit(partial(async_task, job, run.pk), robust=True)
