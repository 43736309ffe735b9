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


class FileNotReady(Exception):
    """The file is not made yet, or not any more."""


def may_fetch(export: Export, user) -> bool:
    within = may_read(export, user)
    return user == export.user and within and all(may_see(user, path) for path in export.reports)


def may_read(written: Export | Alert | Sending, user) -> bool:
    """Whether somebody still sees every country that it was written of."""
    seen = Reader.of(user).countries
    return seen is None or (written.countries is not None and {*written.countries} <= {*seen})


def active_issues_for(alert: Alert, user) -> dict[str, str]:
    """Issues, hidden where they tell of countries that the reader no longer sees."""
    return (
        alert.active_issues if may_read(alert, user) else dict.fromkeys(alert.active_issues, HIDDEN)
    )


def text_for(sending: Sending, user) -> str:
    return sending.words if may_read(sending, user) else sending.words and HIDDEN


def visible_countries(user) -> list[int] | None:
    seen = Reader.of(user).countries
    return None if seen is None else list(seen)


def may_see(user, path: str) -> bool:
    """A monthly report has sheets that not everybody may see; who made it may not see fewer now."""
    paths = monthly.SHEETS.values() if path == MONTHLY else [path]
    return all(user.may(resource_of(reports()[path]), "retrieve") for path in paths)


def file_exists(export: Export) -> bool:
    return bool(export.file) and files.file_path(export.file).exists()


def file_response(export: Export, user) -> FileResponse:
    if not may_fetch(export, user):
        raise PermissionDenied
    if export.state != Export.State.DONE:
        raise FileNotReady(f"The file is not there: {export.get_state_display()}.")
    try:
        file = files.file_path(export.file).open("rb")
    except FileNotFoundError:
        raise FileNotReady("The file is not there any more.") from None
    response = FileResponse(file, as_attachment=True, filename=export.name)
    response["Cache-Control"] = "private, no-store"
    return response


def delete_export(export: Export) -> None:
    export.delete()
    files.delete_file(export.file)


def temporary_file(write: Callable):
    """A file that is gone when it is closed, which is for who sends it."""
    file = TemporaryFile(prefix="ledgerlight-")  # noqa: SIM115
    write(file)
    file.seek(0)
    return file
