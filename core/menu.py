"""The menu of every page: each app lists its entries as `menu` of its AppConfig."""

from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

from django.apps import apps
from django.conf import settings
from django.http import HttpRequest

GROUPS = {"main": "", "orders": "", "data": "Data", "shop": ""}  # with their headings


class MenuEntry(NamedTuple):
    position: int
    address: str
    label: str
    resource: str  # shown to roles that may list it
    name: str  # of its icon, and the `section` of the pages that belong to it
    group: str = "main"
    in_bar: bool = False  # also in the bar at the foot of a phone
    # Paths of functions, as an AppConfig is read before there are models:
    pages: str = ""  # of the request and the address: the MenuPages below it while it is open
    badge: str = ""  # of the user: the number beside it


class MenuPage(NamedTuple):
    address: str
    label: str
    is_current: bool


class MenuGroup(NamedTuple):
    heading: str
    entries: list[MenuEntry]


@cache
def menu_entries() -> tuple[MenuEntry, ...]:
    """The entries of all apps, by group and position."""
    entries = [entry for app in apps.get_app_configs() for entry in getattr(app, "menu", ())]
    groups = [*GROUPS]
    return tuple(sorted(entries, key=lambda entry: (groups.index(entry.group), entry)))


def menu(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the entries that the user's role opens, and the name of the shop."""
    user = getattr(request, "user", None)  # missing when the host is refused
    may = getattr(user, "may", lambda *_: False)
    entries = [entry for entry in menu_entries() if may(entry.resource, "list")]
    groups = groupby(entries, key=lambda entry: entry.group)
    found = [MenuGroup(GROUPS[name], [*group]) for name, group in groups]
    return {"menu": found, "shop_name": settings.SHOP_NAME}
