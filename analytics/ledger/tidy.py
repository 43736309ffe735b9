"""Old states of the ledger go when nobody is promised them any longer."""

import time
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from analytics.models import Fit, Snapshot

GRACE = 24 * 3600  # seconds: a builder may still be at work on a file that no snapshot names
OURS = (".parquet", ".part")


def tidy() -> int:
    """Forget the states of more than LEDGER_KEEP_DAYS ago, and remove files that no other has.

    What was the newest state at that time is kept too: somebody may have asked it since.
    """
    kept_since = timezone.now() - timedelta(days=settings.LEDGER_KEEP_DAYS)
    oldest = Snapshot.objects.filter(created_at__lt=kept_since).newest()
    if oldest:
        Snapshot.objects.filter(number__lt=oldest.number).delete()
        Fit.objects.before(oldest).delete()
    kept = Snapshot.objects.values_list("files", flat=True).iterator()
    return remove_others({name for files in kept for name in files.values()})


def remove_others(kept: set[str]) -> int:
    removed, written_before = 0, time.time() - GRACE
    for path in settings.LEDGER_FOLDER.glob("*"):
        if path.suffix in OURS and path.name not in kept:
            with suppress(FileNotFoundError):  # its own builder may remove it too
                if path.stat().st_mtime < written_before:
                    path.unlink()
                    removed += 1
    return removed
