"""How the ledger follows the books: new files for what changed, and a snapshot that names them.

Nothing is locked while files are written. The number of the snapshot is the commit: of two builders
that began with the same one only one gets it; the other drops its files and begins again.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.parts import Part, monthly_parts, months_of_parts
from ledger.book_reader import reading
from ledger.files import Writer, described, is_whole
from ledger.models import Dirty, LedgerFile, Snapshot
from ledger.sources import app_tables, is_on_disk, is_there, lost
from ledger.tables import DOCUMENTS, LINES, ORDERS, WHOLE

TRIES = 20
BATCH = 500  # ids in one statement
one_at_a_time = threading.Lock()
log = logging.getLogger("ledgerlight.ledger")


class Busy(Exception):
    """Other builders were faster again and again."""


def current(max_age: float | None = None) -> Snapshot:
    """A snapshot that has every write that was committed before this call.

    With `max_age` (setting LEDGER_MAX_AGE) one that is younger than so many seconds is good enough.
    """
    max_age = settings.LEDGER_MAX_AGE if max_age is None else max_age
    if snapshot := fresh(max_age):
        return snapshot
    with one_at_a_time:  # threads that waited here may find the work done
        return fresh(max_age) or build()


def fresh(max_age: float) -> Snapshot | None:
    # First the changes, then the snapshot: what a build between the two took is in the snapshot.
    changed = Dirty.objects.exists()
    newest = Snapshot.objects.newest()
    if newest is None or lost(newest):
        return None
    age = abs(timezone.now() - newest.created_at)  # one of the future is of a clock that was wrong
    return newest if age < timedelta(seconds=max_age) or not changed else None


def note_missing(snapshot: Snapshot) -> None:
    """Into the log: a host that does not share the folder with the others writes all parts anew."""
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
    for _ in range(TRIES):
        newest = Snapshot.objects.newest()
        if newest:
            note_missing(newest)
        with Writer(settings.LEDGER_FOLDER) as writer:
            files, changes = write(writer, None if full else newest)
            if files is None:  # somebody was faster: what they made is newer than `newest`
                return Snapshot.objects.newest()
            files |= fitted_of(newest, is_whole if full else is_there)
            if snapshot := commit(newest, files, changes):
                writer.keep()
                return snapshot
    raise Busy("The books change too fast to be read just now: try again.")


def replace_files(files: dict[str, str | None]) -> Snapshot:
    """The same state of the books with other files of a fit; None takes a table away.

    For the transaction in which the fit is stored: an IntegrityError says that a builder was
    faster. The books are not read anew, so the state says the same time as before: to whoever is
    content with an older one it is as old.
    """
    newest = Snapshot.objects.newest()
    kept = {part: name for part, name in (newest.files | files).items() if name}
    return add_snapshot(newest, kept, created_at=newest.created_at)


def commit(newest: Snapshot | None, files: dict, changes: list[int]) -> Snapshot | None:
    """The next snapshot; None if somebody else made it meanwhile."""
    try:
        with transaction.atomic():
            snapshot = add_snapshot(newest, files)
            for some in batches(changes):
                Dirty.objects.filter(id__in=some).delete()
    except IntegrityError:
        return None
    return snapshot


def add_snapshot(newest: Snapshot | None, files: dict[str, str], **values) -> Snapshot:
    """The next one, which has these files. Only what differs from the newest is written."""
    before = newest.files if newest else {}
    number = newest.number + 1 if newest else 1
    new = [described(part, files[part], number) for part in sorted(changed(files, before))]
    snapshot = Snapshot.objects.create(number=number, **values)
    if newest is None:  # none was ever made, or somebody removed all of them
        LedgerFile.objects.all().delete()
    for some in batches(changed(before, files)):
        LedgerFile.objects.filter(part__in=some, last=None).update(last=newest.number)
    LedgerFile.objects.bulk_create(new, batch_size=BATCH)
    return snapshot


def changed(files: dict[str, str], others: dict[str, str]) -> list[str]:
    """The parts of the first that have another file in the second, or none."""
    return [part for part, name in files.items() if others.get(part) != name]


def batches(values: list) -> Iterator[list]:
    return (values[start : start + BATCH] for start in range(0, len(values), BATCH))


def fitted_of(snapshot: Snapshot | None, is_good: Callable) -> dict[str, str]:
    """What fits wrote goes along from state to state until they write anew."""
    parts = snapshot.parts.items() if snapshot else ()
    return {
        part: file.name
        for part, file in parts
        if part in app_tables() and is_there(file) and is_good(file)
    }


def write(writer: Writer, since: Snapshot | None) -> tuple[dict[str, str] | None, list[int]]:
    """The files of the books as they are, most of them those of `since`; the changes they hold.

    The changes are of the same moment as the rows. What is committed later may touch several parts:
    here none of them shows it, and the next build takes it whole.
    """
    with reading() as (con, rows):
        changes = dict(con.execute(rows("select id, part from analytics_dirty")).fetchall())
        parts = set(changes.values()) | lost(since) if since else every_part(con, rows)
        if not parts:
            return None, []
        files = write_parts(writer, con, rows, parts)
    writer.settle()
    kept = {part: file.name for part, file in since.books().items()} if since else {}
    return {part: name for part, name in (kept | files).items() if name}, sorted(changes)


def every_part(con, rows) -> set[str]:
    days = con.execute(rows("select distinct placed_on from orders_order")).fetchall()
    months = {f"{date.fromisoformat(str(day)):%Y-%m}" for (day,) in days}
    return set(WHOLE) | monthly_parts(["lines"], months)


def write_parts(writer: Writer, con, rows, parts: set[str]) -> dict[str, str | None]:
    """New files for these parts; None for what has no rows now."""
    files = {}
    for month in sorted(months_of_parts(parts)):
        files |= write_month(writer, con, rows, month)
    for part in sorted(parts & set(WHOLE)):
        files[part] = writer.write(con, part, WHOLE[part].query(rows(WHOLE[part].books)))
    return files


def write_month(writer: Writer, con, rows, month: str) -> dict[str, str | None]:
    """Lines and orders together: an order's amounts are the sums of its lines."""
    limits = month_limits(con, rows, month)
    if limits is None:
        return dict.fromkeys(monthly_parts(("lines", "orders"), [month]))
    for table, part in (("documents", DOCUMENTS), ("lines", LINES)):
        query = part.query(rows(part.books.format(**limits)))
        con.execute(f"create or replace temp table {table} as {query}")
    queries = {"lines": "from temp.lines", "orders": ORDERS.query("")}
    parts = {table: str(Part(table, month)) for table in queries}
    return {parts[table]: writer.write(con, parts[table], queries[table]) for table in queries}


def month_limits(con, rows, month: str) -> dict | None:
    """The days and ids of a month's orders. The ids let the lines be found without their orders."""
    start = date.fromisoformat(f"{month}-01")
    end = (start + timedelta(days=32)).replace(day=1)
    query = f"""select min(id) as first_id, max(id) as last_id from orders_order
        where placed_on >= '{start}' and placed_on < '{end}'"""
    first, last = con.execute(rows(query)).fetchone()
    return first and {"start": start, "end": end, "first": first, "last": last}
