"""The child process that reads a workbook: imports.xlsx_reader FILE OUT.csv CELLS BYTES"""

import csv
import re
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import IO

from imports.child_process import Refused, report, run_limited

MEMORY = 600 * 1024**2  # of addresses; UCI's Online Retail, 541,909 rows, takes two thirds of it
CPU_SECONDS = 20  # the same takes half of it on a slow machine
CHUNK = 1 << 20
REPORT_EVERY = 20_000  # rows
MAX_EXACT_INTEGER = 2**53  # a float cannot hold all whole numbers beyond
REFERENCE = rb"""\br\s*=\s*["']\s*"""
# The last cell of a sheet is XFD1048576: three letters and seven digits.
LETTERS = re.compile(REFERENCE + rb"([A-Za-z]{1,3})[0-9]")
DIGITS = re.compile(REFERENCE + rb"[A-Za-z]{1,3}([0-9]{1,7})")


class WorkbookLimits:
    """How many cells a sheet may span (the reader stores the whole rectangle, empty or not, at 32
    bytes a cell), and how many bytes of sheets and texts may be unpacked."""

    def __init__(self, cells: str, unpacked: str):
        self.cells, self.max_unpacked, self.unpacked = int(cells), int(unpacked), 0

    def read_chunks(self, file: IO[bytes]) -> Iterator[bytes]:
        while chunk := file.read(CHUNK):
            self.unpacked += len(chunk)
            if self.unpacked > self.max_unpacked:
                reason = (
                    "unpacked, sheets and texts of the workbook are larger than "
                    f"{self.max_unpacked:,} bytes: save it as CSV"
                )
                raise Refused("workbook_too_large", reason)
            yield chunk


def convert_workbook(source: str, target: str, cells: str, unpacked: str) -> None:
    total = check_extent(Path(source), WorkbookLimits(cells, unpacked))
    report(done=0, total=total)
    try:
        write_csv(sheet_rows(source), target, total)
    # Beyond RLIMIT_FSIZE a write fails with EFBIG, as Python ignores the signal that would kill it.
    except OSError as error:
        reason = f"the workbook could not be written as text: {error.strerror}"
        raise Refused("workbook_too_large", reason) from error


def check_extent(source: Path, limits: WorkbookLimits) -> int:
    """The number of the last row. Refuses large extents before the reader allocates them: two
    cells in opposite corners span 17 billion."""
    last = 0
    try:
        with zipfile.ZipFile(source) as archive:
            for name in archive.namelist():
                if re.fullmatch(r"xl/worksheets/[^/]+[.]xml", name, re.IGNORECASE):
                    with archive.open(name) as sheet:
                        last = max(last, _check_sheet(sheet, name, limits))
                # Only counted: the reader unpacks all of them, and 2 MB of such texts grew to 1 GB.
                elif name.lower() == "xl/sharedstrings.xml":
                    with archive.open(name) as texts:
                        for _ in limits.read_chunks(texts):
                            pass
    except (zipfile.BadZipFile, ValueError, EOFError, RuntimeError, NotImplementedError) as error:
        raise Refused("damaged", "the workbook is damaged") from error
    return last


def _check_sheet(sheet: IO[bytes], name: str, limits: WorkbookLimits) -> int:
    rows, column_names, tail = 0, set(), b""
    for chunk in limits.read_chunks(sheet):
        # In UTF-16 the patterns below would find no cell, and the sheet would seem to be small.
        if b"\0" in chunk:
            raise Refused("damaged", f"{name} of the workbook is not in UTF-8")
        part = tail + chunk
        column_names.update(LETTERS.findall(part))
        rows = max(rows, max(map(int, set(DIGITS.findall(part))), default=0))
        columns = max(map(_column_number, column_names), default=0)
        if rows * columns > limits.cells:
            reason = (
                f"a sheet of the workbook spans {rows:,} rows × {columns:,} columns: delete stray "
                "cells, or use CSV"
            )
            raise Refused("workbook_too_large", reason)
        tail = chunk[-64:]  # a reference may lie across two chunks
    return rows


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def sheet_rows(source: str) -> Iterator[list]:
    """The rows of the first visible sheet that is not empty."""
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    try:
        with open(source, "rb") as file, CalamineWorkbook.from_filelike(file) as workbook:
            for sheet in workbook.sheets_metadata:
                if sheet.visible == SheetVisibleEnum.Visible:
                    rows = iter(workbook.get_sheet_by_name(sheet.name).iter_rows())
                    if (first := next(rows, None)) is not None:
                        yield first
                        yield from rows
                        return
    except CalamineError as error:
        raise Refused("damaged", f"the workbook cannot be read: {error}") from error
    raise Refused("empty_file", "all sheets of the workbook are empty")


def write_csv(rows: Iterator[list], target: str, total: int) -> None:
    """Blank rows become blank lines, so that line and row numbers agree; at the end they go."""
    with open(target, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        blank = 0
        for number, row in enumerate(rows, 1):
            if number % REPORT_EVERY == 0:
                report(done=number, total=max(total, number))
            values = [as_text(value) for value in row]
            if any(values):
                file.write("\n" * blank)
                writer.writerow(values)
                blank = 0
            else:
                blank += 1


def as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return number_as_text(value)
    if isinstance(value, datetime):
        text = value.isoformat(" ")
        return text.removesuffix(" 00:00:00")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def number_as_text(value: int | float) -> str:
    if isinstance(value, int) or value.is_integer():
        # Larger ones become 1.2e+19: as a key, that is rejected, because several share it.
        exact = abs(value) < MAX_EXACT_INTEGER
        return f"{int(value)}" if exact else f"{float(value):e}"
    text = f"{value:.15g}"  # the digits that Excel shows; more are noise of binary fractions
    return f"{Decimal(text):f}" if "e" in text else text


if __name__ == "__main__":
    sys.exit(run_limited(convert_workbook, memory=MEMORY, seconds=CPU_SECONDS))
