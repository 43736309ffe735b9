"""Workbooks and archives for tests, honest ones and those with a trick."""

import io
import zipfile

import openpyxl


def zipped(files, compression=zipfile.ZIP_DEFLATED):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, compression)
    return packed.getvalue()


def workbook(*rows, sheets=(), change=None):
    """An .xlsx of these rows, after empty `sheets`; `change` edits its files {name: bytes}."""
    book = openpyxl.Workbook()
    sheet = book.active
    for title in sheets:
        sheet.title = title
        sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    packed = io.BytesIO()
    book.save(packed)
    if not change:
        return packed.getvalue()
    with zipfile.ZipFile(packed) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    return zipped(files)


def corners(files):
    """1.7 kB that ask for a rectangle of 17 billion cells."""
    files["xl/worksheets/sheet1.xml"] = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1"><v>1</v></c></row>'
        b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )
    for name in ("xl/theme/theme1.xml", "docProps/app.xml", "docProps/core.xml"):
        files.pop(name)


def hidden_corners(files):
    """The same rectangle by cells that do not say where they are."""
    row = b"<row>" + b"<c><v>1</v></c>" * 16_384 + b"</row>"
    files["xl/worksheets/sheet1.xml"] = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        + row
        + b'<row r="1048576"><c><v>1</v></c></row></sheetData></worksheet>'
    )


def many_strings(files):
    files["xl/sharedStrings.xml"] = (
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        + b"<si><t>%s</t></si>" % (b"x" * 1000) * 400_000
        + b"</sst>"
    )


def macros(files):
    files["xl/vbaProject.bin"] = b"\xd0\xcf\x11\xe0"


def no_sheet(files):
    files["xl/worksheets/sheet1.xml"] = b"<worksheet"
