"""What a query may cost: `LEDGER_READ_SECONDS` of time, and the memory of DuckDB's own limit.

One thread interrupts queries that run for too long. It sleeps while none runs.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import pyarrow as pa
from django.conf import settings

from core.problems import exception_statuses

LOOK_EVERY = 0.1  # seconds between two looks at what runs


class TooExpensive(Exception):
    """A question that takes more time or memory than one may have."""


# Also in the worker, where no module of the API registers it.
exception_statuses[TooExpensive] = 503
ASK_FOR_LESS = "Ask for less: a shorter period, fewer columns or one country."


@dataclass(eq=False)
class RunningQuery:
    cursor: duckdb.DuckDBPyConnection
    seconds: float
    until: float
    is_interrupted: bool = False


class Watch:
    """The queries that run, and the thread that interrupts them."""

    def __init__(self) -> None:
        # A query ends only with the lock: an interrupt cannot hit the next one of its cursor.
        self.lock = threading.Lock()
        self.running: set[RunningQuery] = set()
        self.is_needed = threading.Event()
        self.thread: threading.Thread | None = None

    def begin(self, cursor: duckdb.DuckDBPyConnection, seconds: float) -> RunningQuery:
        query = RunningQuery(cursor, seconds, time.monotonic() + seconds)
        with self.lock:
            self.running.add(query)
            if self.thread is None:
                self.thread = threading.Thread(target=self.watch, name="time limit", daemon=True)
                self.thread.start()
        if not self.is_needed.is_set():
            self.is_needed.set()
        return query

    def end(self, query: RunningQuery) -> None:
        with self.lock:
            self.running.discard(query)

    def watch(self) -> None:
        while self.is_needed.wait():
            with self.lock:
                pause = min((query.seconds for query in self.running), default=0)
                if not self.running:
                    self.is_needed.clear()
                self.interrupt_late_ones()
            time.sleep(min(pause, LOOK_EVERY))

    def interrupt_late_ones(self) -> None:
        now = time.monotonic()
        for query in self.running:
            if now > query.until:
                query.is_interrupted = True
                query.cursor.interrupt()


watch = Watch()
os.register_at_fork(after_in_child=watch.__init__)  # type: ignore[misc] # threads stay in the parent


@contextmanager
def within_bounds(cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """What the cursor runs in here is interrupted in time; raises TooExpensive."""
    seconds = settings.LEDGER_READ_SECONDS
    query = watch.begin(cursor, seconds) if seconds else None
    try:
        yield
    except Exception as error:
        if query and query.is_interrupted:
            raise TooExpensive(
                f"This question takes more than {seconds:g} seconds. {ASK_FOR_LESS}"
            ) from error
        if is_out_of_memory(error):
            raise TooExpensive(f"This question needs too much memory. {ASK_FOR_LESS}") from error
        raise
    finally:
        if query:
            watch.end(query)


def batches_within_bounds(
    cursor: duckdb.DuckDBPyConnection, batches: pa.RecordBatchReader
) -> pa.RecordBatchReader:
    """Each batch has the time for itself: a slow client does not use up that of the query."""

    def read() -> Iterator[pa.RecordBatch]:
        while True:
            with within_bounds(cursor):
                batch = next(batches, None)
            if batch is None:
                return
            yield batch

    return pa.RecordBatchReader.from_batches(batches.schema, read())


def is_out_of_memory(error: Exception) -> bool:
    # In the middle of its batches DuckDB's error comes as one of Arrow's.
    return isinstance(error, duckdb.OutOfMemoryException) or "Out of Memory Error" in str(error)
