"""The child process that reads a workbook: python -m imports.xlsx_reader FILE.xlsx OUT.csv

It may die; its parent says so. What it can explain, it prints as JSON and ends with 3.
"""

import csv
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

MEMORY = 1024**3
CPU_SECONDS = 120
CELLS = 16_000_000  # the reader keeps the whole rectangle, filled or not: 32 bytes a cell
CHUNK = 1 << 20
REFERENCE = rb"""\br\s*=\s*["']\s*"""
LETTERS = re.compile(REFERENCE + rb"([A-Za-z]{1,3})[0-9]")
DIGITS = re.compile(REFERENCE + rb"[A-Za-z]{1,3}([0-9]{1,7})")


class Refused(Exception):
    def __init__(self, code: str, reason: str):
        self.code, self.reason = code, reason


def main(source: str, target: str) -> int:
    limit_this_process()
    try:
        check_extent(Path(source))
        write(rows(source), target)
    except Refused as refused:
        print(json.dumps({"code": refused.code, "reason": refused.reason}))  # noqa: T201
        return 3
    return 0


def limit_this_process() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * MEMORY, 2 * MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def check_extent(source: Path) -> None:
    """Two cells in opposite corners make a rectangle of 17 billion: look before it is built."""
    try:
        with zipfile.ZipFile(source) as archive:
            for name in archive.namelist():
                if re.fullmatch(r"xl/worksheets/[^/]+[.]xml", name, re.IGNORECASE):
                    with archive.open(name) as sheet:
                        _check_sheet(sheet, name)
    except (zipfile.BadZipFile, ValueError, EOFError, RuntimeError, NotImplementedError) as error:
        raise Refused("damaged", "the workbook is damaged") from error


def _check_sheet(sheet, name: str) -> None:
    rows, letters, tail = 0, set(), b""
    while chunk := sheet.read(CHUNK):
        if b"\0" in chunk:
            raise Refused("damaged", f"{name} of the workbook is not in UTF-8")
        part = tail + chunk
        letters.update(LETTERS.findall(part))
        rows = max(rows, max(map(int, set(DIGITS.findall(part))), default=0))
        columns = max(map(_column_number, letters), default=0)
        if rows * columns > CELLS:
            extent = f"{rows:,} rows × {columns:,} columns"
            reason = (
                f"a sheet of the workbook reaches over {extent}: delete stray cells, or use CSV"
            )
            raise Refused("workbook_too_large", reason)
        tail = chunk[-64:]  # a reference may lie across two chunks


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def rows(source: str) -> Iterator[list]:
    """Of the first visible sheet that holds anything."""
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    try:
        with open(source, "rb") as file, CalamineWorkbook.from_filelike(file) as workbook:
            for sheet in workbook.sheets_metadata:
                if sheet.visible == SheetVisibleEnum.Visible:
                    found = iter(workbook.get_sheet_by_name(sheet.name).iter_rows())
                    if (first := next(found, None)) is not None:
                        yield first
                        yield from found
                        return
    except CalamineError as error:
        raise Refused("damaged", f"the workbook cannot be read: {error}") from error
    raise Refused("empty_file", "no sheet of the workbook holds anything")


def write(rows: Iterator[list], target: str) -> None:
    """A blank row stays a blank line, so that a line has its row's number; at the end it goes."""
    with open(target, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        blank = 0
        for row in rows:
            values = [as_text(value) for value in row]
            if any(values):
                file.write("\n" * blank)
                writer.writerow(values)
                blank = 0
            else:
                blank += 1


def as_text(value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        text = f"{value:.15g}"  # as Excel shows it: beyond is the noise of binary fractions
        return f"{Decimal(text):f}" if "e" in text else text
    if isinstance(value, datetime):
        text = value.isoformat(" ")
        return text.removesuffix(" 00:00:00")
    return value.isoformat() if isinstance(value, date | time) else str(value)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
