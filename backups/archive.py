"""The backup file: a zip of text, so that it can be read without Ledgerlight in ten years, too.

`tables/orders.Order.jsonl` holds one row per line, `uploads/…` the uploaded files, `settings.env`
the settings without secrets, and `manifest.json` describes all parts with their SHA-256. The
manifest is written last: a file that was cut off has none.
"""

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from backups.errors import InvalidBackup
from exports.files import atomic_write

PROGRAM, FORMAT = "Ledgerlight", 1
MANIFEST = "manifest.json"
BLOCK = 1 << 20


class ArchiveWriter:
    """Writes parts one after the other and records their sizes and checksums."""

    def __init__(self, archive: zipfile.ZipFile):
        self.archive = archive
        self.parts: dict[str, dict[str, Any]] = {}

    def add(self, name: str, blocks: Iterable[bytes]) -> None:
        digest, size = hashlib.sha256(), 0
        # The size is unknown before the end, and without zip64 a part above 2 GiB fails.
        with self.archive.open(name, "w", force_zip64=True) as part:
            for block in blocks:
                digest.update(block)
                size += len(block)
                part.write(block)
        self.parts[name] = {"bytes": size, "sha256": digest.hexdigest()}

    def write_manifest(self, content: dict) -> dict:
        manifest = {"program": PROGRAM, "form": FORMAT, **content, "parts": self.parts}
        self.archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
        return manifest


@contextmanager
def create_archive(path: Path) -> Iterator[ArchiveWriter]:
    """An existing file of this name stays until the new one is complete and on the disk."""
    with atomic_write(path) as scratch:
        # Backups hold personal data: only the user who makes one may read it.
        file = os.fdopen(os.open(scratch, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b")
        with file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                yield ArchiveWriter(archive)
            file.flush()
            os.fsync(file.fileno())


class ArchiveReader:
    """A backup whose parts match their checksums."""

    def __init__(self, archive: zipfile.ZipFile, manifest: dict):
        self.archive, self.manifest = archive, manifest

    def blocks(self, name: str) -> Iterator[bytes]:
        with self.archive.open(name) as part:
            while block := part.read(BLOCK):
                yield block

    def line_pages(self, name: str, page_size: int) -> Iterator[list[bytes]]:
        with self.archive.open(name) as part:
            while page := list(islice(part, page_size)):
                yield page

    def names_in(self, folder: str) -> list[str]:
        return [name for name in self.manifest["parts"] if name.startswith(f"{folder}/")]


@contextmanager
def open_archive(path: Path) -> Iterator[ArchiveReader]:
    """Read the whole file once before anybody relies on it."""
    try:
        with zipfile.ZipFile(path) as archive:
            reader = ArchiveReader(archive, read_manifest(archive))
            verify_parts(reader)
            yield reader
    # zipfile raises a RuntimeError for encryption and NotImplementedError for other compressions.
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        reason = "The file is not a Ledgerlight backup, or it is cut off or damaged."
        raise InvalidBackup(reason) from error


def read_manifest(archive: zipfile.ZipFile) -> dict:
    try:
        manifest = json.loads(archive.read(MANIFEST))
        program, version = manifest["program"], manifest["form"]
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidBackup("The file is not a Ledgerlight backup.") from error
    if (program, version) != (PROGRAM, FORMAT):
        raise InvalidBackup(
            f"The backup has format {program} {version}; this version reads {PROGRAM} {FORMAT}."
        )
    # Checksums protect all parts but the manifest itself.
    if not is_well_formed(manifest):
        raise InvalidBackup("The manifest of the backup is damaged.")
    return manifest


def is_well_formed(manifest: dict) -> bool:
    """Does the manifest hold every entry that a restore reads, with the right type?"""

    def has_mapping(name: str, kind: type[Any], **keys: type[Any]) -> bool:
        mapping = manifest.get(name)
        return isinstance(mapping, dict) and all(
            isinstance(value, kind)
            and all(isinstance(value.get(key), inner) for key, inner in keys.items())
            for value in mapping.values()
        )

    return (
        has_mapping("meaning", str)
        and has_mapping("migrations", list)
        and all(isinstance(n, str) for names in manifest["migrations"].values() for n in names)
        and has_mapping("parts", dict, bytes=int, sha256=str)
        and has_mapping("tables", dict, columns=list, last_id=int, rows=int, sums=dict)
    )


def verify_parts(reader: ArchiveReader) -> None:
    parts = reader.manifest["parts"]
    # Lists, not sets: a zip may hold a name twice, and readers disagree about which one counts.
    if sorted(reader.archive.namelist()) != sorted([MANIFEST, *parts]):
        raise InvalidBackup("The backup does not hold exactly the parts that its manifest lists.")
    for name, part in parts.items():
        digest = hashlib.sha256()
        try:
            for block in reader.blocks(name):
                digest.update(block)
        except zlib.error as error:
            raise InvalidBackup(f"{name} is damaged.") from error
        if digest.hexdigest() != part["sha256"]:
            raise InvalidBackup(f"{name} does not match its checksum.")
