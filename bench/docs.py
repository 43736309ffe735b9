"""The figures of docs/benchmarks.md, from runs that were kept: `make bench-docs`.

What stands outside of the two marks is written by hand and stays as it is.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from bench.compare import found
from bench.runs import PARTS, Run, kept, read
from bench.table import HEADS, Row, growth, markdown

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
BEGIN = "<!-- Measured: `make bench-docs` writes from here … -->"
END = "<!-- … to here -->"


def main(names: list[str]) -> None:
    runs = [read(found(name)) for name in names] or list(newest())
    if not runs:
        sys.exit("No whole run is kept: make bench.")
    PAGE.write_text(written(PAGE.read_text(), runs))
    print(f"docs/benchmarks.md tells of {' and '.join(run.date for run in runs)}.")


def newest() -> Iterator[Run]:
    """Of each size the newest run that has every part, the smallest first."""
    whole: dict[int, Run] = {}
    for run in kept():
        if set(PARTS) <= run.parts.keys():
            whole.setdefault(run.scale, run)
    return (whole[scale] for scale in sorted(whole))


def written(page: str, runs: list[Run]) -> str:
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{PAGE.name} has lost its marks {BEGIN} and {END}.")
    told = "\n\n".join("\n".join(about(run, smaller_of(run, runs))) for run in runs)
    return f"{before}{BEGIN}\n\n{told}\n\n{END}{after}"


def smaller_of(run: Run, runs: list[Run]) -> Run | None:
    return next((one for one in runs if one.scale < run.scale and one.data == run.data), None)


def about(run: Run, smaller: Run | None) -> Iterator[str]:
    times = f", {run.scale} times its lines" if run.scale > 1 else ""
    yield f"## {run.data}{times}"
    yield ""
    yield f"{run.date}, {run.machine}."
    yield ", ".join(f"{name} {version}" for name, version in run.versions.items()) + "."
    for part, rows in run.parts.items():
        yield ""
        yield f"### {part.capitalize()}"
        yield ""
        before = smaller.rows() if smaller else {}
        yield from table(part, rows, before, run.scale / smaller.scale if smaller else 1)


def table(part: str, rows: list[Row], before: dict, times: float) -> Iterator[str]:
    """Without the columns in which nothing stands."""
    heads = (*HEADS, "growth", "")
    lines = []
    for row in rows:
        grown = growth(row, before.get((part, row.work)), times)
        lines.append((*row.cells(), grown, row.note))
    used = [n for n in range(len(heads)) if n == 0 or any(line[n] for line in lines)]
    yield from markdown(
        (heads[n] for n in used), ([line[n] or "–" for n in used] for line in lines)
    )


if __name__ == "__main__":
    main(sys.argv[1:])
