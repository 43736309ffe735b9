"""What the processes have in common that read files which may ask for too much: they have little
memory, time and disk, and may die of it. Their parent says so (`imports/csv_conversion.py`).

What such a process can explain it prints as a line of JSON, and ends with 3. Other lines tell how
far it is.
"""

import json
import resource
import sys
from collections.abc import Callable

EXPLAINED = 3
OUTPUT = 1024**3  # bytes


class Refused(Exception):
    def __init__(self, code: str, reason: str):
        super().__init__(reason)
        self.code, self.reason = code, reason


def run_limited(work: Callable[..., None], *, memory: int, seconds: int) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT, OUTPUT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        work(*sys.argv[1:])
    except Refused as refused:
        report(code=refused.code, reason=refused.reason)
        return EXPLAINED
    return 0


def report(**words) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()
