"""Answers that were given before, as long as there is room: a snapshot never changes them."""

import threading
from collections.abc import Callable, Hashable

from cachetools import LRUCache

OVERHEAD = 1000  # bytes that keeping anything costs


class Memory:
    """Holds so many bytes, and forgets first what was not asked for the longest."""

    def __init__(self, size: int):
        self.largest = size // 4
        self.kept = LRUCache(size, getsizeof=lambda kept: kept[1])
        self.lock = threading.Lock()

    def __contains__(self, key: Hashable) -> bool:
        return key in self.kept

    def get(self, key: Hashable, make: Callable, size: Callable):
        with self.lock:
            if key in self.kept:
                return self.kept[key][0]
        value = make()
        bytes_ = size(value) + OVERHEAD
        if bytes_ <= self.largest:
            with self.lock:
                self.kept[key] = value, bytes_
        return value
