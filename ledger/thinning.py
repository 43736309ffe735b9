"""Removes old snapshots, and files that belong to none of the remaining ones.

All snapshots of the last day are kept, the last one of each hour of the last week, the last one of
each day of the last quarter, then the last one of each month, for LEDGER_KEEP_DAYS. The newest one
before that is kept too: it was current at the beginning of that time.
"""

import time
from bisect import bisect_left
from collections.abc import Hashable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.dispatch import Signal
from django.utils import timezone

from ledger.build import in_batches
from ledger.duckdb_engine import spill_folder
from ledger.models import LedgerFile, Snapshot

KEEP_ALL, KEEP_HOURLY, KEEP_DAILY = timedelta(days=1), timedelta(days=7), timedelta(days=92)
# A running query may still need the files of a snapshot that was removed.
LONGEST_QUERY = timedelta(hours=1)
GRACE = 24 * 3600  # seconds: a builder may still be writing a file that belongs to no snapshot
thinned = Signal()  # old snapshots were removed; kept: the numbers of the others, ascending
FILE_SUFFIXES = (".parquet", ".part", ".damaged")


def tidy() -> int:
    """Called every hour. Returns the number of files that were removed."""
    remove_snapshots()
    kept = sorted(Snapshot.objects.order_by().values_list("number", flat=True))
    thinned.send(sender=Snapshot, kept=kept)
    mark_unused_files()
    return remove_unused_files() + remove_unknown_files()


def remove_snapshots() -> None:
    now = timezone.now()
    # Those of the last day, most of all, all stay and need not be read.
    thinned_out = Q(created_at__lte=now - KEEP_ALL) | Q(created_at__gte=now + KEEP_ALL)
    rows = Snapshot.objects.filter(thinned_out).order_by("-number")
    unwanted = unwanted_numbers(rows.values_list("number", "created_at"), now)
    for numbers in in_batches(list(unwanted)):
        Snapshot.objects.filter(number__in=numbers).delete()


def unwanted_numbers(rows: Iterable[tuple[int, datetime]], now: datetime) -> Iterator[int]:
    """Of snapshots, the newest first, all but the first of each period."""
    seen = set()
    for number, created_at in rows:
        period = period_of(number, created_at, now)
        if period in seen:
            yield number
        seen.add(period)


def period_of(number: int, created_at: datetime, now: datetime) -> Hashable:
    """Of the snapshots with the same period only the last one is kept."""
    age = abs(now - created_at)  # it is negative after a clock was set back
    if age < KEEP_ALL:
        return number
    if age > timedelta(days=settings.LEDGER_KEEP_DAYS):
        return "before"
    local = timezone.localtime(created_at)
    if age < KEEP_HOURLY:
        # With the offset: the hour that the end of daylight saving time repeats counts as two.
        return local.date(), local.utcoffset(), local.hour
    return local.date() if age < KEEP_DAILY else (local.year, local.month)


def mark_unused_files() -> None:
    users = Snapshot.objects.filter(number__range=(OuterRef("first"), OuterRef("last")))
    replaced = LedgerFile.objects.filter(last__isnull=False, unused_since=None).order_by()
    replaced.filter(~Exists(users)).update(unused_since=timezone.now())


def any_between(numbers: list[int], first: int, last: int) -> bool:
    """Whether one of the ascending numbers is in the range."""
    index = bisect_left(numbers, first)
    return index < len(numbers) and numbers[index] <= last


def remove_unused_files() -> int:
    unused = LedgerFile.objects.filter(unused_since__lte=timezone.now() - LONGEST_QUERY)
    # Whoever is killed between rows and files leaves unknown files, which are removed a day later.
    names = dict(unused.values_list("pk", "name"))
    for pks in in_batches(list(names)):
        LedgerFile.objects.filter(pk__in=pks).delete()
    return sum(remove_file(settings.LEDGER_FOLDER / name) for name in names.values())


def remove_unknown_files() -> int:
    """Remove files that a killed builder left behind, and what killed queries had spilled."""
    known, oldest = set(LedgerFile.objects.values_list("name", flat=True)), time.time() - GRACE
    return sum(remove_file(path) for path in unknown_files(known) if is_older(path, oldest))


def unknown_files(known: set[str]) -> Iterator[Path]:
    for path in settings.LEDGER_FOLDER.glob("*"):
        if path.suffix in FILE_SUFFIXES and path.name not in known:
            yield path
    yield from spill_folder().glob("*")


def is_older(path: Path, moment: float) -> bool:
    with suppress(FileNotFoundError):  # its own builder may remove it too
        return path.stat().st_mtime < moment
    return False


def remove_file(path: Path) -> bool:
    with suppress(FileNotFoundError):
        path.unlink()
        return True
    return False
