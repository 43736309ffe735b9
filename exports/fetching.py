"""Who may fetch a file: who asked for it, as long as they may see all that is in it."""

from collections.abc import Callable
from tempfile import TemporaryFile

from django.core.exceptions import PermissionDenied
from django.http import FileResponse

from analytics.api.reports import resource_of
from analytics.semantics.filters import Reader
from analytics.semantics.report import reports
from exports import files, monthly
from exports.models import MONTHLY, Alert, Export, Sending

HIDDEN = "It was written when its owner saw other countries than now."


class NotThere(Exception):
    """The file is not made yet, or not any more."""


def may_fetch(export: Export, user) -> bool:
    within = may_read(export, user)
    return user == export.user and within and all(may_see(user, path) for path in export.reports)


def may_read(written: Export | Alert | Sending, user) -> bool:
    """Whether somebody still sees every country that it was written of."""
    seen = Reader.of(user).countries
    return seen is None or (written.countries is not None and {*written.countries} <= {*seen})


def amiss_for(alert: Alert, user) -> dict[str, str]:
    """What is amiss, in words that count only what the reader may see now."""
    return alert.amiss if may_read(alert, user) else dict.fromkeys(alert.amiss, HIDDEN)


def words_for(sending: Sending, user) -> str:
    return sending.words if may_read(sending, user) else sending.words and HIDDEN


def countries_of(user) -> list[int] | None:
    seen = Reader.of(user).countries
    return None if seen is None else list(seen)


def may_see(user, path: str) -> bool:
    """A monthly report has sheets that not everybody may see; who made it may not see fewer now."""
    paths = monthly.SHEETS.values() if path == MONTHLY else [path]
    return all(user.may(resource_of(reports()[path]), "retrieve") for path in paths)


def is_there(export: Export) -> bool:
    return bool(export.file) and files.path_of(export.file).exists()


def fetched(export: Export, user) -> FileResponse:
    if not may_fetch(export, user):
        raise PermissionDenied
    if export.state != Export.State.DONE:
        raise NotThere(f"The file is not there: {export.get_state_display()}.")
    try:
        file = files.path_of(export.file).open("rb")
    except FileNotFoundError:
        raise NotThere("The file is not there any more.") from None
    answer = FileResponse(file, as_attachment=True, filename=export.name)
    answer["Cache-Control"] = "private, no-store"
    return answer


def remove(export: Export) -> None:
    export.delete()
    files.forget(export.file)


def temporary(write: Callable):
    """A file that is gone when it is closed, which is for who sends it."""
    file = TemporaryFile(prefix="ledgerlight-")  # noqa: SIM115
    write(file)
    file.seek(0)
    return file
