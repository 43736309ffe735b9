"""Measures speed, memory and accuracy beside the fastest known way to do the same work.

make bench [DATA=file.csv] [SCALE=10]      all parts, one table, saved in var/bench
make bench-import, bench-orders, …         one part
make bench-many                            54 million lines: ten minutes, not one of all parts
make bench-compare A=… B=…                 two saved runs
make bench-docs                            docs/benchmarks.md from the newest complete runs
"""

import argparse
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import databases, shapes
from bench.part import part_rows
from bench.row import HEADERS, LINE, Row, growth
from bench.runs import LONG_PARTS, PARTS, Run, new_run, saved_runs


def main() -> None:
    options = parse_options()
    # As an exception, so that the temporary folder is deleted; 143 is what a shell reports for it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    run = new_run(options.data.name if options.data else "generated", options.scale)
    with TemporaryDirectory(prefix="bench-") as folder:
        data = data_file(options.data, run.scale, Path(folder) / "lines.csv")
        failed = measure_parts(run, options.parts, data)
    results = [row.passed for row in run.by_work().values() if row.passed is not None]
    print(f"\n{sum(results)} of {len(results)} targets are reached.\nSaved in {run.save()}")
    if failed:
        sys.exit(f"These parts failed: {', '.join(failed)}")


def parse_options() -> argparse.Namespace:
    known = PARTS + LONG_PARTS
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("parts", nargs="*", default=PARTS, help=", ".join(known))
    parser.add_argument("--data", type=Path, help="default: generated, the size of UCI's file")
    parser.add_argument("--scale", type=int, default=1)
    options = parser.parse_args()
    if unknown := set(options.parts) - set(known):
        parser.error(f"There is no part {', '.join(sorted(unknown))}.")
    if options.data and not options.data.is_file():
        parser.error(f"There is no file {options.data}.")
    return options


def data_file(source: Path | None, scale: int, path: Path) -> Path:
    if source is None:
        return shapes.generate(path, scale)
    return source.resolve() if scale == 1 else shapes.multiply(source, scale, path)


def measure_parts(run: Run, parts: list[str], data: Path) -> list[str]:
    """Fills in `run`, prints each row when it is known, and returns the parts that failed."""
    smaller = rows_at_scale_one(run)
    # Only these use the servers, and asking for their versions may install and start them.
    if {"import", "orders"} & set(parts):
        run.versions |= databases.server_versions()
    print(run, ", ".join(" ".join(item) for item in run.versions.items()), sep="\n")
    failed = []
    for part in parts:
        print("\n" + LINE.format(*HEADERS), *(["growth"] if smaller else []), part)
        start = time.monotonic()
        rows = run.parts[part] = []
        try:
            for row in part_rows(part, data, run.scale):
                rows.append(row)
                factor = growth(row, smaller.get((part, row.work)), run.scale)
                print(LINE.format(*row.texts()), factor, row.note, flush=True)
        except subprocess.CalledProcessError:
            failed.append(part)
        print(f"{part}: {time.monotonic() - start:.0f} s{', failed' if part in failed else ''}")
    return failed


def rows_at_scale_one(run: Run) -> dict[tuple[str, str], Row]:
    """The newest saved rows of the same data at scale 1, to show growth from."""
    found: dict[tuple[str, str], Row] = {}
    if run.scale > 1:
        for saved in saved_runs():
            if (saved.data, saved.scale) == (run.data, 1):
                # Runs come the newest first: what is found already stays.
                found = saved.by_work() | found
        if not found:
            print("No run of this data at scale 1 is saved: growth cannot be shown.")
    return found


if __name__ == "__main__":
    main()
