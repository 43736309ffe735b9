"""Who may download a file and read what an alert has found.

Only the person who created an export downloads it, and only while they may see everything in it.
"""

from collections.abc import Callable
from tempfile import TemporaryFile
from typing import IO

from django.core.exceptions import PermissionDenied
from django.http import FileResponse

from accounts.models import User
from analytics.api.reports import resource_of
from analytics.semantics.filters import Reader
from analytics.semantics.report import reports
from exports import files, monthly
from exports.models import MONTHLY, Alert, Export, Sending

HIDDEN = "Hidden: it covers countries that you can no longer see."


class FileNotReady(Exception):
    """It is not created yet, or already deleted."""


def may_fetch(export: Export, user: User) -> bool:
    if user != export.user or not may_read(export, user):
        return False
    return all(may_see(user, path) for path in export.reports)


def may_read(content: Export | Alert | Sending, user: User) -> bool:
    """Whether the user still sees every country that the content covers."""
    visible = visible_countries(user)
    # Content of all countries (null) is only for those who still see all: they may be more by now.
    return visible is None or (content.countries is not None and {*content.countries} <= {*visible})


def active_issues_for(alert: Alert, user: User) -> dict[str, str]:
    """The issues, without their texts if these cover countries that the user no longer sees."""
    if may_read(alert, user):
        return alert.active_issues
    return dict.fromkeys(alert.active_issues, HIDDEN)


def count_active_issues(user: User) -> int:
    """Of the user's own alerts: the number beside Alerts in the menu of every page."""
    issues = Alert.objects.filter(user=user, is_active=True).values_list("active_issues", flat=True)
    return sum(map(len, issues))


def text_for(sending: Sending, user: User) -> str:
    return sending.words if may_read(sending, user) else sending.words and HIDDEN


def visible_countries(user: User) -> list[int] | None:
    """Ids; None stands for all."""
    countries = Reader.of(user).countries
    return None if countries is None else list(countries)


def may_see(user: User, path: str) -> bool:
    """For the monthly sales report: every sheet, as its creator may have lost some since."""
    paths = monthly.SHEETS.values() if path == MONTHLY else [path]
    return all(user.may(resource_of(reports()[path]), "retrieve") for path in paths)


def file_exists(export: Export) -> bool:
    return bool(export.file) and files.file_path(export.file).exists()


def file_response(export: Export, user: User) -> FileResponse:
    if not may_fetch(export, user):
        raise PermissionDenied
    if export.state != Export.State.DONE:
        raise FileNotReady(f"The file is not ready: {export.get_state_display().lower()}.")
    try:
        file = files.file_path(export.file).open("rb")
    # `delete_old_exports` may run after the state was read.
    except FileNotFoundError:
        raise FileNotReady("The file was deleted.") from None
    response = FileResponse(file, as_attachment=True, filename=export.name)
    response["Cache-Control"] = "private, no-store"
    return response


def delete_export(export: Export) -> None:
    # The row first: a kill in between leaves a file without a row, which `resume` deletes.
    export.delete()
    files.delete_file(export.file)


def temporary_file(write: Callable[[IO[bytes]], None]) -> IO[bytes]:
    """A file that is deleted as soon as it is closed; whoever sends it closes it."""
    # On disk: the workbook of a large month does not belong into the web process's memory.
    file = TemporaryFile(prefix="ledgerlight-")  # noqa: SIM115
    write(file)
    file.seek(0)
    return file
