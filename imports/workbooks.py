"""xlsx → CSV, in a process of its own: a few bytes of workbook can ask for all the memory."""

import json
import subprocess
import sys
from pathlib import Path

from imports.csv_files import csv_table
from imports.tables import FileRefused, Table

SECONDS = 180
ROOT = Path(__file__).resolve().parent.parent


def workbook_table(upload: Path, name: str, folder: Path) -> Table:
    target = folder / "workbook.csv"
    command = [sys.executable, "-m", "imports.xlsx_reader", str(upload), str(target)]
    try:
        child = subprocess.run(  # noqa: S603 - our own module; the file's name is our own too
            command, cwd=ROOT, env={}, stdin=subprocess.DEVNULL, capture_output=True,
            timeout=SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        reason = f"the workbook could not be read within {SECONDS} seconds: save it as CSV"
        raise FileRefused("workbook_too_slow", reason) from None
    if child.returncode == 3:
        raise FileRefused(**json.loads(child.stdout))
    if child.returncode != 0:
        reason = "reading the workbook took more memory or time than is allowed: save it as CSV"
        raise FileRefused("workbook_too_large", reason)
    return csv_table(target, name, folder)
