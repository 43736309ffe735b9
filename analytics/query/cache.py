"""The one cache of a process: SQL, tables, files, pictures, panels of pages.

Each value follows from its key alone, which names the snapshot where the ledger was read, so none
becomes wrong with time. The least recently used values make room for new ones.
"""

import os
import threading
from collections.abc import Callable, Hashable
from typing import TypeVar

from cachetools import LRUCache

T = TypeVar("T")

BUDGET = 40 * 2**20  # bytes a process
LARGEST = 2 * 2**20  # larger values are not cached: a few of them would push out all others
OVERHEAD = 1000  # bytes that each value costs besides its own


class Cache:
    """Values up to a budget of bytes; the least recently used ones go first."""

    def __init__(self, budget: int, largest: int):
        self.largest = largest
        self.entries: LRUCache = LRUCache(budget, getsizeof=lambda entry: entry[1])
        self.renew_lock()

    def __contains__(self, key: Hashable) -> bool:
        # Without the lock: unlike a read, `in` does not change the order of use.
        return key in self.entries

    def get(self, key: Hashable, make: Callable[[], T], size: Callable[[T], float]) -> T:
        """The value of the key; it is made outside of the lock, so others do not wait for it."""
        # A read needs the lock as well: a hit moves the entry to the end of the order of use.
        with self.lock:
            if key in self.entries:
                return self.entries[key][0]
        # Making a value often reads others here, which the lock would block for ever. At worst two
        # threads make the same value, and both are right.
        value = make()
        cost = size(value) + OVERHEAD
        if cost <= self.largest:
            with self.lock:
                self.entries[key] = value, cost
        return value

    def clear(self) -> None:
        with self.lock:
            self.entries.clear()

    def renew_lock(self) -> None:
        self.lock = threading.Lock()


cache = Cache(BUDGET, LARGEST)
# In a fork, a thread that held the lock does not exist and would never release it.
os.register_at_fork(after_in_child=cache.renew_lock)
