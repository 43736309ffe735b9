"""What is tried again: a transaction that a database ended because it and others waited for each
other's locks."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection

from core.database_errors import is_deadlock

T = TypeVar("T")

TRIES = 30


def retry_deadlocks(work: Callable[[], T]) -> T:
    """The result of `work`, which is a whole transaction: inside of an outer one there is nothing
    to begin again, so there the error goes on."""
    for _ in range(TRIES - 1):
        try:
            return work()
        except OperationalError as error:
            if connection.in_atomic_block or not is_deadlock(error):
                raise
            pause()
    return work()


def pause() -> None:
    """For a while that differs: those that met once would meet again."""
    time.sleep(random.uniform(0.01, 0.1))  # noqa: S311 - only spreads them out
