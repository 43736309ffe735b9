"""Workbooks and Parquet files → CSV, in a child process: a few bytes of them can demand all the
memory, or hours."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Timer
from typing import Any

from imports.child_process import EXPLAINED
from imports.csv_files import csv_table
from imports.tables import FileRefused, Limits, Table

SECONDS = 180  # wall-clock time: a busy machine takes longer for the same work
ROOT = Path(__file__).resolve().parent.parent

ReadProgress = Callable[[int, int], None]  # rows done, of how many


def workbook_table(
    upload: Path, name: str, folder: Path, limits: Limits, on_progress: ReadProgress
) -> Table:
    target = folder / "workbook.csv"
    arguments = (str(limits.sheet_cells), str(limits.sheet))
    convert_in_child("imports.xlsx_reader", "workbook", upload, target, arguments, on_progress)
    return csv_table(target, name, folder, limits=limits)


def parquet_table(upload: Path, name: str, folder: Path, limits: Limits) -> Table:
    target = folder / "parquet.csv"
    arguments = (str(limits.rows), str(limits.cells), str(limits.columns))
    convert_in_child(
        "imports.parquet_reader", "Parquet file", upload, target, arguments, lambda *_: None
    )
    return replace(csv_table(target, name, folder, limits=limits), has_lines=False)


def convert_in_child(
    module: str,
    what: str,
    upload: Path,
    target: Path,
    arguments: tuple[str, ...],
    on_progress: ReadProgress,
) -> None:
    command = [sys.executable, "-m", module, str(upload), str(target), *arguments]
    report: dict[str, Any] = {}
    # RLIMIT_AS counts addresses, and glibc reserves 64 MB of them for each further arena. Without
    # other variables, the child has no secrets.
    with subprocess.Popen(  # noqa: S603 - our own module; the file's name is our own too
        command, cwd=ROOT, env={"MALLOC_ARENA_MAX": "1"}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as child:  # fmt: skip
        timer = Timer(SECONDS, child.kill)
        timer.start()
        try:
            for line in child.stdout or ():
                report = json.loads(line)
                if "done" in report:
                    on_progress(report["done"], report["total"])
            status = child.wait()
        finally:
            # Canceled may have been raised by `on_progress`: the child must end then, too.
            timer.cancel()
            child.kill()
    if status == EXPLAINED:
        raise FileRefused(report["code"], report["reason"])
    if status != 0:
        reason = f"reading the {what} took more memory or time than is allowed: save it as CSV"
        raise FileRefused("file_too_demanding", reason)
