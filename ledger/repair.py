"""Asks the engine; where a file turns out to be damaged, it is set aside and written anew."""

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice

import pyarrow as pa
from django.conf import settings

from core.parts import monthly_parts, months_of_parts
from ledger import build
from ledger.engine import engine
from ledger.files import damaged
from ledger.models import Snapshot

log = logging.getLogger("ledgerlight.ledger")


class Damaged(build.Busy):
    """A file was damaged, and the books have changed since: the same state cannot be had again."""


def fetch(snapshot: Snapshot, sql: str) -> pa.Table:
    return asked(snapshot, lambda state: engine().fetch(state, sql))


def begin(snapshot: Snapshot, sql: str, rows: int, first: int) -> tuple[pa.Schema, list, Iterator]:
    """The first batches of so many rows are read at once, the others when they are needed."""

    def read(state):
        reader = engine().reader(state, sql, rows)
        return reader.schema, list(islice(reader, first)), reader

    schema, batches, reader = asked(snapshot, read)
    return schema, batches, others(snapshot, reader)


def others(snapshot: Snapshot, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """What breaks here was begun already: only the next question gets a whole answer."""
    try:
        yield from reader
    except Exception:
        set_aside(snapshot)
        raise


def asked(snapshot: Snapshot, ask: Callable):
    try:
        return ask(snapshot)
    except Exception:
        parts = set_aside(snapshot)
        if not parts:
            raise
    return ask(same_state(snapshot, parts))


def set_aside(snapshot: Snapshot) -> set[str]:
    """The parts whose files are damaged. Without them, the next build writes them anew."""
    parts = damaged(snapshot)
    for part in sorted(parts):
        path = settings.LEDGER_FOLDER / snapshot.parts[part].name
        with suppress(FileNotFoundError):  # another reader was first
            path.rename(path.with_suffix(".damaged"))
            log.error("The file of %s in snapshot %s is damaged.", part, snapshot.number)
    return parts


def same_state(snapshot: Snapshot, parts: set[str]) -> Snapshot:
    """The newest snapshot, if it differs in nothing but new files of these parts."""
    newest = build.current(max_age=0)
    before, after = snapshot.files, newest.files
    differing = {*build.changed(before, after), *build.changed(after, before)}
    # Lines and orders of a month are written in one go: an order's amounts are sums of its lines.
    together = monthly_parts(("lines", "orders"), months_of_parts(parts))
    if differing - parts - together:
        raise Damaged("A file of the ledger was damaged and is written anew: ask again.")
    return newest
