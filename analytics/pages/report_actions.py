"""What one can do with a report and its parameters, besides looking at it."""

from typing import NamedTuple
from urllib.parse import quote

from accounts.models import User

FILES = {"json": "JSON", "csv": "CSV", "xlsx": "Excel", "png": "PNG", "svg": "SVG"}


class Action(NamedTuple):
    label: str
    link: str


def report_actions(user: User, path: str, query: str) -> list[Action]:
    """Its files, and the forms that make it a PDF, a schedule or an alert."""
    found = [Action(label, file_link(path, name, query)) for name, label in FILES.items()]
    name = quote(path)
    forms = {
        "exports": Action("PDF", f"/exports/?reports={name}&format=pdf&{query}"),
        "schedules": Action("Schedule", f"/exports/schedules/?reports={name}&{query}#new-title"),
        "alerts": Action("Alert", f"/exports/alerts/?watch={name}&{query}#new-title"),
    }
    return found + [form for resource, form in forms.items() if user.may(resource, "create")]


def file_link(path: str, suffix: str, query: str) -> str:
    return f"/api/{path}.{suffix}?{query}"
