"""What the worker does with uploaded files. Each job may run twice, and may be killed anywhere.

A job takes an import only in the state that it is meant for, and only if no other worker is at it.
It ends with a conditional change of the state: a job that is late changes nothing.
"""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from django.db import IntegrityError, OperationalError
from django.utils import timezone

from core.problems import failure_message
from imports import pipeline, uploads
from imports.files import FileRefused
from imports.formats.generic import BadMapping
from imports.models import Import
from imports.pipeline import ImportSuperseded, ReadOptions, read_file
from imports.staged_file import StagedFile
from imports.uploads import Canceled, Heartbeat

log = logging.getLogger("ledgerlight.imports")
State = Import.State
# A file that kills its worker, by using up the memory for instance, is not tried for ever.
ATTEMPTS = 3
UNEXPECTED = "Something went wrong and nothing was imported. See the log for import {}."
GIVEN_UP = "The import was tried {} times without finishing; nothing was imported."


def read_import(pk: int) -> None:
    """Read and check an uploaded file and store the preview."""
    # READING too: a killed worker left it in that state.
    run = _claim(pk, State.UPLOADED, State.READING)
    if run is None or not _change_state(run, run.state, State.READING):
        return
    fields: dict[str, Any] = {}
    with _working(run, State.READING) as heartbeat, staged_file(run, heartbeat) as file:
        preview = pipeline.preview(file)
        fields = {"preview": preview, "counts": preview["counts"]} | pipeline.file_properties(file)
    if fields:  # after the end of the heartbeat, so that a quick commit finds no worker at it
        _change_state(run, State.READING, State.PREVIEWED, **fields)


def write_import(pk: int) -> None:
    """Import a file: everything, or nothing."""
    run = _claim(pk, State.WRITING)
    if run is None:
        return
    with _working(run, State.WRITING) as heartbeat, staged_file(run, heartbeat) as file:
        heartbeat.restart(file.staging.total)
        pipeline.write_import(file, run, heartbeat.update)
    # Ask the database: a connection that broke during the commit tells nothing of its success.
    if Import.objects.filter(pk=pk, state=State.DONE).exists():
        uploads.delete_upload(run.file)


def resume() -> None:
    """Continue what a killed worker left and start what was never queued. Runs every minute."""
    waiting = Import.objects.waiting_for_work().order_by("pk")
    for pk, state in list(waiting.values_list("pk", "state")):
        (write_import if state == State.WRITING else read_import)(pk)
    needed = Import.objects.in_need_of_their_file().values_list("file", flat=True)
    uploads.delete_orphans(set(needed))


def staged_file(run: Import, heartbeat: Heartbeat) -> AbstractContextManager[StagedFile]:
    options = ReadOptions(run.format, encoding=run.encoding, date_order=run.dates)
    if run.mapping:
        options.mapping, options.mapping_name = run.mapping.columns, run.mapping.name
    return read_file(uploads.path_of(run.file), run.name, options, heartbeat.update)


def _claim(pk: int, *states: str) -> Import | None:
    """The import, if it is in one of these states and no worker is at it."""
    run = Import.objects.select_related("mapping").filter(pk=pk, state__in=states).first()
    if run is None or uploads.is_in_progress(run.file):
        return None
    if uploads.read_progress(run.file).get("attempt", 0) >= ATTEMPTS:
        finish_unwritten(run, run.state, State.FAILED, GIVEN_UP.format(ATTEMPTS))
        return None
    return run


def _change_state(run: Import, before: str, after: str, **fields: Any) -> bool:
    return bool(Import.objects.filter(pk=run.pk, state=before).update(state=after, **fields))


@contextmanager
def _working(run: Import, state: str) -> Iterator[Heartbeat]:
    """Store how the work ended if it did not succeed."""
    refusal = None
    with Heartbeat(run.file) as heartbeat:
        try:
            yield heartbeat
            return
        # Whoever was faster has stored the outcome.
        except ImportSuperseded:
            return
        except Canceled:
            after, error = State.CANCELED, ""
        except (FileRefused, BadMapping) as refused:
            after, error, refusal = State.FAILED, str(refused), refused
        except (OperationalError, IntegrityError):
            # The database is away or full, or the shop wrote the same row: worth another attempt.
            log.exception("import %s, attempt %s", run.pk, heartbeat.attempt)
            return
        except Exception as unexpected:
            log.exception("import %s", run.pk)
            after, error = State.FAILED, failure_message(unexpected, UNEXPECTED.format(run.pk))
    if isinstance(refusal, FileRefused) and refusal.answerable:
        keep_for_rereading(run, state, refusal)
    else:
        finish_unwritten(run, state, after, error)


def keep_for_rereading(run: Import, before: str, refused: FileRefused) -> None:
    """Show the first rows to the user, who may have the file read with other options."""
    preview: dict[str, Any] = {"first_rows": refused.first_rows}
    if refused.encoding:
        preview["encoding"] = refused.encoding
    # The header is what the page offers as columns of a mapping.
    fields = {"error": refused.reason, "header": refused.header, "preview": preview}
    if _change_state(run, before, State.FAILED, finished_at=timezone.now(), **fields):
        uploads.keep_for_rereading(run.file)


def finish_unwritten(run: Import, before: str, after: str, error: str = "") -> bool:
    """End an import that wrote nothing, and delete its file."""
    changed = _change_state(run, before, after, error=error, finished_at=timezone.now())
    if changed:
        uploads.delete_upload(run.file)
    return changed
