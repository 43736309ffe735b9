"""Two saved runs, row by row: `make bench-compare A=old.json B=new.json`."""

import sys
from collections.abc import Iterator

from bench.row import Row, format_value
from bench.runs import Run, load_run

NOISE = 0.10  # how much two runs of the same program differ on a shared machine
LINE = "{:50}  {:>11}  {:>11}  {:>6}  {:>9}  {}"


def main(names: list[str]) -> None:
    if len(names) != 2:
        sys.exit("Name two runs: make bench-compare A=old.json B=new.json (they are in var/bench).")
    old, new = map(load_run, names)
    print(f"A  {old}\nB  {new}\n", *compare(old, new), sep="\n")


def compare(old: Run, new: Run) -> Iterator[str]:
    """With a floor, ratios are compared: a slower machine is not a slower program."""
    yield LINE.format("work", "A", "B", "B ÷ A", "of ratios", "").rstrip()
    before, after = old.by_work(), new.by_work()
    for key in after:
        if key in before:
            yield comparison_line(before[key], after[key])
    for name, missing in (("A", before.keys() - after), ("B", after.keys() - before)):
        yield from (f"only in {name}: {part}, {work}" for part, work in sorted(missing))


def comparison_line(a: Row, b: Row) -> str:
    values = (format_value(row.ours, row.unit) or "–" for row in (a, b))
    changes = quotient(b.ours, a.ours), quotient(b.ratio, a.ratio)
    texts = ("" if change is None else f"{change:.2f}" for change in changes)
    # The ratio where both have one: its floor was measured on the same busy machine.
    return LINE.format(b.work, *values, *texts, verdict(a, b, changes[1] or changes[0])).rstrip()


def quotient(new: float | None, old: float | None) -> float | None:
    return new / old if old and new is not None else None


def verdict(a: Row, b: Row, change: float | None) -> str:
    if a.passed and b.passed is False:
        return "misses its target now"
    if b.passed and a.passed is False:
        return "reaches its target now"
    if change is None or abs(change - 1) <= NOISE:
        return ""
    return "better" if (change > 1) == b.more_is_better else "worse"


if __name__ == "__main__":
    main(sys.argv[1:])
