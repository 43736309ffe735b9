"""The steps of an import: functions that declare which staging tables they read and write.

`imports/staging_tables.py` declares the columns of the tables. `tests/test_staging_tables.py`
imports files and compares both declarations with the tables and statements that it sees.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar


@dataclass(frozen=True)
class Step:
    name: str
    reads: frozenset[str]
    writes: frozenset[str]


STEPS: dict[str, Step] = {}
Function = TypeVar("Function", bound=Callable[..., object])


def step(*, reads: str, writes: str) -> Callable[[Function], Function]:
    """Declare the staging tables that a function reads and writes: names, separated by blanks."""

    def declare(function: Function) -> Function:
        name = function.__qualname__
        STEPS[name] = Step(name, frozenset(reads.split()), frozenset(writes.split()))
        return function

    return declare
