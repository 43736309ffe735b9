"""Which tables the ledger has, and which files of a snapshot hold their rows."""

import os
from functools import cache
from hashlib import sha256

from django.apps import apps
from django.conf import settings
from django.utils.module_loading import import_string

from core.parts import Part
from ledger.models import Snapshot, StoredFile
from ledger.tables import BOOK_TABLES, DOCUMENTS, WHOLE


@cache
def app_tables() -> dict[str, dict[str, str]]:
    """The columns of the tables that apps write besides the books: an app's `ledger_tables` names
    them."""
    found: dict[str, dict[str, str]] = {}
    for app in apps.get_app_configs():
        if place := getattr(app, "ledger_tables", ""):
            found |= import_string(place)
    return found


@cache
def columns() -> dict[str, dict[str, str]]:
    """The columns of every table of the ledger."""
    return {name: table.columns for name, table in BOOK_TABLES.items()} | app_tables()


@cache
def rules() -> str:
    """A part of every file's name: what other rules or another time zone made is made anew."""
    return sha256(repr([DOCUMENTS, BOOK_TABLES, app_tables()]).encode()).hexdigest()[:8]


def sources(snapshot: Snapshot) -> dict[str, list[str]]:
    """The files of each table, the months in their order. Tables of apps may be missing."""
    found: dict[str, list[str]] = {name: [] for name in columns()}
    for part, file in sorted(snapshot.parts.items()):
        name = Part.parse(part).table
        if name in BOOK_TABLES or (name in found and is_there(file)):
            found[name].append(f"{settings.LEDGER_FOLDER}/{file.name}")
    return found


def lost(snapshot: Snapshot) -> set[str]:
    """Parts whose file is gone or cut off, or was written by other rules than those of today."""
    files = dict.fromkeys(WHOLE) | snapshot.books()
    return {part for part, file in files.items() if not is_there(file)}


def is_there(file: StoredFile | None) -> bool:
    """Whether it can be read as it was written, by the rules of today."""
    return file is not None and rules() in file.name and is_on_disk(file)


def is_on_disk(file: StoredFile) -> bool:
    """Called very often, so only the size is compared."""
    try:
        size = os.stat(f"{settings.LEDGER_FOLDER}/{file.name}").st_size
    except OSError:
        return False
    return file.size in (None, size)


def files_state() -> str:
    """For the health check. Files that are missing here were written somewhere else: all hosts need
    one folder."""
    newest = Snapshot.objects.newest()
    there = newest is None or all(map(is_on_disk, newest.parts.values()))
    return "ok" if there else "missing"
