"""Old states of the ledger are thinned out, and files that no kept state has are removed.

Of the last day every state is kept, of the last week the last one of each hour, then the last one
of each day, for LEDGER_KEEP_DAYS. What was the newest state before that is kept too: somebody may
have asked it since.
"""

import time
from bisect import bisect_left
from collections.abc import Hashable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.dispatch import Signal
from django.utils import timezone

from ledger.build import batches
from ledger.models import LedgerFile, Snapshot

ALL, HOURLY = timedelta(days=1), timedelta(days=7)
READERS = timedelta(
    hours=1
)  # a running reader may still need the files of a state that was removed
GRACE = 24 * 3600  # seconds: a builder may still be at work on a file that no snapshot names
thinned = Signal()  # old snapshots were removed; kept: the numbers of the others, rising
OURS = (".parquet", ".part", ".damaged")


def tidy() -> int:
    """Called every hour. The number of files that were removed."""
    remove_snapshots()
    kept = sorted(Snapshot.objects.order_by().values_list("number", flat=True))
    thinned.send(sender=Snapshot, kept=kept)
    mark_unused_files(kept)
    return remove_unused_files() + remove_unknown_files()


def remove_snapshots() -> None:
    now, seen, unwanted = timezone.now(), set(), []
    for number, created_at in Snapshot.objects.order_by("-number").values_list(
        "number", "created_at"
    ):
        period = period_of(number, created_at, now)
        if period in seen:
            unwanted.append(number)
        seen.add(period)
    for some in batches(unwanted):
        Snapshot.objects.filter(number__in=some).delete()


def period_of(number: int, created_at: datetime, now: datetime) -> Hashable:
    """Of those with the same period only the last one is kept."""
    age = abs(now - created_at)  # one of the future is of a clock that was wrong
    local = timezone.localtime(created_at)
    if age > timedelta(days=settings.LEDGER_KEEP_DAYS):
        return "before"
    if age < ALL:
        return number
    return (local.date(), local.utcoffset(), local.hour) if age < HOURLY else local.date()


def mark_unused_files(kept: list[int]) -> None:
    replaced = LedgerFile.objects.filter(last__isnull=False, unused_since=None).order_by()
    rows = replaced.values_list("pk", "first", "last")
    unused = [pk for pk, first, last in rows if not is_between(kept, first, last)]
    for some in batches(unused):
        LedgerFile.objects.filter(pk__in=some).update(unused_since=timezone.now())


def is_between(numbers: list[int], first: int, last: int) -> bool:
    """Whether one of the rising numbers is among them."""
    place = bisect_left(numbers, first)
    return place < len(numbers) and numbers[place] <= last


def remove_unused_files() -> int:
    unused = LedgerFile.objects.filter(unused_since__lte=timezone.now() - READERS)
    found = dict(unused.values_list("pk", "name"))
    for some in batches(list(found)):
        LedgerFile.objects.filter(pk__in=some).delete()
    return sum(remove(settings.LEDGER_FOLDER / name) for name in found.values())


def remove_unknown_files() -> int:
    """What a killed builder left behind."""
    known, written_before = (
        set(LedgerFile.objects.values_list("name", flat=True)),
        time.time() - GRACE,
    )
    return sum(remove(path) for path in files_of_ledger(known) if is_older(path, written_before))


def files_of_ledger(known: set[str]) -> Iterator:
    for path in settings.LEDGER_FOLDER.glob("*"):
        if path.suffix in OURS and path.name not in known:
            yield path


def is_older(path, moment: float) -> bool:
    with suppress(FileNotFoundError):  # its own builder may remove it too
        return path.stat().st_mtime < moment
    return False


def remove(path) -> bool:
    with suppress(FileNotFoundError):
        path.unlink()
        return True
    return False
