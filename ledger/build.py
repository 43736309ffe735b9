"""Brings the ledger up to date: new files for the parts that changed, and a snapshot of them.

Nothing is locked while files are written. Inserting the snapshot's number is the commit: of two
builders that began with the same state only one succeeds; the other drops its files and retries.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from math import ceil

import duckdb
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.parts import monthly_parts
from ledger.book_files import BookFiles, rows_by_part
from ledger.book_reader import FromBooks, open_books
from ledger.build_turn import build_turn
from ledger.files import Writer, is_whole, new_ledger_file
from ledger.models import Dirty, LedgerFile, Snapshot, StoredFile
from ledger.sources import app_tables, is_on_disk, is_usable, unusable_parts
from ledger.tables import UNPARTITIONED
from shop_settings.saved import apply_now

TRIES = 20
BATCH = 500  # ids in one statement
log = logging.getLogger("ledgerlight.ledger")


class Busy(Exception):
    """Other builders were faster each time."""


def current(max_age: float | None = None) -> Snapshot:
    """A snapshot with every write that was committed before this call.

    One that is younger than `max_age` seconds (setting LEDGER_MAX_AGE) is good enough.
    """
    max_age = settings.LEDGER_MAX_AGE if max_age is None else max_age
    if snapshot := fresh_snapshot(max_age):
        return snapshot
    with build_turn():  # whose turn it was before may have built it
        return fresh_snapshot(max_age) or build()


def fresh_snapshot(max_age: float) -> Snapshot | None:
    """The newest snapshot, if it is young enough or nothing changed since."""
    newest = newest_snapshot()
    if newest is None or unusable_parts(newest):
        return None
    age = abs(timezone.now() - newest.created_at)  # it is negative after a clock was set back
    return newest if age < timedelta(seconds=max_age) or not newest.behind_s else None


def newest_snapshot() -> Snapshot | None:
    """As it is, with the time that it is behind the books."""
    if snapshot := Snapshot.objects.up_to_date():
        return snapshot
    # First the changes, then the snapshot: a build between the two is then in the snapshot.
    changed_at = Dirty.objects.since()
    newest = Snapshot.objects.newest()
    if newest and changed_at:
        # At least 1, as 0 is "not behind", also after a clock was set back.
        newest.behind_s = max(1, ceil((timezone.now() - changed_at).total_seconds()))
    return newest


def log_missing_files(snapshot: Snapshot) -> None:
    """Warn: a host that does not share the folder with the others rewrites all parts."""
    missing = sum(not is_on_disk(file) for file in snapshot.parts.values())
    if missing:
        log.warning(
            "Snapshot %s: %s of its %s files are not in %s. Web servers and workers must share that"
            " folder (LEDGER_URL).",
            snapshot.number,
            missing,
            len(snapshot.parts),
            settings.LEDGER_FOLDER,
        )


def build(full: bool = False) -> Snapshot:
    apply_now()  # the time zone decides on which day a row falls
    for _ in range(TRIES):
        newest = Snapshot.objects.newest()
        if newest:
            log_missing_files(newest)
        read_at = timezone.now()
        with Writer(settings.LEDGER_FOLDER) as writer:
            files, changes = write_changes(writer, None if full else newest)
            if files is None:  # another builder was faster: its snapshot is newer than `newest`
                return Snapshot.objects.newest()
            # The books do not hold what a fit computed: with `full`, a damaged file is left out.
            files |= fit_files(newest, is_whole if full else is_usable)
            if snapshot := commit(newest, files, changes, read_at):
                writer.keep()
                return snapshot
    raise Busy("The books are changing too fast to be read. Try again.")


def replace_files(files: dict[str, str | None]) -> Snapshot:
    """A snapshot of the same books with other files of a fit; None removes a table.

    Call it in the transaction that stores the fit: an IntegrityError means that another builder was
    faster. The books are not read again, so the snapshot keeps its time: `max_age` is about the
    age of the books.
    """
    newest = Snapshot.objects.newest()
    merged = {part: name for part, name in (newest.files | files).items() if name}
    return add_snapshot(newest, merged, created_at=newest.created_at)


def commit(
    newest: Snapshot | None, files: dict, changes: list[int], read_at: datetime
) -> Snapshot | None:
    """The next snapshot; None if another builder made it meanwhile."""
    try:
        with transaction.atomic():
            snapshot = add_snapshot(newest, files, created_at=read_at)
            # By id, not by part: what changed since the books were read is for the next build.
            for ids in in_batches(changes):
                Dirty.objects.filter(id__in=ids).delete()
    # Outside of the block: PostgreSQL runs nothing more in a transaction after an error.
    except IntegrityError:
        return None
    return snapshot


def add_snapshot(newest: Snapshot | None, files: dict[str, str], **values: datetime) -> Snapshot:
    """The next snapshot, with these files. Only differences from the newest are written."""
    before = newest.files if newest else {}
    number = newest.number + 1 if newest else 1
    new = [
        new_ledger_file(part, files[part], number)
        for part in sorted(differing_parts(files, before))
    ]
    # Its primary key decides which builder wins, so it comes first: the loser has changed nothing.
    snapshot = Snapshot.objects.create(number=number, **values)
    if newest is None:  # the first one, or all were deleted
        LedgerFile.objects.all().delete()
    # Before the new rows are inserted, which have no last snapshot either and must stay open.
    for parts in in_batches(differing_parts(before, files)):
        LedgerFile.objects.filter(part__in=parts, last=None).update(last=number - 1)
    LedgerFile.objects.bulk_create(new, batch_size=BATCH)
    return snapshot


def differing_parts(files: dict[str, str], others: dict[str, str]) -> list[str]:
    """The parts of `files` that have another file in `others`, or none."""
    return [part for part, name in files.items() if others.get(part) != name]


def in_batches(values: list) -> Iterator[list]:
    """Short enough for one `in (…)` of any database."""
    return (values[start : start + BATCH] for start in range(0, len(values), BATCH))


def fit_files(snapshot: Snapshot | None, is_good: Callable[[StoredFile], bool]) -> dict[str, str]:
    """The files that fits wrote: each snapshot takes them over until the next fit."""
    parts = snapshot.parts.items() if snapshot else ()
    return {
        part: file.name
        for part, file in parts
        if part in app_tables() and is_usable(file) and is_good(file)
    }


def write_changes(
    writer: Writer, since: Snapshot | None
) -> tuple[dict[str, str] | None, list[int]]:
    """The files of the books, most of them those of `since`, and the ids of the changes they hold.

    The changes are read at the same moment as the rows. A transaction that is committed later may
    touch several parts: none of these files has it, and the next build takes it whole.
    """
    with open_books(few_rows=bool(since) and only_rows_changed()) as (con, from_books):
        query = from_books("select id, part, row_id from analytics_dirty")
        changes = con.execute(query).fetchall()
        rows = rows_by_part((part, row) for _, part, row in changes)
        rows |= dict.fromkeys(unusable_parts(since) if since else all_parts(con, from_books))
        if not rows:
            return None, []
        files = BookFiles(writer, con, from_books, since).write(rows)
    # Before the commit: no snapshot may name a file that a power failure can still lose.
    writer.fsync_directory()
    unchanged = {part: file.name for part, file in since.book_files().items()} if since else {}
    all_files = {part: name for part, name in (unchanged | files).items() if name}
    return all_files, sorted(id for id, _, _ in changes)


def only_rows_changed() -> bool:
    """Whether it is known of all changes which rows they concern; another one may follow."""
    return not Dirty.objects.filter(row_id=None).exists()


def all_parts(con: duckdb.DuckDBPyConnection, from_books: FromBooks) -> set[str]:
    days = con.execute(from_books("select distinct placed_on from orders_order")).fetchall()
    # SQLite returns text, the other databases dates.
    months = {f"{date.fromisoformat(str(day)):%Y-%m}" for (day,) in days}
    # Lines stand for both: a month's orders are written with them.
    return set(UNPARTITIONED) | monthly_parts(["lines"], months)
