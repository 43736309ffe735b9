"""What the worker does with uploaded files. Each job may come twice, and may be killed anywhere.

A job takes an import only in the state that it is for, and only if nobody works on it already.
Whatever it did comes with a conditional change of the state: who is late changes nothing.
"""

import logging
from contextlib import contextmanager

from django.db import IntegrityError, OperationalError
from django.utils import timezone

from core.problems import reason_of
from imports import pipeline, uploads
from imports.files import FileRefused
from imports.formats.generic import BadMapping
from imports.models import Import
from imports.pipeline import ImportSuperseded, ReadOptions, read_file
from imports.uploads import Canceled, Heartbeat

log = logging.getLogger("ledgerlight.imports")
State = Import.State
ATTEMPTS = 3
BROKEN = "Something went wrong and nothing was imported. See the log for import {}."
GIVEN_UP = "The import was tried {} times without finishing; nothing was imported."


def read_import(pk: int) -> None:
    """Read and check an uploaded file: the preview says what would become of it."""
    run = _claimed(pk, State.UPLOADED, State.READING)
    if run is None or not _move(run, run.state, State.READING):
        return
    found = {}
    with _at_work(run, State.READING) as heartbeat, staged_file(run, heartbeat) as file:
        preview = pipeline.preview(file)
        found = {"preview": preview, "counts": preview["counts"], **pipeline.file_properties(file)}
    if found:  # told when the heartbeat has ended, so that a quick commit finds nobody at work
        _move(run, State.READING, State.PREVIEWED, **found)


def write_import(pk: int) -> None:
    """Bring a file into the books: everything, or nothing."""
    run = _claimed(pk, State.WRITING)
    if run is None:
        return
    with _at_work(run, State.WRITING) as heartbeat, staged_file(run, heartbeat) as file:
        heartbeat.restart(file.staging.total)
        pipeline.write_import(file, run, heartbeat.report)
    if Import.objects.filter(pk=pk, state=State.DONE).exists():
        uploads.delete(run.file)


def resume() -> None:
    """Take up what a killed worker left, or what was never begun. Called every minute."""
    waiting = Import.objects.waiting_for_work().order_by("pk")
    for pk, state in list(waiting.values_list("pk", "state")):
        (write_import if state == State.WRITING else read_import)(pk)
    needed = Import.objects.in_need_of_their_file().values_list("file", flat=True)
    uploads.delete_orphans(set(needed))


def staged_file(run: Import, heartbeat: Heartbeat):
    options = ReadOptions(run.format, encoding=run.encoding, date_order=run.dates)
    if run.mapping:
        options.mapping, options.mapping_name = run.mapping.columns, run.mapping.name
    return read_file(uploads.path_of(run.file), run.name, options, heartbeat.report_of_total)


def _claimed(pk, *states) -> Import | None:
    """The import, if there is something to do for it and nobody does it."""
    run = Import.objects.select_related("mapping").filter(pk=pk, state__in=states).first()
    if run is None or uploads.is_worked_on(run.file):
        return None
    if uploads.read_progress(run.file).get("attempt", 0) >= ATTEMPTS:
        finish_unwritten(run, run.state, State.FAILED, GIVEN_UP.format(ATTEMPTS))
        return None
    return run


def _move(run, before, after, **fields) -> bool:
    return bool(Import.objects.filter(pk=run.pk, state=before).update(state=after, **fields))


@contextmanager
def _at_work(run: Import, state: State):
    """Whatever happens, the import says its true state afterwards."""
    refused = None
    with Heartbeat(run.file) as heartbeat:
        try:
            yield heartbeat
            return
        except ImportSuperseded:
            return
        except Canceled:
            after, error = State.CANCELED, ""
        except (FileRefused, BadMapping) as reason:
            after, error, refused = State.FAILED, str(reason), reason
        except (OperationalError, IntegrityError):
            # The database is away or full, or the shop wrote the same row: worth another attempt.
            log.exception("import %s, attempt %s", run.pk, heartbeat.attempt)
            return
        except Exception as broken:
            log.exception("import %s", run.pk)
            after, error = State.FAILED, reason_of(broken, BROKEN.format(run.pk))
    if isinstance(refused, FileRefused) and refused.answerable:
        keep_for_rereading(run, state, refused)
    else:
        finish_unwritten(run, state, after, error)


def keep_for_rereading(run: Import, before: State, refused: FileRefused) -> None:
    """Its owner sees what stands in it, and may have it read in another way."""
    seen = {"header": refused.header, "preview": {"first_rows": refused.first_rows}}
    if refused.encoding:
        seen["preview"]["encoding"] = refused.encoding
    told = {"error": refused.reason, "finished_at": timezone.now()}
    if _move(run, before, State.FAILED, **told, **seen):
        uploads.keep_for_rereading(run.file)


def finish_unwritten(run: Import, before: State, after: State, error: str = "") -> bool:
    """The import is over without a trace in the books, and its file is not needed any more."""
    over = _move(run, before, after, error=error, finished_at=timezone.now())
    if over:
        uploads.delete(run.file)
    return over
