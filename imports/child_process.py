"""Limits for child processes that read workbooks and Parquet files.

A small file of these kinds may need a lot of memory, time or disk. A child process that exceeds its
limits is killed, and the parent reports that (`imports/csv_conversion.py`). A refusal with a
reason is printed as a line of JSON and ends with status 3; the other lines are progress.
"""

import json
import resource
import sys
from collections.abc import Callable

EXPLAINED = 3  # exit status after a refusal with a reason
MAX_OUTPUT = 1024**3  # bytes


class Refused(Exception):
    def __init__(self, code: str, reason: str):
        super().__init__(reason)
        self.code, self.reason = code, reason


def run_limited(work: Callable[..., None], *, memory: int, seconds: int) -> int:
    """Run the work with the arguments of the command line; returns the exit status."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_OUTPUT, MAX_OUTPUT))
    # A core dump would write personal data of the file to the disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        work(*sys.argv[1:])
    except Refused as refused:
        report(code=refused.code, reason=refused.reason)
        return EXPLAINED
    return 0


def report(**values: object) -> None:
    """Send a line of JSON to the parent."""
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()
