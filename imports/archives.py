"""Unpack gzip and zip files within limits, and never to a path that a name inside chooses."""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from imports.tables import FileRefused, Limits

CHUNK = 1 << 20
DIRECTORY = 1 << 20  # bytes that a zip's list of entries may take; zipfile reads it whole
WORKBOOK_ENTRIES = 2000  # a workbook has files for sheets, styles, drawings, links
# Besides BadZipFile, zipfile raises NotImplementedError for unknown methods and flags,
# RuntimeError for encrypted entries, and ValueError for offsets that cannot be.
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


class Budget:
    """Counts the unpacked bytes of an archive and refuses it beyond the limits."""

    def __init__(self, packed: int, limits: Limits):
        self.packed, self.limits, self.unpacked = max(packed, 1), limits, 0

    def spend(self, size: int) -> None:
        self.unpacked += size
        if self.unpacked > self.limits.unpacked:
            reason = f"unpacked, it is larger than {self.limits.unpacked:,} bytes"
            raise FileRefused("archive_too_large", reason)
        most = max(self.limits.ratio_from, self.packed * self.limits.ratio)
        if self.unpacked > most:
            reason = f"it unpacks to more than {self.limits.ratio} times its size, as a bomb does"
            raise FileRefused("archive_bomb", reason)


def gunzip(upload: Path, folder: Path, limits: Limits) -> Path:
    target = folder / "gunzipped.csv"
    budget = Budget(upload.stat().st_size, limits)
    try:
        with upload.open("rb") as packed, target.open("wb") as file:
            for chunk in _gunzipped(packed):
                budget.spend(len(chunk))
                file.write(chunk)
    except (zlib.error, EOFError) as error:
        reason = "the gzip file is damaged or was cut off"
        raise FileRefused("damaged_archive", reason) from error
    return target


def _gunzipped(packed: BinaryIO) -> Iterator[bytes]:
    """Like gzip.open, but faster; no chunk is larger than CHUNK.

    Reads small pieces: with thousands of tiny members, the data after each of them is copied.
    """
    # 31: deflate in the largest window, with the header and checksum of gzip.
    member = zlib.decompressobj(wbits=31)
    waiting = b""
    while waiting := waiting or packed.read(1 << 14):
        if member.eof:  # several members make one file; zeros at the end are padding
            if waiting := waiting.lstrip(b"\0"):
                member = zlib.decompressobj(wbits=31)
            continue
        yield member.decompress(waiting, CHUNK)
        waiting = member.unused_data if member.eof else member.unconsumed_tail
    if not member.eof:
        raise EOFError


def unzip(upload: Path, folder: Path, limits: Limits) -> list[tuple[str, Path]]:
    """The names of the files in a zip, and the paths that they are unpacked to."""
    with _opened(upload, limits.entries) as archive:
        entries = [entry for entry in archive.infolist() if not _is_clutter(entry)]
        if not entries:
            raise FileRefused("empty_archive", "there is no file in the archive")
        # Declared sizes may be forged: `_unpack` counts what really comes out.
        check_sizes(archive, upload, limits)
        budget = Budget(upload.stat().st_size, limits)
        files = []
        for number, entry in enumerate(entries, 1):
            path = folder / f"entry{number}.csv"
            _unpack(archive, entry, path, budget)
            files.append((entry.filename, path))
    return files


def is_workbook(upload: Path, limits: Limits) -> bool:
    """Is the zip a readable xlsx? Other office documents are refused by name."""
    with _opened(upload, WORKBOOK_ENTRIES) as archive:
        names = set(archive.namelist())
        # Microsoft's formats have the first of these names, OpenDocument the second.
        if "[Content_Types].xml" not in names and "mimetype" not in names:
            return False
        if any(name.lower().endswith("vbaproject.bin") for name in names):
            reason = "the workbook contains macros: save it as .xlsx without them"
            raise FileRefused("workbook_macros", reason)
        if "xl/workbook.xml" not in names:
            reason = "this is an office document, but no .xlsx workbook: save it as .xlsx or CSV"
            raise FileRefused("wrong_file", reason)
        check_sizes(archive, upload, limits)
    return True


def check_sizes(archive: zipfile.ZipFile, upload: Path, limits: Limits) -> None:
    """By the sizes that the archive declares: most bombs are refused before unpacking anything."""
    Budget(upload.stat().st_size, limits).spend(sum(e.file_size for e in archive.infolist()))


def _opened(upload: Path, most: int) -> zipfile.ZipFile:
    try:
        if _directory_size(upload) > DIRECTORY:
            reason = "the list of its files alone is larger than a megabyte"
            raise FileRefused("too_many_entries", reason)
        archive = zipfile.ZipFile(upload)
    except (*DAMAGED, struct.error) as error:
        raise FileRefused("damaged_archive", "the zip file is damaged or cut off") from error
    try:
        _check_entries(archive, most)
    except FileRefused:
        archive.close()
        raise
    return archive


def _directory_size(upload: Path) -> int:
    """The size of the list of entries, read before zipfile builds an object for each of them."""
    with upload.open("rb") as file:
        # The list's end record has 22 bytes, the comment after it up to 65,535, a zip64 locator 20.
        file.seek(max(0, upload.stat().st_size - 65_700))
        tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0:
        raise zipfile.BadZipFile
    if tail[max(end - 20, 0) :].startswith(b"PK\x06\x07"):  # zip64 has it in another record
        # The zip64 record, of 56 bytes, ends where the locator begins.
        return struct.unpack_from("<Q", tail, end - 20 - 56 + 40)[0]
    return struct.unpack_from("<I", tail, end + 12)[0]


def _check_entries(archive: zipfile.ZipFile, most: int) -> None:
    entries = [entry for entry in archive.infolist() if not _is_clutter(entry)]
    if len(entries) > most:
        reason = f"{len(entries):,} files in the archive; at most {most} are read"
        raise FileRefused("too_many_entries", reason)
    seen = set()
    for entry in entries:
        # The original name: in `filename` zipfile has cut everything from a NUL on.
        shown = ascii(entry.orig_filename)
        if _points_outside(entry.orig_filename):
            reason = f"the archive contains a name that points outside of it: {shown}"
            raise FileRefused("unsafe_name", reason)
        if entry.flag_bits & 0x1:
            raise FileRefused("encrypted", f"{shown} in the archive is encrypted")
        if entry.filename.casefold() in seen:
            raise FileRefused("duplicate_entry", f"{shown} is in the archive twice")
        seen.add(entry.filename.casefold())


def _is_clutter(entry: zipfile.ZipInfo) -> bool:
    """Folders, and files that macOS and Windows add on their own."""
    name = entry.filename.rsplit("/", 1)[-1]
    return (
        # A folder outside is not passed over but refused, by `_check_entries`.
        (entry.filename.endswith("/") and not _points_outside(entry.orig_filename))
        or entry.filename.startswith("__MACOSX/")
        or name in (".DS_Store", "Thumbs.db", "desktop.ini")
    )


def _points_outside(name: str) -> bool:
    return (
        not name
        or ".." in name.split("/")
        or name.startswith("/")
        or "\\" in name
        or re.search(r"^[A-Za-z]:|[\x00-\x1f\x7f]", name) is not None
    )


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, budget: Budget) -> None:
    # Of other methods zipfile unpacks a whole read at once, without a limit.
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        reason = f"{entry.filename!a} is packed in an unusual way: use plain zip"
        raise FileRefused("unusual_compression", reason)
    try:
        with archive.open(entry) as packed, path.open("wb") as file:
            while chunk := packed.read(CHUNK):
                budget.spend(len(chunk))
                file.write(chunk)
    except DAMAGED as error:
        reason = f"{entry.filename!a} in the archive is damaged"
        raise FileRefused("damaged_archive", reason) from error
