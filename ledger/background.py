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
from ledger.models import Snapshot
from ledger.sources import unusable_parts

log = logging.getLogger("ledgerlight.ledger")


def snapshot_within_patience() -> Snapshot:
    """A snapshot with every write that was committed before this call.

    While the books are locked or away, the last finished one after LEDGER_PATIENCE seconds.
    """
    if connection.in_atomic_block:  # only this connection sees its own writes
        return build.current()
    if snapshot := build.fresh_snapshot(settings.LEDGER_MAX_AGE):
        return snapshot
    finished = Snapshot.objects.newest()
    # There is nothing to answer from meanwhile, so this reader waits as long as the build takes.
    if finished is None or unusable_parts(finished):
        return build.current()
    try:
        return builder(os.getpid()).snapshot_since(time.monotonic())
    except TimeoutError:
        log.warning("Answered from snapshot %s: the build takes long.", finished.number)
    # Any failure: the answer names its snapshot, so nobody takes it for the newest state.
    except Exception:
        log.exception("Answered from snapshot %s: no newer one could be built.", finished.number)
    return Snapshot.objects.newest()


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

    def snapshot_since(self, requested_at: float) -> Snapshot:
        """One whose build began after this moment.

        Patience is counted from the start of the build: nobody waits for one that is already late.
        """
        while True:
            started_at, work = self.running_build()
            patience = started_at + settings.LEDGER_PATIENCE - time.monotonic()
            snapshot = work.result(max(0, patience))
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
        with build.build_lock:
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
