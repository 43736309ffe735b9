"""Saved settings take effect in every process without a restart.

All code reads `django.conf.settings`. Django warns against changing those at run time, because code
may have kept what it read; so a setting is only made editable when each of its readers asks again,
and what is cached has `saved_version` in its key.
"""

import logging
import os
import threading
import time
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError
from django.utils import timezone

from core.environment import declared, parsed
from shop_settings.models import Setting

log = logging.getLogger("ledgerlight.settings")
SECONDS = 5  # after which a change has reached every process
lock = threading.Lock()
next_read = 0.0  # by the monotonic clock
texts: dict[str, str] = {}  # in effect in this process
configured: dict[str, Any] = {}  # values of `.env` that were replaced


def saved_version() -> tuple:
    """For keys of what depends on settings; the same in all processes."""
    return tuple(sorted(texts.items()))


def apply_when_due(**_: object) -> None:
    """Before each request and each job: at most one query every few seconds."""
    if time.monotonic() >= next_read:
        apply_now()


def apply_at_first(connection: Any, **_: object) -> None:
    """Before anything else is done with a new connection: commands have no requests."""
    if connection.alias == DEFAULT_DB_ALIAS:
        apply_when_due()


def apply_now(**_: object) -> None:
    global next_read
    next_read = time.monotonic() + SECONDS
    try:
        rows = Setting.objects.order_by().values_list("name", "text")
        saved = {name: text for name, text in rows if name in declared}
    except DatabaseError:  # before the first `migrate`, or the database is away
        return
    with lock:
        replace_settings(saved)


def replace_settings(saved: dict[str, str]) -> None:
    """Change what is different from the last time; a setting no longer saved is that of `.env`."""
    for name in saved.keys() | texts.keys():
        if saved.get(name) != texts.get(name):
            configured.setdefault(name, getattr(settings, name))
            setattr(settings, name, value_of(name, saved))
            if name == "TIME_ZONE":
                use_time_zone()
    texts.clear()
    texts.update(saved)


def value_of(name: str, saved: dict[str, str]) -> Any:
    try:
        return parsed(name, saved[name]) if name in saved else configured[name]
    except ValueError:  # this version of the program no longer accepts it
        log.warning("the saved setting %s cannot be read", name)
        return configured[name]


def use_time_zone() -> None:
    """As Django does at the start."""
    os.environ["TZ"] = settings.TIME_ZONE
    time.tzset()
    timezone.get_default_timezone.cache_clear()
