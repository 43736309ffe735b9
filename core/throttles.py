"""Rate limits that all processes of this machine share.

With Redis (CACHE_URL) all machines share them. Otherwise requests are counted in a small SQLite
file, which checks and counts in one transaction; if it fails, each process counts alone.
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
DELETE_EVERY = 1000  # hits; then expired rows of all names are deleted
SCHEMA = """
    PRAGMA journal_mode=WAL;
    PRAGMA synchronous=OFF;
    CREATE TABLE IF NOT EXISTS hits (name TEXT NOT NULL, at REAL NOT NULL, until REAL NOT NULL);
    CREATE INDEX IF NOT EXISTS hits_by_name ON hits (name, at);
"""
local = threading.local()


def hits_database() -> sqlite3.Connection:
    """The connection of this thread."""
    path = str(settings.RATE_COUNTS)
    if getattr(local, "path", None) != path:
        # No isolation level: `count` begins its transactions itself. With `synchronous=OFF` no
        # request waits for the disk; a power failure may lose counts.
        local.connection = sqlite3.connect(path, timeout=1, isolation_level=None)
        local.connection.executescript(SCHEMA)
        local.path, local.hits = path, 0
    return local.connection


def count(name: str, now: float, seconds: int, most: int) -> list[float]:
    """The earlier hits, all with the time of the oldest. The hit is counted if the limit allows."""
    connection = hits_database()
    local.hits += 1
    connection.execute("BEGIN IMMEDIATE")
    try:
        if local.hits % DELETE_EVERY == 0:
            # Other names have other periods, so `at` does not tell whether their hits count.
            connection.execute("DELETE FROM hits WHERE until <= ?", [now])
        connection.execute("DELETE FROM hits WHERE name = ? AND at <= ?", [name, now - seconds])
        earlier = connection.execute("SELECT count(*), min(at) FROM hits WHERE name = ?", [name])
        before, oldest = earlier.fetchone()
        if before < most:
            connection.execute("INSERT INTO hits VALUES (?, ?, ?)", [name, now, now + seconds])
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    # SimpleRateThrottle.wait() uses only the length and the last entry, its oldest hit.
    return [oldest] * before


def forget() -> None:
    hits_database().execute("DELETE FROM hits")


class SharedThrottle(throttling.SimpleRateThrottle):
    def allow_request(self, request: Request, view: "APIView | None") -> bool:
        self.key = None if self.rate is None else self.get_cache_key(request, view)
        # For example AnonRateThrottle has no key for a signed-in user.
        if self.key is None:
            return True
        self.now = self.timer()
        history = self.counted(self.num_requests)
        if history is None:
            return super().allow_request(request, view)
        self.history = history
        return len(history) < self.num_requests

    def counted(self, most: int) -> list[float] | None:
        """The earlier hits, or None if Django's cache counts instead."""
        if settings.CACHE_URL.startswith("redis"):
            return None
        try:
            return count(str(self.key), self.now, self.duration, most)
        except sqlite3.Error as error:
            log.warning("each process counts requests alone", exc_info=error)
            return None


class DeferredThrottle(SharedThrottle):
    """A request counts only when `record` is called, for example after a wrong password."""

    def counted(self, most: int) -> list[float] | None:
        # With a limit of 0 the earlier hits are counted and none is added.
        return super().counted(0)

    def throttle_success(self) -> bool:
        return True

    def record(self) -> None:
        if super().counted(self.num_requests) is None:
            super().throttle_success()


class UserThrottle(throttling.UserRateThrottle, SharedThrottle):
    """By user, or by IP address without a sign-in."""


class AnonymousThrottle(throttling.AnonRateThrottle, SharedThrottle):
    """By IP address, for requests without a sign-in."""


class RouteThrottle(throttling.ScopedRateThrottle, SharedThrottle):
    """By IP address and the view's `throttle_scope`."""
