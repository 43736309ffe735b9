"""Readers wait for a build only so long: then they are answered from the last finished state."""

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
from ledger.sources import lost

log = logging.getLogger("ledgerlight.ledger")


def current() -> Snapshot:
    """The newest state, with every write that was committed before this call; while the books are
    locked or away, the last finished one after LEDGER_PATIENCE seconds."""
    if connection.in_atomic_block:  # only this connection sees what it wrote
        return build.current()
    if snapshot := build.fresh(settings.LEDGER_MAX_AGE):
        return snapshot
    finished = Snapshot.objects.newest()
    if finished is None or lost(finished):
        return build.current()
    try:
        return builder(os.getpid()).built(time.monotonic())
    except TimeoutError:
        log.warning("Answered from snapshot %s: the build takes long.", finished.number)
    except Exception:
        log.exception("Answered from snapshot %s: no newer one could be built.", finished.number)
    return Snapshot.objects.newest()


@cache
def builder(process: int) -> "Builder":
    """One of each process: its thread does not live through a fork."""
    return Builder()


class Builder:
    """Builds in a thread of its own, one state at a time."""

    def __init__(self):
        self.threads = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self.starting = threading.Lock()
        self.running: tuple[float, Future] | None = None

    def built(self, asked_at: float) -> Snapshot:
        """A state of after this moment. Who comes when a build is late already does not wait."""
        while True:
            begun_at, work = self.begun()
            patience = begun_at + settings.LEDGER_PATIENCE - time.monotonic()
            snapshot = work.result(max(0, patience))
            if begun_at >= asked_at:
                return snapshot
            if snapshot := build.fresh(settings.LEDGER_MAX_AGE):
                return snapshot

    def begun(self) -> tuple[float, Future]:
        """The build that runs, or one that begins now."""
        with self.starting:
            if self.running is None or self.running[1].done():
                self.running = time.monotonic(), self.threads.submit(build_and_close)
            return self.running


def build_and_close() -> Snapshot:
    try:
        with build.one_at_a_time:
            return build.fresh(0) or build_again_if_cut_off()
    finally:
        connection.close()


def build_again_if_cut_off() -> Snapshot:
    """Once more on a new connection, if the database ended the one that it was on."""
    try:
        return build.build()
    except Exception as error:
        if not (isinstance(error, duckdb.Error) or database_errors.is_lost(error)):
            raise
        log.warning("A build of the ledger was cut off and begins again.", exc_info=error)
    connection.close()
    return build.build()
