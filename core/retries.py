"""Repeats a transaction that the database rolled back because of a deadlock."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection

from core.database_errors import is_deadlock

T = TypeVar("T")

TRIES = 30


def retry_deadlocks(work: Callable[[], T]) -> T:
    """The result of `work`, a whole transaction. Inside an outer transaction the error is raised:
    only the outer one can be repeated."""
    for _ in range(TRIES - 1):
        try:
            return work()
        except OperationalError as error:
            if connection.in_atomic_block or not is_deadlock(error):
                raise
            pause()
    return work()


def pause() -> None:
    """Wait for a random time, so that the same transactions do not collide again."""
    time.sleep(random.uniform(0.01, 0.1))  # noqa: S311 - not for security
