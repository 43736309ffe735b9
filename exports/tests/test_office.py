"""The workbook in LibreOffice: it opens, it calculates the same totals, each cell is the same."""

import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

pytestmark = [pytest.mark.django_db, pytest.mark.office]
OFFICE = shutil.which("soffice")


ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item></oor:items>
"""  # else it would show the values that stand beside the formulas


def in_the_office(content: bytes, folder: Path) -> Path:
    """The file as LibreOffice writes it again, with all formulas calculated anew."""
    ours, theirs = folder / "ours", folder / "theirs"
    ours.mkdir()
    (folder / "profile" / "user").mkdir(parents=True)
    (folder / "profile" / "user" / "registrymodifications.xcu").write_text(ALWAYS)
    (ours / "march.xlsx").write_bytes(content)
    subprocess.run(
        [OFFICE, f"-env:UserInstallation=file://{folder}/profile", "--headless",
         "--convert-to", "xlsx", "--outdir", theirs, ours / "march.xlsx"],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    return theirs / "march.xlsx"


def values(path: Path) -> dict[str, list[list]]:
    book = load_workbook(path, data_only=True)
    return {sheet.title: cells(sheet) for sheet in book}


def cells(sheet) -> list[list]:
    """Without the empty edges, which programs draw differently; numbers to fifteen digits."""
    rows = [[plain(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    while rows and not any(value is not None for value in rows[-1]):
        rows.pop()
    width = max((turn for row in rows for turn, value in enumerate(row, 1) if value is not None))
    return [(row + [None] * width)[:width] for row in rows]


def plain(value):
    if isinstance(value, datetime) or value == "":
        return value or None
    return float(f"{value:.12g}") if isinstance(value, int | float) else value


def test_libreoffice_finds_the_same_in_each_cell(march, tmp_path):
    assert OFFICE, "make test-all installs it: libreoffice-calc"
    (tmp_path / "file.xlsx").write_bytes(march.file)
    ours = values(tmp_path / "file.xlsx")
    theirs = values(in_the_office(march.file, tmp_path))
    assert list(ours) == list(theirs)
    for name in ours:
        assert ours[name] == theirs[name], name
