"""How fast the monthly sales report is written, beside the bare writer of the same cells.

    make bench-exports [DATA=file.csv]

Ours is everything from the question to the closed file: each run in a new process that is warm, as
those of the server and of the worker are. The floor is xlsxwriter in constant memory, given the
same cells out of lists, numbers with one format.
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

from bench.databases import manage, settings
from bench.table import Row, times_measured

ROOT = Path(__file__).resolve().parent.parent
RUNS = 3
RATIO, MEMORY = 1.2, 150
NOVEMBER = "2011-11"


def rows(data: Path, scale: int) -> Iterator[Row]:
    runs = RUNS if scale == 1 else 1
    with TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        os.environ |= settings("sqlite3", folder)
        for command in (("migrate", "-v0"), ("import_sales", str(data)), ("refresh_ledger",)):
            manage({}, *command)
        file = folder / "november.xlsx"
        ours = [run("ours", file) for _ in range(runs)]
        floor = [run("floor", file) for _ in range(runs)]
    yield from told(ours, floor)


def run(what: str, file: Path) -> dict:
    done = subprocess.run(
        [sys.executable, "-m", "bench.exports", what, file],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def told(ours: list[dict], floor: list[dict]) -> Iterator[Row]:
    taken, least = (median(one["seconds"] for one in runs) for runs in (ours, floor))
    size = (
        f"{floor[0]['cells']:,} cells on {floor[0]['sheets']} sheets, {times_measured(len(ours))}"
    )
    yield Row(work="monthly report as a workbook", ours=taken, times=RATIO, note=size,
              floor="xlsxwriter, the same cells", floor_figure=least)  # fmt: skip
    before = max(one["before"] for one in ours)
    peak = max(one["peak"] for one in ours)
    yield Row(work="memory for it", ours=peak - before, unit="MB", most=MEMORY,
              note=f"beside {before:.0f} MB of Django, DuckDB and Ibis")  # fmt: skip


def write_ours(file: Path) -> dict:
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from analytics.query.warmup import first_question
    from analytics.semantics.filters import Reader
    from exports.monthly import month, write

    first_question()
    before, start = peak(), time.perf_counter()
    with file.open("wb") as out:
        write(out, month(NOVEMBER, Reader()))
    return {"seconds": time.perf_counter() - start, "before": before, "peak": peak()}


def write_floor(file: Path) -> dict:
    import xlsxwriter

    sheets = cells_of(file)
    start = time.perf_counter()
    with xlsxwriter.Workbook(str(file) + ".floor", {"constant_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            shape = book.add_format({"num_format": "#,##0.00"})
            for turn, row in enumerate(rows):
                for place, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(turn, place, value)
                    elif value is not None:
                        sheet.write_number(turn, place, value, shape)
    seconds = time.perf_counter() - start
    cells = sum(value is not None for rows in sheets.values() for row in rows for value in row)
    return {"seconds": seconds, "cells": cells, "sheets": len(sheets)}


def cells_of(file: Path) -> dict[str, list[tuple]]:
    """Dates as the numbers that they are in the file."""
    from datetime import datetime

    from openpyxl import load_workbook
    from openpyxl.utils.datetime import to_excel

    def plain(value):
        return to_excel(value) if isinstance(value, datetime) else value

    book = load_workbook(file, read_only=True, data_only=True)
    return {
        sheet.title: [tuple(map(plain, row)) for row in sheet.iter_rows(values_only=True)]
        for sheet in book
    }


def peak() -> float:
    """The most memory that this process had, in MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    write = {"ours": write_ours, "floor": write_floor}[sys.argv[1]]
    print(json.dumps(write(Path(sys.argv[2]))))
