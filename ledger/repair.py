"""Runs queries; a file that turns out to be damaged is set aside and written again."""

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from typing import TypeVar

import pyarrow as pa
from django.conf import settings

from core.parts import monthly_parts, months_of_parts
from ledger import build
from ledger.bounds import TooExpensive
from ledger.engine import engine
from ledger.files import damaged_parts
from ledger.models import Snapshot

T = TypeVar("T")
log = logging.getLogger("ledgerlight.ledger")


class Damaged(build.Busy):
    """A file was damaged and the books have changed since: the same state cannot be rebuilt."""


def fetch_with_repair(snapshot: Snapshot, sql: str) -> pa.Table:
    return with_repair(snapshot, lambda state: engine().fetch(state, sql))


def fetch_batches(
    snapshot: Snapshot, sql: str, rows: int, first: int
) -> tuple[pa.Schema, list, Iterator]:
    """Batches of this many rows: the `first` ones as a list, the rest are read when needed."""

    def read(state: Snapshot) -> tuple[pa.Schema, list, pa.RecordBatchReader]:
        reader = engine().reader(state, sql, rows)
        # An error while these are read can still be repaired: nothing of the answer has been sent.
        return reader.schema, list(islice(reader, first)), reader

    schema, batches, reader = with_repair(snapshot, read)
    return schema, batches, remaining_batches(snapshot, reader)


def remaining_batches(snapshot: Snapshot, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """An answer that breaks off here was begun already and is not repaired; the next one is."""
    try:
        yield from reader
    except TooExpensive:
        raise
    except Exception:
        set_aside_damaged(snapshot)
        raise


def with_repair(snapshot: Snapshot, run: Callable[[Snapshot], T]) -> T:
    """Run it, and where files are damaged once more after they were written again."""
    try:
        return run(snapshot)
    except TooExpensive:
        raise
    except Exception:
        # The files and not the error decide: each kind of damage raises another one in each engine.
        parts = set_aside_damaged(snapshot)
        if not parts:
            raise
    return run(repaired_snapshot(snapshot, parts))


def set_aside_damaged(snapshot: Snapshot) -> set[str]:
    """Rename damaged files, so that the next build writes them again; returns their parts."""
    parts = damaged_parts(snapshot)
    for part in sorted(parts):
        path = settings.LEDGER_FOLDER / snapshot.parts[part].name
        with suppress(FileNotFoundError):  # another reader was first
            path.rename(path.with_suffix(".damaged"))
            log.error("The file of %s in snapshot %s is damaged.", part, snapshot.number)
    return parts


def repaired_snapshot(snapshot: Snapshot, parts: set[str]) -> Snapshot:
    """The newest snapshot, if it differs only in new files of these parts."""
    newest = build.current(max_age=0)
    before, after = snapshot.files, newest.files
    differing = {*build.differing_parts(before, after), *build.differing_parts(after, before)}
    # Lines and orders of a month are always written together.
    together = monthly_parts(("lines", "orders"), months_of_parts(parts))
    if differing - parts - together:
        raise Damaged("A file of the ledger was damaged and has been written again. Try again.")
    return newest
