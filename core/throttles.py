"""How many requests somebody made: counted for all processes of this machine together.

With Redis (CACHE_URL) counts are shared by all machines. Without it they stand in a small file of
SQLite, where looking and counting are one step; if it cannot be written, each process counts alone.
"""

import logging
import sqlite3
import threading
from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework import throttling
from rest_framework.request import Request

if TYPE_CHECKING:  # at run time it imports this module, by way of the settings
    from rest_framework.views import APIView


log = logging.getLogger("ledgerlight.throttles")
SWEPT_EVERY = 1000  # hits; who comes once is forgotten then
SCHEMA = """
    PRAGMA journal_mode=WAL;
    PRAGMA synchronous=OFF;
    CREATE TABLE IF NOT EXISTS hits (name TEXT NOT NULL, at REAL NOT NULL, until REAL NOT NULL);
    CREATE INDEX IF NOT EXISTS hits_by_name ON hits (name, at);
"""
local = threading.local()


def opened() -> sqlite3.Connection:
    """Each thread has its own."""
    path = str(settings.RATE_COUNTS)
    if getattr(local, "path", None) != path:
        local.connection = sqlite3.connect(path, timeout=1, isolation_level=None)
        local.connection.executescript(SCHEMA)
        local.path, local.hits = path, 0
    return local.connection


def count(name: str, now: float, seconds: int, most: int) -> list[float]:
    """As many as were counted before, each as old as the oldest; the hit counts if it may."""
    connection = opened()
    local.hits += 1
    connection.execute("BEGIN IMMEDIATE")
    try:
        if local.hits % SWEPT_EVERY == 0:
            connection.execute("DELETE FROM hits WHERE until <= ?", [now])
        connection.execute("DELETE FROM hits WHERE name = ? AND at <= ?", [name, now - seconds])
        found = connection.execute("SELECT count(*), min(at) FROM hits WHERE name = ?", [name])
        before, oldest = found.fetchone()
        if before < most:
            connection.execute("INSERT INTO hits VALUES (?, ?, ?)", [name, now, now + seconds])
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return [oldest] * before


def forget() -> None:
    opened().execute("DELETE FROM hits")


class Counted(throttling.SimpleRateThrottle):
    def allow_request(self, request: Request, view: "APIView | None") -> bool:
        self.key = None if self.rate is None else self.get_cache_key(request, view)
        if self.key is None:
            return True
        self.now = self.timer()
        history = self.counted(self.num_requests)
        if history is None:
            return super().allow_request(request, view)
        self.history = history
        return len(history) < self.num_requests

    def counted(self, most: int) -> list[float] | None:
        """None where Django's cache counts."""
        if settings.CACHE_URL.startswith("redis"):
            return None
        try:
            return count(str(self.key), self.now, self.duration, most)
        except sqlite3.Error as error:
            log.warning("each process counts requests alone", exc_info=error)
            return None


class CountedAfterwards(Counted):
    """A request counts when `record` is called: only then it is known whether it has to."""

    def counted(self, most: int) -> list[float] | None:
        return super().counted(0)

    def throttle_success(self) -> bool:
        return True

    def record(self) -> None:
        if super().counted(self.num_requests) is None:
            super().throttle_success()


class OfUser(throttling.UserRateThrottle, Counted):
    """By account, or by address of who is not signed in."""


class OfNobody(throttling.AnonRateThrottle, Counted):
    """By address, for who is not signed in."""


class OfRoute(throttling.ScopedRateThrottle, Counted):
    """By address and kind of route."""
