"""Writes saved runs into docs/benchmarks.md, between two marks: `make bench-docs`."""

import sys
from collections.abc import Iterator
from pathlib import Path

from bench.row import HEADERS, Row, growth
from bench.runs import PARTS, Run, load_run, saved_runs

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
BEGIN = "<!-- Measured: `make bench-docs` writes from here … -->"
END = "<!-- … to here -->"


def main(names: list[str]) -> None:
    runs = list(map(load_run, names)) or newest_complete_runs()
    if not runs:
        sys.exit("No complete run is saved: run make bench first.")
    PAGE.write_text(insert_runs(PAGE.read_text(), runs))
    print(f"docs/benchmarks.md shows {' and '.join(run.date for run in runs)}.")


def newest_complete_runs() -> list[Run]:
    """One of each scale, the smallest first."""
    # From the oldest on: of each scale the last one stays.
    complete = (run for run in reversed(saved_runs()) if set(PARTS) <= run.parts.keys())
    newest = {run.scale: run for run in complete}
    return [newest[scale] for scale in sorted(newest)]


def insert_runs(page: str, runs: list[Run]) -> str:
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    # Without both marks the text between could not be told from text that people wrote.
    if not (begin and end):
        sys.exit(f"{PAGE.name} has lost its marks {BEGIN} and {END}.")
    sections = "\n\n".join("\n".join(run_section(run, runs)) for run in runs)
    return f"{before}{BEGIN}\n\n{sections}\n\n{END}{after}"


def run_section(run: Run, runs: list[Run]) -> Iterator[str]:
    smaller = next((r for r in runs if r.scale < run.scale and r.data == run.data), None)
    known, scale = (smaller.by_work(), run.scale / smaller.scale) if smaller else ({}, 1)
    yield f"## {run.data}" + (f", {run.scale} times its lines" if run.scale > 1 else "")
    yield f"\n{run.date}, {run.machine}."
    yield ", ".join(" ".join(item) for item in run.versions.items()) + "."
    for part, rows in run.parts.items():
        yield f"\n### {part.capitalize()}\n"
        yield from part_table(rows, [growth(r, known.get((part, r.work)), scale) for r in rows])


def part_table(rows: list[Row], factors: list[str]) -> Iterator[str]:
    """Markdown, without the columns that are empty in every row."""
    lines = [(*row.texts(), factor, row.note) for row, factor in zip(rows, factors, strict=True)]
    headers = (*HEADERS, "growth", "")
    used = [n for n in range(len(headers)) if n == 0 or any(line[n] for line in lines)]
    yield f"| {' | '.join(headers[n] for n in used)} |"
    yield "|" + "---|" * len(used)
    for line in lines:
        yield f"| {' | '.join(line[n] or '–' for n in used)} |"


if __name__ == "__main__":
    main(sys.argv[1:])
