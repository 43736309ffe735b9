"""An uploaded file of any kind → tables that DuckDB can read, or the reason why not.

The content decides what a file is, never its name: a CSV called .xlsx is a CSV.
"""

import errno
import os
from pathlib import Path, PurePosixPath

from imports.archives import gunzip, is_workbook, unzip
from imports.csv_conversion import ReadProgress, parquet_table, workbook_table
from imports.csv_files import csv_table, refuse_other_file_types
from imports.tables import LIMITS, FileRefused, Limits, Table

__all__ = ["FileRefused", "Limits", "Table", "tables_of"]

PACKED = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b")  # zip, empty zip, gzip


def tables_of(
    upload: Path,
    name: str,
    folder: Path,
    encoding: str | None = None,
    limits: Limits = LIMITS,
    *,
    only_csv: bool = False,
    on_progress: ReadProgress = lambda done, total: None,
) -> list[Table]:
    """The tables in `upload`, a file that its owner calls `name`. Unpacked files go to `folder`;
    `on_progress` is called while a workbook is read."""
    name = PurePosixPath(name.replace("\\", "/")).name or "file"
    try:
        upload = _safely_named(upload, folder)
        start = _start(upload)
        if only_csv or not start.startswith((b"PAR1", *PACKED)):
            if start.startswith((b"PAR1", *PACKED)):
                reason = "only a plain CSV is accepted here: no archive, workbook or Parquet file"
                raise FileRefused("not_plain_csv", reason)
            return [csv_table(upload, name, folder, encoding, limits)]
        return _unpack(start, upload, name, folder, encoding, limits, on_progress)
    except OSError as error:
        if error.errno == errno.EINVAL:  # a damaged zip makes its reader seek before the beginning
            raise FileRefused("damaged_archive", "the archive is damaged") from error
        reason = f"the file could not be read or unpacked: {error.strerror or error}"
        raise FileRefused("unreadable", reason) from error


def _unpack(
    start: bytes,
    upload: Path,
    name: str,
    folder: Path,
    encoding: str | None,
    limits: Limits,
    on_progress: ReadProgress,
) -> list[Table]:
    if start.startswith(b"PAR1"):
        return [parquet_table(upload, name, folder, limits)]
    if start.startswith(b"\x1f\x8b"):
        path = gunzip(upload, folder, limits)
        return [_inner_table(path, name.removesuffix(".gz"), folder, encoding, limits)]
    if is_workbook(upload, limits):
        return [workbook_table(upload, name, folder, limits, on_progress)]
    return _zipped_tables(upload, folder, encoding, limits)


def _zipped_tables(upload: Path, folder: Path, encoding: str | None, limits: Limits) -> list[Table]:
    tables = []
    for name, path in unzip(upload, folder, limits):
        try:
            tables.append(_inner_table(path, name, folder, encoding, limits))
        except FileRefused as refused:
            reason = f"{name} in the archive: {refused.reason}"
            refused.reason, refused.args = reason, (reason,)
            raise
    return tables


def _inner_table(
    path: Path, name: str, folder: Path, encoding: str | None, limits: Limits
) -> Table:
    if _start(path).startswith(PACKED):
        reason = "an archive or workbook inside an archive: upload it by itself"
        raise FileRefused("nested_archive", reason)
    return csv_table(path, name, folder, encoding, limits)


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        start = file.read(4096)
    if not start:
        raise FileRefused("empty_file", "the file is empty")
    if not start.startswith((b"PAR1", *PACKED)):
        refuse_other_file_types(start)
    return start


def _safely_named(upload: Path, folder: Path) -> Path:
    """A link with a name that DuckDB does not interpret: `*` matches many files, `.gz` selects
    another reader."""
    with upload.open("rb"):  # a missing file fails here, and not as a dangling link
        link = folder / "upload"
    link.unlink(missing_ok=True)
    os.symlink(upload.resolve(), link)
    return link
