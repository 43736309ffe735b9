"""What people do here, for the search: each app lists its actions as `actions` of its AppConfig."""

from functools import cache
from typing import NamedTuple

from django.apps import apps


class Action(NamedTuple):
    label: str
    address: str
    resource: str
    action: str = "create"  # for roles that may do this with the resource


@cache
def all_actions() -> tuple[Action, ...]:
    return tuple(action for app in apps.get_app_configs() for action in getattr(app, "actions", ()))
