"""What users do with imports: upload a file, commit, cancel, read again, delete."""

import re
from functools import partial

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django_q.tasks import async_task

from accounts.models import User
from imports import uploads
from imports.jobs import finish_unwritten
from imports.models import Created, Document, Import, Mapping, VoucherSent

State = Import.State
READABLE = (State.PREVIEWED, State.FAILED)
# Control characters, line separators, marks that reverse the direction of text, lone surrogates.
UNPRINTABLE = r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"


class WrongState(Exception):
    """The import is not in a state that allows this."""


def upload_file(
    file: UploadedFile,
    user: User,
    *,
    format: str = "auto",
    mapping: Mapping | None = None,
    encoding: str = "",
    dates: str = "",
) -> Import:
    """Store the file and have a worker read it."""
    name, size, sha256 = uploads.store(file.chunks(), settings.IMPORT_MAX_BYTES)
    try:
        with transaction.atomic():
            run = Import.objects.create(
                name=display_name(file.name), file=name, size=size, sha256=sha256, user=user,
                format="generic" if mapping else format, mapping=mapping,
                encoding=encoding, dates=dates,
            )  # fmt: skip
            _queue("imports.jobs.read_import", run)
    # BaseException: nobody else knows of the file, also if the process is told to end.
    except BaseException:
        uploads.delete_upload(name)
        raise
    return run


def display_name(name: str | None) -> str:
    """The last part of the user's name for the file: it is only displayed, never opened."""
    last = re.split(r"[/\\]", name or "")[-1]
    # The end is kept, as it has the extension.
    return re.sub(UNPRINTABLE, "", last)[-255:] or "file"


@transaction.atomic
def commit_import(run: Import) -> Import:
    """Have the worker write what the preview has shown."""
    if not _in_state(run, State.PREVIEWED).update(state=State.WRITING):
        raise WrongState(
            f"Only a previewed import can be committed; this one is {_current_state(run)}."
        )
    # Else the attempts to read count as attempts to write, after which the import is given up.
    uploads.reset_progress(run.file)
    _queue("imports.jobs.write_import", run)
    return _reloaded(run)


@transaction.atomic
def read_import_again(
    run: Import,
    *,
    format: str = "auto",
    mapping: Mapping | None = None,
    encoding: str = "",
    dates: str = "",
) -> Import:
    """Have the worker read the file once more, with other options."""
    if not can_be_reread(run):
        raise WrongState("The file is no longer available. Upload it again.")
    if not _in_state(run, *READABLE).update(
        state=State.UPLOADED, format="generic" if mapping else format, mapping=mapping,
        encoding=encoding, dates=dates, error="", counts={}, preview={}, finished_at=None,
    ):  # fmt: skip
        state = _current_state(run)
        raise WrongState(
            f"Only a previewed or failed import can be read again; this one is {state}."
        )
    uploads.reset_progress(run.file)
    _queue("imports.jobs.read_import", run)
    return _reloaded(run)


def can_be_reread(run: Import) -> bool:
    """While the file is there: until the preview is answered, or an hour after a refusal."""
    return run.state in READABLE and bool(run.file) and uploads.path_of(run.file).exists()


def cancel_import(run: Import) -> Import:
    """Cancel the import. If it is being written, the worker sees the marker and rolls back.

    On SQLite the update of the state waits for the worker's transaction; without the marker file
    it would wait until that is committed.
    """
    # A worker changes the states in this order from UPLOADED on, so none is missed in between.
    cancelable = (State.WRITING, State.UPLOADED, State.READING, State.PREVIEWED)
    if _current_state(run) in cancelable:
        uploads.request_cancel(run.file)
        if any(finish_unwritten(run, state, State.CANCELED) for state in cancelable):
            return _reloaded(run)
    # If the worker was faster, the marker would be left.
    uploads.delete_upload(run.file)
    if (state := _current_state(run)) != State.CANCELED:
        raise WrongState(f"The import can no longer be canceled: it is {state}.")
    return _reloaded(run)


@transaction.atomic
def delete_import(run: Import) -> None:
    """Delete an import that left no records."""
    run = Import.objects.select_for_update().get(pk=run.pk)
    if reason := deletion_obstacle(run):
        raise WrongState(reason)
    run.delete()
    # After the commit: if it fails, the import still needs its file.
    transaction.on_commit(partial(uploads.delete_upload, run.file))


def deletion_obstacle(run: Import) -> str:
    """Why the import cannot be deleted now; empty if it can."""
    if run.state in (State.READING, State.WRITING):
        return f"The import is still {run.state}. Cancel it first."
    created = (Document.objects, Created.objects, VoucherSent.objects)
    if any(rows.filter(run=run).exists() for rows in created):
        return "The import created orders or other records. Undo it first."
    if Document.objects.filter(changed_by=run).exists():
        return "The import changed existing orders, so it cannot be deleted."
    return ""


def _in_state(run: Import, *states: str) -> QuerySet:
    return Import.objects.filter(pk=run.pk, state__in=states)


def _current_state(run: Import) -> str:
    return Import.objects.values_list("state", flat=True).get(pk=run.pk)


def _reloaded(run: Import) -> Import:
    return Import.objects.get(pk=run.pk)


def _queue(job: str, run: Import) -> None:
    # After the commit, before which the worker would not find the row.
    # If this is lost, `jobs.resume` finds the import within a minute.
    transaction.on_commit(partial(async_task, job, run.pk), robust=True)
