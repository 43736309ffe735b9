"""One build at a time: who waits for its turn finds the snapshot that another one has made.

It only saves work. Who gets no turn builds all the same, as hosts do whose file system has no
locks: the number of the snapshot decides which of two builds counts.
"""

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.db import connection

BETWEEN_TRIES = 0.005  # seconds
# Longer than a build takes: whoever has the turn for so long hangs.
LONGEST_TURN = 120
log = logging.getLogger("ledgerlight.ledger")


@contextmanager
def build_turn() -> Iterator[None]:
    """Wait until no thread or process of this host builds."""
    # The other builder may be waiting for what this transaction has locked.
    if connection.in_atomic_block:
        yield
        return
    settings.LEDGER_FOLDER.mkdir(parents=True, exist_ok=True)
    # The system gives a killed builder's lock back.
    folder = os.open(settings.LEDGER_FOLDER, os.O_RDONLY)
    try:
        with suppress(OSError):  # NFS locks no folders
            wait_for_lock(folder)
        yield
    finally:
        os.close(folder)


def wait_for_lock(folder: int) -> None:
    given_up = time.monotonic() + LONGEST_TURN
    while time.monotonic() < given_up:
        with suppress(BlockingIOError):
            return fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        time.sleep(BETWEEN_TRIES)
    log.warning("Another build has not ended for %s seconds; this one does not wait.", LONGEST_TURN)
