"""Each part runs in its own process: `python -m bench.part PART FILE SCALE` prints a row a line."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from bench.row import Row

MODULES = {"import": "imports"}  # `import` is a keyword
# On a shared machine arithmetic on one thread takes the same time each time.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
ARITHMETIC = ("methods", "recommendations", "exports")


def part_rows(part: str, data: Path, scale: int) -> Iterator[Row]:
    """Each row as soon as it is measured; CalledProcessError if the part breaks."""
    command = [sys.executable, "-m", "bench.part", part, str(data), str(scale)]
    settings = os.environ | (ONE_THREAD if part in ARITHMETIC else {})
    with subprocess.Popen(command, env=settings, stdout=subprocess.PIPE, text=True) as process:
        try:
            for line in process.stdout or ():
                yield Row(**json.loads(line))
        # Also Ctrl+C and a generator that is closed early: the part would go on measuring.
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


def main(part: str, data: str, scale: str) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that databases are dropped
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the measured programs print is not a row
    for row in import_module(f"bench.{MODULES.get(part, part)}").measure(Path(data), int(scale)):
        print(json.dumps(asdict(row), ensure_ascii=False), file=out, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
