"""The menu of every page: each app lists its entries as `menu` of its AppConfig."""

from functools import cache
from typing import NamedTuple

from django.apps import apps
from django.http import HttpRequest


class MenuEntry(NamedTuple):
    position: int
    address: str
    label: str
    resource: str  # shown to roles that may list it


@cache
def menu_entries() -> tuple[MenuEntry, ...]:
    """The entries of all apps, by position."""
    return tuple(
        sorted(entry for app in apps.get_app_configs() for entry in getattr(app, "menu", ()))
    )


def menu(request: HttpRequest) -> dict[str, list[MenuEntry]]:
    """Context processor: the entries that the user's role opens."""
    user = getattr(request, "user", None)  # missing when the host is refused
    may = getattr(user, "may", lambda *_: False)
    return {"menu": [entry for entry in menu_entries() if may(entry.resource, "list")]}
