"""The one memory of what was computed before: SQL, tables, files, pictures, panels of pages.

Each value follows from its key alone, which names the snapshot where the ledger was read, so none
becomes wrong with time. What was not used for the longest time makes room.
"""

import os
import threading
from collections.abc import Callable, Hashable
from typing import TypeVar

from cachetools import LRUCache

T = TypeVar("T")

BUDGET = 40 * 2**20  # bytes a process
LARGEST = 2 * 2**20  # what is larger is not kept: a few large answers would push out all others
OVERHEAD = 1000  # bytes that keeping anything costs


class Cache:
    """Holds so many bytes, and forgets first what was not used for the longest time."""

    def __init__(self, budget: int, largest: int):
        self.largest = largest
        self.kept: LRUCache = LRUCache(budget, getsizeof=lambda kept: kept[1])
        self.renew_lock()

    def __contains__(self, key: Hashable) -> bool:
        return key in self.kept

    def get(self, key: Hashable, make: Callable[[], T], size: Callable[[T], float]) -> T:
        """The value of the key; made outside of the lock, so others do not wait for it."""
        with self.lock:
            if key in self.kept:
                return self.kept[key][0]
        value = make()
        bytes_ = size(value) + OVERHEAD
        if bytes_ <= self.largest:
            with self.lock:
                self.kept[key] = value, bytes_
        return value

    def clear(self) -> None:
        with self.lock:
            self.kept.clear()

    def renew_lock(self) -> None:
        self.lock = threading.Lock()


cache = Cache(BUDGET, LARGEST)
# In a fork, a thread that held the lock does not exist and would never release it.
os.register_at_fork(after_in_child=cache.renew_lock)
