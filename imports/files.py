"""An uploaded file, whatever it is → tables that DuckDB can read, or the reason why not.

What a file is, its content decides, never its name: a CSV called .xlsx is a CSV.
"""

import errno
import os
from pathlib import Path, PurePosixPath

from imports.archives import gunzip, is_workbook, unzip
from imports.csv_conversion import Tell, parquet_table, workbook_table
from imports.csv_files import csv_table, refuse_what_is_not_text
from imports.tables import LIMITS, FileRefused, Limits, Table

__all__ = ["FileRefused", "Limits", "Table", "tables_of"]

PACKED = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b")


def tables_of(
    upload: Path,
    name: str,
    folder: Path,
    encoding: str | None = None,
    limits: Limits = LIMITS,
    *,
    only_csv: bool = False,
    tell: Tell = lambda done, total: None,
) -> list[Table]:
    """The tables in `upload`, which its owner calls `name`; what is unpacked goes to `folder`.
    `tell` hears how many rows of a workbook are read."""
    name = PurePosixPath(name.replace("\\", "/")).name or "file"
    try:
        upload = _safely_named(upload, folder)
        start = _start(upload)
        if only_csv or not start.startswith((b"PAR1", *PACKED)):
            if start.startswith((b"PAR1", *PACKED)):
                reason = "only a plain CSV is taken here: no archive, workbook or Parquet file"
                raise FileRefused("not_plain_csv", reason)
            return [csv_table(upload, name, folder, encoding, limits)]
        return _unpacked(start, upload, name, folder, encoding, limits, tell)
    except OSError as error:
        if error.errno == errno.EINVAL:  # a damaged zip sends its reader to before the beginning
            raise FileRefused("damaged_archive", "the archive is damaged") from error
        reason = f"the file could not be read or unpacked: {error.strerror or error}"
        raise FileRefused("unreadable", reason) from error


def _unpacked(start, upload: Path, name: str, folder: Path, encoding, limits, tell) -> list[Table]:
    if start.startswith(b"PAR1"):
        return [parquet_table(upload, name, folder, limits)]
    if start.startswith(b"\x1f\x8b"):
        path = gunzip(upload, folder, limits)
        return [_inner_table(path, name.removesuffix(".gz"), folder, encoding, limits)]
    if is_workbook(upload, limits):
        return [workbook_table(upload, name, folder, limits, tell)]
    return _zipped_tables(upload, folder, encoding, limits)


def _zipped_tables(upload: Path, folder: Path, encoding, limits) -> list[Table]:
    tables = []
    for name, path in unzip(upload, folder, limits):
        try:
            tables.append(_inner_table(path, name, folder, encoding, limits))
        except FileRefused as refused:
            reason = f"{name} in the archive: {refused.reason}"
            refused.reason, refused.args = reason, (reason,)
            raise
    return tables


def _inner_table(path: Path, name: str, folder: Path, encoding, limits) -> Table:
    if _start(path).startswith(PACKED):
        reason = "an archive or workbook inside of an archive: upload it by itself"
        raise FileRefused("nested_archive", reason)
    return csv_table(path, name, folder, encoding, limits)


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
