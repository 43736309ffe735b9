"""The file of a backup: a zip of text, so that anybody can look into it in ten years too.

`tables/orders.Order.jsonl` holds a row a line, `uploads/…` the files, `settings.env` the settings
without secrets, `manifest.json` what stands in it, with a SHA-256 of each part. It is written last:
a file that is cut off has none.
"""

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from exports.files import atomic_write

PROGRAM, FORM = "Ledgerlight", 1
MANIFEST = "manifest.json"
BLOCK = 1 << 20

Tell = Callable[[int, int], None]


class NotWhole(Exception):
    """It is no backup of ours, or not as it was written."""


class Packing:
    """Writes parts one after the other and remembers what they were."""

    def __init__(self, pack: zipfile.ZipFile):
        self.pack, self.parts = pack, {}

    def add(self, name: str, blocks: Iterable[bytes]) -> None:
        digest, size = hashlib.sha256(), 0
        with self.pack.open(name, "w", force_zip64=True) as out:
            for block in blocks:
                digest.update(block)
                size += len(block)
                out.write(block)
        self.parts[name] = {"bytes": size, "sha256": digest.hexdigest()}

    def close(self, told: dict) -> dict:
        manifest = {"program": PROGRAM, "form": FORM, **told, "parts": self.parts}
        self.pack.writestr(MANIFEST, json.dumps(manifest, indent=1))
        return manifest


@contextmanager
def packing(path: Path) -> Iterator[Packing]:
    """What is there by this name stays until the new file is whole and safely on the disk."""
    with atomic_write(path) as scratch:
        # It holds people's data: nobody but its maker reads it.
        file = os.fdopen(os.open(scratch, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b")
        with file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as pack:
                yield Packing(pack)
            file.flush()
            os.fsync(file.fileno())


class Packed:
    """A backup that is known to be whole."""

    def __init__(self, pack: zipfile.ZipFile, told: dict):
        self.pack, self.told = pack, told

    def blocks(self, name: str) -> Iterator[bytes]:
        with self.pack.open(name) as file:
            while block := file.read(BLOCK):
                yield block

    def pages(self, name: str, most: int) -> Iterator[list[bytes]]:
        with self.pack.open(name) as file:
            while page := list(islice(file, most)):
                yield page

    def names(self, folder: str) -> list[str]:
        return [name for name in self.told["parts"] if name.startswith(f"{folder}/")]


@contextmanager
def unpacking(path: Path) -> Iterator[Packed]:
    """All of it is read once before anybody relies on it."""
    try:
        with zipfile.ZipFile(path) as pack:
            packed = Packed(pack, manifest_of(pack))
            check(packed)
            yield packed
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise NotWhole("It is no backup of Ledgerlight, or it is cut off or damaged.") from error


def manifest_of(pack: zipfile.ZipFile) -> dict:
    try:
        told = json.loads(pack.read(MANIFEST))
        program, form = told["program"], told["form"]
    except (KeyError, TypeError, ValueError) as error:
        raise NotWhole("It is no backup of Ledgerlight.") from error
    if (program, form) != (PROGRAM, FORM):
        raise NotWhole(f"It is of another form ({program} {form}); this program reads {FORM}.")
    if not is_well_formed(told):
        raise NotWhole("Its manifest is damaged.")
    return told


def is_well_formed(told: dict) -> bool:
    """Has the manifest what a restore relies on, each of its kind?"""

    def each(name: str, kind: type, **inside: type) -> bool:
        found = told.get(name)
        return isinstance(found, dict) and all(
            isinstance(one, kind) and all(isinstance(one.get(n), k) for n, k in inside.items())
            for one in found.values()
        )

    return (
        each("meaning", str)
        and each("migrations", list)
        and all(isinstance(n, str) for names in told["migrations"].values() for n in names)
        and each("parts", dict, bytes=int, sha256=str)
        and each("tables", dict, columns=list, last_id=int, rows=int, sums=dict)
    )


def check(packed: Packed) -> None:
    there = sorted(packed.pack.namelist())
    if there != sorted([MANIFEST, *packed.told["parts"]]):
        raise NotWhole("Other parts stand in it than its manifest names.")
    for name, part in packed.told["parts"].items():
        digest = hashlib.sha256()
        try:
            for block in packed.blocks(name):
                digest.update(block)
        except zlib.error as error:
            raise NotWhole(f"{name} is damaged.") from error
        if digest.hexdigest() != part["sha256"]:
            raise NotWhole(f"{name} is not as it was written.")
