"""The tables of the ledger, and the files of a snapshot that hold their rows."""

import os
from functools import cache
from hashlib import sha256

from django.apps import apps
from django.conf import settings
from django.utils.module_loading import import_string

from ledger.models import Snapshot, StoredFile
from ledger.tables import BOOK_TABLES, DOCUMENTS, UNPARTITIONED


@cache
def app_tables() -> dict[str, dict[str, str]]:
    """The columns of the tables that apps add to those of the books.

    An app config names them by its attribute `ledger_tables`.
    """
    tables: dict[str, dict[str, str]] = {}
    for app in apps.get_app_configs():
        if path := getattr(app, "ledger_tables", ""):
            tables |= import_string(path)
    return tables


@cache
def table_columns() -> dict[str, dict[str, str]]:
    """The columns of every table of the ledger."""
    return {name: table.columns for name, table in BOOK_TABLES.items()} | app_tables()


@cache
def schema_version() -> str:
    """A hash of all table definitions, which include the time zone.

    It is part of every file's name: files of other definitions are written again.
    """
    # Not hash(), which differs from process to process.
    return sha256(repr([DOCUMENTS, BOOK_TABLES, app_tables()]).encode()).hexdigest()[:8]


def table_files(snapshot: Snapshot) -> dict[str, list[str]]:
    """The files of each table, months in order. A table of an app may have none."""
    return {
        table: [f"{settings.LEDGER_FOLDER}/{name}" for name in files_of(snapshot, table).values()]
        for table in table_columns()
    }


def files_of(snapshot: Snapshot, table: str) -> dict[str, str]:
    """The name of the file of each part of a table, months in order."""
    files = snapshot.tables.get(table, {})
    # Files of the books were checked when the snapshot was chosen; a fit's file may be missing.
    is_safe = table in BOOK_TABLES
    return {part: file.name for part, file in files.items() if is_safe or is_usable(file)}


def unusable_parts(snapshot: Snapshot) -> set[str]:
    """The parts of the books whose file is missing, cut off or of another schema version."""
    # A table in one file must have it even without rows, unlike a month.
    files = dict.fromkeys(UNPARTITIONED) | snapshot.book_files()
    return {part for part, file in files.items() if not is_usable(file)}


def is_usable(file: StoredFile | None) -> bool:
    """Whether it is on the disk and has today's columns."""
    return file is not None and schema_version() in file.name and is_on_disk(file)


def is_on_disk(file: StoredFile) -> bool:
    """Compares only the size, because every query asks this of every file."""
    try:
        size = os.stat(f"{settings.LEDGER_FOLDER}/{file.name}").st_size
    except OSError:
        return False
    return file.size in (None, size)


def files_state() -> str:
    """For the health check.

    Files missing on this host were written on another one: all hosts must share the folder.
    """
    newest = Snapshot.objects.newest()
    is_complete = newest is None or all(map(is_on_disk, newest.parts.values()))
    return "ok" if is_complete else "missing"
