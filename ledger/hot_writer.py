"""Writes the hot copy: the worker does it, so that no reader waits for it.

The next copy begins as a copy of the one before, in which the parts that changed are replaced.
"""

import fcntl
import logging
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
from django.conf import settings

from core.parts import Part
from ledger.duckdb_engine import memory_config
from ledger.hot_copy import copied_parts, copies_folder, newest_copy, rows_of
from ledger.models import Snapshot
from ledger.sources import files_of, schema_version, table_columns

log = logging.getLogger("ledgerlight.ledger")
# At most a megabyte a second is written: a large copy is renewed less often than a small one.
BYTES_PER_SECOND = 2**20
ABANDONED = 3600  # seconds after which a file that is not complete belongs to a killed writer


def refresh_hot_copy(is_hurried: bool = False) -> bool:
    """Write a copy of the newest snapshot, unless there is one. The worker calls it every minute;
    whoever is hurried does not wait until enough time has passed for a large copy."""
    snapshot = Snapshot.objects.newest()
    # Spark reads Parquet alone.
    if snapshot is None or settings.LEDGER_ENGINE != "duckdb":
        return False
    with only_writer(copies_folder(settings.LEDGER_FOLDER)) as is_alone:
        return is_alone and write_if_outdated(snapshot, is_hurried)


def write_if_outdated(snapshot: Snapshot, is_hurried: bool) -> bool:
    before = newest_copy(settings.LEDGER_FOLDER)
    parts = read_parts(before) if before else {}
    files = all_files(snapshot)
    if parts == files or (before and parts and not is_hurried and is_recent(before)):
        return False
    try:
        write_copy(before if parts else None, parts, files)
    except duckdb.Error:
        # Perhaps a file of the ledger is damaged: the next reader has it written again.
        log.exception("No hot copy of snapshot %s could be written.", snapshot.number)
        return False
    return True


def all_files(snapshot: Snapshot) -> dict[str, str]:
    tables = [files_of(snapshot, table) for table in table_columns()]
    return {part: name for files in tables for part, name in files.items()}


@contextmanager
def only_writer(folder: Path) -> Iterator[bool]:
    """Whether no other process is writing a copy. It only saves work: two would do no harm."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


def read_parts(path: Path) -> dict[str, str]:
    """The parts of a copy; none if it cannot be read."""
    try:
        # Attached, because this process may have it open already with settings of its own.
        with duckdb.connect() as con:
            con.execute(f"attach '{path}' as copy (read_only)")
            con.execute("use copy")
            return copied_parts(con)
    except (duckdb.Error, OSError):
        log.warning("The hot copy %s cannot be read and is written again.", path.name)
        return {}


def is_recent(path: Path) -> bool:
    stat = path.stat()
    return abs(time.time() - stat.st_mtime) < stat.st_size / BYTES_PER_SECOND


def write_copy(before: Path | None, parts: dict[str, str], files: dict[str, str]) -> None:
    """A copy with the rows of these files; parts that are in the one before are not read again."""
    folder = copies_folder(settings.LEDGER_FOLDER)
    path = folder / f"{schema_version()}-{uuid.uuid4().hex}.duckdb"
    partial = path.with_suffix(".part")
    try:
        if before:
            shutil.copyfile(before, partial)
        fill(partial, parts, files)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)
    remove_others(folder, path)


def fill(path: Path, parts: dict[str, str], files: dict[str, str]) -> None:
    with duckdb.connect(str(path), config=memory_config(settings.LEDGER_BUILD_MB)) as con:
        con.execute("begin")
        if not parts:
            create_tables(con)
        # Months in order: rows sorted by day let a query skip the blocks of other days.
        for part in sorted(parts.keys() | files.keys()):
            if parts.get(part) != files.get(part):
                replace_part(con, Part.parse(part), files.get(part))
        con.execute("commit")
        con.execute("checkpoint")


def create_tables(con: duckdb.DuckDBPyConnection) -> None:
    tables = table_columns() | {"parts": {"part": "string", "file": "string"}}
    for table, columns in tables.items():
        names = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        con.execute(f'create table "{table}" ({names})')


def replace_part(con: duckdb.DuckDBPyConnection, part: Part, file: str | None) -> None:
    con.execute(f'delete from "{part.table}" where {rows_of(part)}')
    con.execute("delete from parts where part = ?", [str(part)])
    if file:
        rows = f"from read_parquet('{settings.LEDGER_FOLDER / file}')"
        con.execute(f'insert into "{part.table}" {rows}')
        con.execute("insert into parts values (?, ?)", [str(part), file])


def remove_others(folder: Path, newest: Path) -> None:
    oldest = time.time() - ABANDONED
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            is_complete = path.suffix in (".duckdb", ".damaged")
            if path != newest and (is_complete or path.stat().st_mtime < oldest):
                path.unlink()
