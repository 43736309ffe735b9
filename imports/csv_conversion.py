"""Workbooks and Parquet → CSV, in a process of its own: a few bytes of them can ask for all the
memory, and for hours."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Timer

from imports.child_process import EXPLAINED
from imports.csv_files import csv_table
from imports.tables import FileRefused, Limits, Table

SECONDS = 180  # by the clock: a busy machine takes longer for the same work
ROOT = Path(__file__).resolve().parent.parent

Tell = Callable[[int, int], None]  # rows done, of how many


def workbook_table(upload: Path, name: str, folder: Path, limits: Limits, tell: Tell) -> Table:
    target = folder / "workbook.csv"
    given = (str(limits.sheet_cells), str(limits.sheet))
    convert("imports.xlsx_reader", "workbook", upload, target, given, tell)
    return csv_table(target, name, folder, limits=limits)


def parquet_table(upload: Path, name: str, folder: Path, limits: Limits) -> Table:
    target = folder / "parquet.csv"
    given = (str(limits.rows), str(limits.cells), str(limits.columns))
    convert("imports.parquet_reader", "Parquet file", upload, target, given, lambda *_: None)
    return replace(csv_table(target, name, folder, limits=limits), has_lines=False)


def convert(module: str, what: str, upload: Path, target: Path, given, tell: Tell) -> None:
    command = [sys.executable, "-m", module, str(upload), str(target), *given]
    child = subprocess.Popen(  # noqa: S603 - our own module; the file's name is our own too
        command, cwd=ROOT, env={"MALLOC_ARENA_MAX": "1"}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    clock = Timer(SECONDS, child.kill)
    clock.start()
    said: dict = {}
    try:
        for line in child.stdout:
            said = json.loads(line)
            if "done" in said:
                tell(said["done"], said["total"])
        ended = child.wait()
    finally:
        clock.cancel()
        child.kill()
        child.wait()
        child.stdout.close()
    if ended == EXPLAINED:
        raise FileRefused(said["code"], said["reason"])
    if ended != 0:
        reason = f"reading the {what} took more memory or time than is allowed: save it as CSV"
        raise FileRefused("file_too_demanding", reason)
