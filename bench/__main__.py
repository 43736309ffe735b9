"""What is fast, beside the fastest there could be.

    make bench [DATA=file.csv] [SCALE=10]      all parts, one table, kept in var/bench
    make bench-import, bench-orders, …         one of them
    make bench-compare A=… B=…                 two runs that were kept
    make bench-docs                            docs/benchmarks.md from the newest whole runs

Each part runs in a process of its own, with books of its own, which are gone afterwards.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import databases, runs, shapes
from bench.runs import PARTS
from bench.table import HEADS, Row, growth, line

ROOT = Path(__file__).resolve().parent.parent
GENERATED = "generated"
# On a shared machine arithmetic on one thread takes the same time each time.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
ARITHMETIC = ("methods", "recommendations", "exports")


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("parts", nargs="*", default=PARTS, help=", ".join(PARTS))
    parser.add_argument("--data", type=Path, help="without it: generated, as large as UCI's")
    parser.add_argument("--scale", type=int, default=1)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"There is no part {', '.join(sorted(unknown))}.")
    run = runs.begun(options.data.name if options.data else GENERATED, options.scale)
    with TemporaryDirectory(prefix="bench-") as folder:
        failed = measure(run, options.parts, lines_for(options.data, run.scale, Path(folder)))
    asked = [row.passed for row in run.rows().values() if row.passed is not None]
    print(f"\n{sum(asked)} of {len(asked)} targets are reached.")
    print(f"Kept in {run.keep().relative_to(ROOT)}")
    if failed:
        sys.exit(f"These parts ended with an error: {', '.join(failed)}")


def lines_for(data: Path | None, scale: int, folder: Path) -> Path:
    if data and not data.is_file():
        sys.exit(f"There is no file {data}.")
    if data and scale == 1:
        return data.resolve()
    file = folder / "lines.csv"
    return shapes.times(data, scale, file) if data else shapes.retail(file, scale)


def measure(run: runs.Run, parts: list[str], data: Path) -> list[str]:
    """Every row as soon as it is known; the parts that broke."""
    smaller = before(run)
    if {"import", "orders"} & set(parts):
        run.versions |= databases.versions()
    print(f"{run.date}  {run.data} × {run.scale}  {run.machine}")
    print(", ".join(f"{name} {version}" for name, version in run.versions.items()))
    failed = []
    for part in parts:
        print(f"\n{line(HEADS, 'growth' if smaller else '', part)}")
        started = time.monotonic()
        run.parts[part] = []
        try:
            for row in rows_of(part, data, run.scale):
                run.parts[part].append(row)
                also = growth(row, smaller.get((part, row.work)), run.scale)
                print(line(row.cells(), also, row.note), flush=True)
        except Broken:
            failed.append(part)
        took = f"{part}: {time.monotonic() - started:.0f} s"
        print(f"{took}, and it ended with an error" if part in failed else took)
    return failed


class Broken(Exception):
    """A part ended before it was through."""


def rows_of(part: str, data: Path, scale: int) -> Iterator[Row]:
    command = [sys.executable, "-m", "bench.part", part, str(data), str(scale)]
    settings = os.environ | (ONE_THREAD if part in ARITHMETIC else {})
    with subprocess.Popen(
        command, cwd=ROOT, env=settings, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            for told in process.stdout:
                yield Row(**json.loads(told))
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        raise Broken


def before(run: runs.Run) -> dict[tuple[str, str], Row]:
    """The same on the file's own lines, of the newest runs that had them."""
    found: dict[tuple[str, str], Row] = {}
    if run.scale > 1:
        for kept in runs.kept():
            if (kept.data, kept.scale) == (run.data, 1):
                found = kept.rows() | found
        if not found:
            print("No run on the file's own lines is kept: there is no growth to show.")
    return found


if __name__ == "__main__":
    main()
