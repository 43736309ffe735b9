"""Readers wait at most LEDGER_PATIENCE seconds for a build, then read the last finished state."""

import logging
import os
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache

import duckdb
from django.conf import settings
from django.db import connection

from core import database_errors
from ledger import build
from ledger.build_turn import build_turn
from ledger.models import Snapshot
from ledger.sources import unusable_parts

# Seconds that jobs and commands wait: nobody sits before them, and what they make is kept.
PATIENCE_OF_JOBS = 60
log = logging.getLogger("ledgerlight.ledger")


def snapshot_within_patience(patience: float | None = None) -> Snapshot:
    """A snapshot with every write that was committed before this call.

    If its build takes longer than `patience` (setting LEDGER_PATIENCE), or the books are locked or
    away, the last finished one, whose `behind_s` says so.
    """
    requested_at = time.monotonic()
    if connection.in_atomic_block:  # only this connection sees its own writes
        return build.current()
    if snapshot := build.fresh_snapshot(settings.LEDGER_MAX_AGE):
        return snapshot
    finished = Snapshot.objects.newest()
    # There is nothing to answer from meanwhile, so this reader waits as long as the build takes.
    if finished is None or unusable_parts(finished):
        return build.current()
    try:
        patience = settings.LEDGER_PATIENCE if patience is None else patience
        return builder(os.getpid()).snapshot_since(requested_at, patience)
    except TimeoutError:
        log.info("Answered from snapshot %s: the build takes long.", finished.number)
    # Any failure: the answer names its snapshot, so nobody takes it for the newest state.
    except Exception:
        log.exception("Answered from snapshot %s: no newer one could be built.", finished.number)
    return build.newest_snapshot() or finished


def is_there_a_newer_one(number: int) -> bool:
    """Whether a newer snapshot is finished; if not, it is built while nobody waits."""
    newest = build.newest_snapshot()
    if newest is None or newest.number > number:
        return True
    if newest.behind_s:
        builder(os.getpid()).running_build()
    return False


@cache
def builder(process: int) -> "Builder":
    """One for each process: threads do not survive a fork."""
    return Builder()


class Builder:
    """Builds in a thread of its own, one snapshot at a time."""

    def __init__(self) -> None:
        self.threads = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self.starting = threading.Lock()
        self.running: tuple[float, Future] | None = None

    def snapshot_since(self, requested_at: float, patience: float) -> Snapshot:
        """One whose build began after this moment; TimeoutError after so many seconds.

        Patience is counted from the start of the build too: nobody waits for one that is late.
        """
        while True:
            started_at, work = self.running_build()
            late_at = min(started_at, requested_at) + patience
            snapshot = work.result(max(0, late_at - time.monotonic()))
            # An earlier build may have read the books before the caller's own write.
            if started_at >= requested_at:
                return snapshot
            if snapshot := build.fresh_snapshot(settings.LEDGER_MAX_AGE):
                return snapshot

    def running_build(self) -> tuple[float, Future]:
        """The build that is running, or a new one."""
        with self.starting:
            if self.running is None or self.running[1].done():
                self.running = time.monotonic(), self.threads.submit(build_and_close)
            return self.running


def build_and_close() -> Snapshot:
    try:
        with build_turn():
            return build.fresh_snapshot(0) or build_with_retry()
    # This thread serves no request after which Django would close its connection.
    finally:
        connection.close()


def build_with_retry() -> Snapshot:
    """Once more on a new connection, if the database closed the first one."""
    try:
        return build.build()
    except Exception as error:
        # DuckDB connects to the books itself, and its errors have no code for a lost connection.
        if not (isinstance(error, duckdb.Error) or database_errors.is_lost(error)):
            raise
        log.warning("The connection of a ledger build was lost; it starts again.", exc_info=error)
    connection.close()
    return build.build()
