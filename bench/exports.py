"""Time and memory to write the monthly sales report, beside xlsxwriter alone.

    make bench-exports [DATA=file.csv]

Ours is everything from the queries to the closed file, each run in a new process that is warmed up
like those of the server and the worker. The floor is xlsxwriter in constant memory, which writes
the same cells from lists, with one number format.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.databases import environment, manage
from bench.row import Row, runs_note

ROOT = Path(__file__).resolve().parent.parent
RUNS = 3
RATIO, MEMORY = 1.2, 150
NOVEMBER = "2011-11"


def measure(data: Path, scale: int) -> Iterator[Row]:
    # With many lines a run takes minutes.
    runs = RUNS if scale == 1 else 1
    with TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        os.environ |= environment("sqlite3", folder)
        for command in (("migrate", "-v0"), ("import_sales", str(data)), ("refresh_ledger",)):
            manage(*command)
        file = folder / "november.xlsx"
        ours = [run_writer("ours", file) for _ in range(runs)]
        floor = [run_writer("floor", file) for _ in range(runs)]
    yield from report_rows(ours, floor)


def run_writer(what: str, file: Path) -> dict:
    done = subprocess.run(
        [sys.executable, "-m", "bench.exports", what, file],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    # The last line: a library may print before it.
    return json.loads(done.stdout.splitlines()[-1])


def report_rows(ours: list[dict], floor: list[dict]) -> Iterator[Row]:
    taken, least = (median(run["seconds"] for run in runs) for runs in (ours, floor))
    size = f"{floor[0]['cells']:,} cells on {floor[0]['sheets']} sheets, {runs_note(len(ours))}"
    yield Row(work="monthly report as a workbook", ours=taken, times=RATIO, note=size,
              floor="xlsxwriter, the same cells", floor_figure=least)  # fmt: skip
    before = max(run["before"] for run in ours)
    peak = max(run["peak"] for run in ours)
    yield Row(work="memory for it", ours=peak - before, unit="MB", most=MEMORY,
              note=f"beside {before:.0f} MB of Django, DuckDB and Ibis")  # fmt: skip


def write_ours(file: Path) -> dict:
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from analytics.query.warmup import first_query
    from analytics.semantics.filters import Reader
    from exports.monthly import monthly_report, write_monthly_report

    # The server and the worker are warmed up too; a first query takes about a second.
    first_query()
    # VmHWM never falls, so the peak of the report is what comes on top of it.
    before, start = peak(), time.perf_counter()
    with file.open("wb") as out:
        write_monthly_report(out, monthly_report(NOVEMBER, Reader()))
    return {"seconds": time.perf_counter() - start, "before": before, "peak": peak()}


def write_floor(file: Path) -> dict:
    import xlsxwriter

    # Before the clock starts: the floor writes lists and computes nothing.
    sheets = cell_values(file)
    start = time.perf_counter()
    with xlsxwriter.Workbook(str(file) + ".floor", {"constant_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            shape = book.add_format({"num_format": "#,##0.00"})
            for y, row in enumerate(rows):
                for x, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(y, x, value)
                    elif value is not None:
                        sheet.write_number(y, x, value, shape)
    seconds = time.perf_counter() - start
    cells = sum(value is not None for rows in sheets.values() for row in rows for value in row)
    return {"seconds": seconds, "cells": cells, "sheets": len(sheets)}


def cell_values(file: Path) -> dict[str, list[tuple]]:
    """Dates as the numbers that the file stores."""
    from datetime import datetime

    from openpyxl import load_workbook
    from openpyxl.utils.datetime import to_excel

    def to_number(value):
        return to_excel(value) if isinstance(value, datetime) else value

    book = load_workbook(file, read_only=True, data_only=True)
    return {
        sheet.title: [tuple(map(to_number, row)) for row in sheet.iter_rows(values_only=True)]
        for sheet in book
    }


def peak() -> float:
    """The peak memory of this process in MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    write = {"ours": write_ours, "floor": write_floor}[sys.argv[1]]
    print(json.dumps(write(Path(sys.argv[2]))))
