"""An uploaded file, whatever it is → tables that DuckDB can read, or the reason why not.

What a file is, its content decides, never its name: a CSV called .xlsx is a CSV.
"""

import errno
import os
from pathlib import Path, PurePosixPath

import duckdb

from imports.archives import gunzip, is_workbook, unzip
from imports.csv_files import csv_table, refuse_what_is_not_text
from imports.tables import LIMITS, FileRefused, Limits, Table, checked_header
from imports.workbooks import workbook_table

__all__ = ["FileRefused", "Limits", "Table", "tables_of"]

PACKED = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b")


def tables_of(
    upload: Path, name: str, folder: Path, encoding: str | None = None, limits: Limits = LIMITS
) -> list[Table]:
    """The tables in `upload`, which its owner calls `name`; what is unpacked goes to `folder`."""
    name = PurePosixPath(name.replace("\\", "/")).name or "file"
    try:
        return _tables(_safely_named(upload, folder), name, folder, encoding, limits)
    except OSError as error:
        if error.errno == errno.EINVAL:  # a damaged zip sends its reader to before the beginning
            raise FileRefused("damaged_archive", "the archive is damaged") from error
        reason = f"the file could not be read or unpacked: {error.strerror or error}"
        raise FileRefused("unreadable", reason) from error


def _tables(upload: Path, name: str, folder: Path, encoding, limits) -> list[Table]:
    start = _start(upload)
    if start.startswith(b"PAR1"):
        return [parquet_table(upload, name, limits)]
    if start.startswith(b"\x1f\x8b"):
        path = gunzip(upload, folder, limits)
        return [_inner_table(path, name.removesuffix(".gz"), folder, encoding, limits)]
    if start.startswith(b"PK"):
        if is_workbook(upload, limits):
            return [workbook_table(upload, name, folder)]
        return _zipped_tables(upload, folder, encoding, limits)
    return [csv_table(upload, name, folder, encoding, limits)]


def _zipped_tables(upload: Path, folder: Path, encoding, limits) -> list[Table]:
    tables = []
    for name, path in unzip(upload, folder, limits):
        try:
            tables.append(_inner_table(path, name, folder, encoding, limits))
        except FileRefused as refused:
            reason = f"{name} in the archive: {refused.reason}"
            raise FileRefused(refused.code, reason, refused.line, refused.column) from None
    return tables


def _inner_table(path: Path, name: str, folder: Path, encoding, limits) -> Table:
    if _start(path).startswith(PACKED):
        reason = "an archive or workbook inside of an archive: upload it by itself"
        raise FileRefused("nested_archive", reason)
    return csv_table(path, name, folder, encoding, limits)


def parquet_table(path: Path, name: str, limits: Limits) -> Table:
    with duckdb.connect(config={"threads": 1, "memory_limit": "256MB"}) as con:
        try:
            (rows,) = con.execute(
                "select sum(num_rows) from parquet_file_metadata(?)", [str(path)]
            ).fetchone()
            if rows > limits.rows:
                reason = f"the file has {rows:,} rows; at most {limits.rows:,} are read"
                raise FileRefused("too_many_rows", reason)
            table = con.read_parquet(str(path))
            checked_header(table.columns, limits)
            has_nul = _holds_nul(table)
        except duckdb.Error as error:
            reason = "the file begins like Parquet but is damaged or encrypted"
            raise FileRefused("damaged", reason) from error
    return Table(name, path, "parquet", tuple(table.columns), has_nul=has_nul)


def _holds_nul(table: duckdb.DuckDBPyRelation) -> bool:
    texts = [
        '"' + name.replace('"', '""') + '"'
        for name, kind in zip(table.columns, table.types, strict=True)
        if kind == "VARCHAR"
    ]
    if not texts:
        return False
    found = " or ".join(f"contains({text}, chr(0))" for text in texts)
    return bool(table.aggregate(f"bool_or({found})").fetchone()[0])


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        start = file.read(4096)
    if not start:
        raise FileRefused("empty_file", "the file is empty")
    if not start.startswith((b"PAR1", *PACKED)):
        refuse_what_is_not_text(start)
    return start


def _safely_named(upload: Path, folder: Path) -> Path:
    """A name that tells DuckDB nothing: `*` in one means many files, `.gz` another reader."""
    with upload.open("rb"):  # a link to nothing would say less
        link = folder / "upload"
    link.unlink(missing_ok=True)
    os.symlink(upload.resolve(), link)
    return link
