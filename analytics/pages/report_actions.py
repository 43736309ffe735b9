"""What one can do with a report and its parameters, besides looking at it."""

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote

from accounts.models import User

FILES = {
    "csv": "CSV", "xlsx": "Excel", "png": "PNG", "svg": "SVG", "pdf": "PDF", "json": "JSON",
}  # fmt: skip


class Action(NamedTuple):
    label: str
    link: str
    icon: str = ""


def report_actions(user: User, path: str, query: str) -> dict[str, list[Action]]:
    """Its files, and the forms that make it a schedule or an alert."""
    name = quote(path)
    forms = {
        "schedules": Action("Schedule", f"/exports/schedules/?reports={name}", "clock"),
        "alerts": Action("Alert", f"/exports/alerts/?watch={name}", "alerts"),
    }
    return {
        "exports": list(export_links(user, path, query)),
        "actions": [
            form._replace(link=f"{form.link}&{query}#new-title")
            for resource, form in forms.items()
            if user.may(resource, "create")
        ],
    }


def export_links(user: User, path: str, query: str) -> Iterator[Action]:
    for name, label in FILES.items():
        if name != "pdf":
            yield Action(label, file_link(path, name, query))
        elif user.may("exports", "create"):
            # A browser prints it, which takes seconds: the worker makes it.
            yield Action(label, f"/exports/?reports={quote(path)}&format=pdf&{query}")


def file_link(path: str, suffix: str, query: str) -> str:
    return f"/api/{path}.{suffix}?{query}"
