"""Two runs that were kept, line by line: `make bench-compare A=old.json B=new.json`."""

import sys
from collections.abc import Iterator
from pathlib import Path

from bench.runs import KEPT, Run, read
from bench.table import Row, with_unit

NOISE = 0.10  # a shared machine differs from itself by so much


def main(names: list[str]) -> None:
    if len(names) != 2:
        sys.exit("Name two runs: make bench-compare A=old.json B=new.json (they are in var/bench).")
    old, new = (read(found(name)) for name in names)
    print(f"A  {about(old)}\nB  {about(new)}\n")
    for line in compared(old, new):
        print(line)


def found(name: str) -> Path:
    for path in (Path(name), KEPT / name, KEPT / f"{name}.json"):
        if path.is_file():
            return path
    sys.exit(f"There is no run {name}.")


def about(run: Run) -> str:
    return f"{run.date}  {run.data} × {run.scale}  {run.machine}"


def compared(old: Run, new: Run) -> Iterator[str]:
    """Beside its floor where there is one: then a slower machine is not a slower program."""
    yield f"{'work':50}  {'A':>11}  {'B':>11}  {'B ÷ A':>6}  {'of ratios':>9}"
    before, after = old.rows(), new.rows()
    for key, row in after.items():
        if key in before:
            yield line(before[key], row)
    for name, gone in (("A", before.keys() - after.keys()), ("B", after.keys() - before.keys())):
        for part, work in sorted(gone):
            yield f"only in {name}: {part}, {work}"


def line(a: Row, b: Row) -> str:
    change = b.ours / a.ours if a.ours and b.ours is not None else None
    beside = b.ratio / a.ratio if a.ratio and b.ratio is not None else None
    cells = (f"{one:.2f}" if one is not None else "" for one in (change, beside))
    figures = (with_unit(one.ours, one.unit) or "–" for one in (a, b))
    told = "  ".join([f"{b.work:50}", *(f"{figure:>11}" for figure in figures)])
    return "{}  {:>6}  {:>9}  {}".format(told, *cells, judged(a, b, beside or change)).rstrip()


def judged(a: Row, b: Row, change: float | None) -> str:
    if a.passed and b.passed is False:
        return "misses its target now"
    if b.passed and a.passed is False:
        return "reaches its target now"
    if change is None or abs(change - 1) <= NOISE:
        return ""
    return "better" if (change > 1) == b.more_is_better else "worse"


if __name__ == "__main__":
    main(sys.argv[1:])
