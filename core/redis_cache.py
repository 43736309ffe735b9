"""A Redis cache that falls back to a cache in the process while Redis cannot be reached."""

import logging
from collections.abc import Callable
from time import monotonic
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, TimeoutError
from redis.retry import Retry

log = logging.getLogger("ledgerlight.cache")
PAUSE = 5  # seconds until the next attempt: each may take as long as its timeout
GONE = (ConnectionError, TimeoutError)
# Seconds. By default redis-py retries three times with growing pauses: pages would hang.
OPTIONS = {"socket_connect_timeout": 1, "socket_timeout": 1, "retry": Retry(NoBackoff(), 1)}
# All other methods of Django's caches, such as `get_or_set` and `decr`, call these.
METHODS = (
    *("add", "get", "set", "touch", "delete", "get_many", "has_key", "incr"),
    *("set_many", "delete_many", "clear"),
)


class RedisOrProcess(RedisCache):
    closed_until: dict[str, float] = {}  # by address; shared, as each thread has its own instance

    def __init__(self, server: str | list[str], params: dict):
        super().__init__(server, params | {"OPTIONS": OPTIONS | params.get("OPTIONS", {})})
        self.address = str(server)
        self.spare = LocMemCache(f"instead of {server}", params | {"OPTIONS": {}})

    def is_reachable(self) -> bool:
        """Pings Redis, also during the pause."""
        try:
            return bool(self._cache.get_client().ping())
        except GONE:
            return False

    def on_either(self, name: str, *args, **kwargs) -> Any:
        if monotonic() >= self.closed_until.get(self.address, 0):
            try:
                return getattr(super(), name)(*args, **kwargs)
            except GONE as error:
                self.closed_until[self.address] = monotonic() + PAUSE
                log.warning(
                    "Redis cannot be reached: each process uses its own cache", exc_info=error
                )
        return getattr(self.spare, name)(*args, **kwargs)


def on_either(name: str) -> Callable:
    def method(self: RedisOrProcess, *args, **kwargs):
        return self.on_either(name, *args, **kwargs)

    return method


for _name in METHODS:
    setattr(RedisOrProcess, _name, on_either(_name))
