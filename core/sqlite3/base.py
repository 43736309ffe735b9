"""Django's backend for SQLite, with a queue of writers.

SQLite lets one writer in at a time. The others sleep and try again, so that whoever wakes at the
right moment is next, and under load some wait for seconds. Here writers take turns: the threads of
a process in the order in which they came, and one thread of each process after the other.

The queue decides nothing but the order. SQLite's own lock still keeps writers apart, also from
programs that do not know of the queue, like its shell.
"""

import fcntl
import os
import re
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base, creation

NEXT, TURN = 0, 1  # the bytes of the file that are locked
WRITE = re.compile(r"\s*(insert|update|delete|replace)\b", re.I)


class Queue:
    """Of the writers of one process to one database; see `queue_of`."""

    def __init__(self, path: str) -> None:
        # Locks of `lockf` belong to the process: a fork has none of them, and the system releases
        # them when the process is killed. Never closed, because that would release them, too.
        self.file = Path(path).open("ab")  # noqa: SIM115
        self.mutex = threading.Lock()
        self.is_taken = False
        self.waiting: deque[threading.Lock] = deque()

    def take(self, patience: float) -> None:
        """Wait for the turn; after `patience` seconds the error is that of SQLite's own lock."""
        deadline = time.monotonic() + patience
        self._take_in_process(deadline)
        try:
            # Whoever has NEXT gets the turn after this one. Without it a process could take turn
            # after turn, while another sleeps between two attempts.
            self._lock(NEXT, deadline)
            try:
                self._lock(TURN, deadline)
            finally:
                self._unlock(NEXT)
        except BaseException:
            self._leave()
            raise

    def give_back(self) -> None:
        self._unlock(TURN)
        self._leave()

    def _take_in_process(self, deadline: float) -> None:
        with self.mutex:
            if not self.is_taken:
                self.is_taken = True
                return
            called = threading.Lock()
            called.acquire()
            self.waiting.append(called)
        if called.acquire(timeout=max(0, deadline - time.monotonic())):
            return
        with self.mutex:
            if called in self.waiting:  # else it was called at this very moment
                self.waiting.remove(called)
                raise sqlite3.OperationalError("database is locked")

    def _leave(self) -> None:
        with self.mutex:
            if self.waiting:
                self.waiting.popleft().release()
            else:
                self.is_taken = False

    def _lock(self, byte: int, deadline: float) -> None:
        started = time.monotonic()
        while True:
            try:
                return fcntl.lockf(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
            except (BlockingIOError, PermissionError):
                if (now := time.monotonic()) >= deadline:
                    raise sqlite3.OperationalError("database is locked") from None
            # A lock that waits in the system has no timeout. An order takes milliseconds, an import
            # seconds: the longer it takes, the less often it is worth asking.
            time.sleep(min(0.01, 0.0002 + (now - started) / 20))

    def _unlock(self, byte: int) -> None:
        fcntl.lockf(self.file, fcntl.LOCK_UN, 1, byte)


@cache
def queue_of(path: str, process: int) -> Queue:
    """One for each process: after a fork the threads that wait in the other one are not here."""
    return Queue(path)


def turn_of_statement(execute: Callable, sql: str, params: Any, many: bool, context: dict) -> Any:
    """A write outside of a transaction is one of its own, and waits like the others."""
    database = context["connection"]
    if database.queue or not database.autocommit or not WRITE.match(sql):
        return execute(sql, params, many, context)
    with database.own_turn():
        return execute(sql, params, many, context)


class DatabaseCreation(creation.DatabaseCreation):
    def _destroy_test_db(self, test_database_name: str, verbosity: int) -> None:
        super()._destroy_test_db(test_database_name, verbosity)
        # Those of SQLite itself are left where a thread's connection is still open.
        for suffix in ("-queue", "-wal", "-shm"):
            Path(f"{test_database_name}{suffix}").unlink(missing_ok=True)


class DatabaseWrapper(base.DatabaseWrapper):
    creation_class = DatabaseCreation
    queue: Queue | None = None  # while this connection has the turn

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(turn_of_statement)

    def _start_transaction_under_autocommit(self) -> None:
        self.take_turn()
        try:
            super()._start_transaction_under_autocommit()
        except BaseException:
            self.give_turn_back()
            raise

    def _commit(self) -> None:
        # If it fails, Django rolls back.
        super()._commit()
        self.give_turn_back()

    def _rollback(self) -> None:
        try:
            super()._rollback()
        finally:
            self.give_turn_back()

    def _close(self) -> None:
        try:
            super()._close()
        finally:
            self.give_turn_back()

    def take_turn(self) -> None:
        if self.is_in_memory_db():  # no other connection sees it
            return
        path = queue_file(self.settings_dict["NAME"])
        queue = queue_of(path, os.getpid())
        with self.wrap_database_errors:
            queue.take(self.settings_dict["OPTIONS"].get("timeout", 5))
        self.queue = queue

    def give_turn_back(self) -> None:
        if self.queue:
            self.queue.give_back()
            self.queue = None

    @contextmanager
    def own_turn(self) -> Iterator[None]:
        self.take_turn()
        try:
            yield
        finally:
            self.give_turn_back()


def queue_file(database: str) -> str:
    return f"{database}-queue"
