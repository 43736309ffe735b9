"""The folder of exported files."""

import glob
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings

ORPHANED_AFTER = 3600  # seconds: a younger file without an export may just be written


def export_folder() -> Path:
    path = Path(settings.MEDIA_ROOT) / "exports"
    # Exports hold personal data of customers: no other account of the host reads them.
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def file_path(name: str) -> Path:
    return export_folder() / name


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """A path to write to. The file gets its name only when it is complete."""
    delete_stale_scratches(path)
    # In the same folder: a rename is atomic only within one file system.
    scratch = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        yield scratch
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def delete_stale_scratches(path: Path) -> None:
    """What killed writers of this file left: one that is alive writes to it all the time."""
    # Escaped: `export_month --output` takes any name, also one with brackets.
    for scratch in path.parent.glob(f".{glob.escape(path.name)}-????????"):
        with suppress(OSError):
            if time.time() - scratch.stat().st_mtime > ORPHANED_AFTER:
                scratch.unlink()


def delete_file(name: str) -> None:
    if name:
        file_path(name).unlink(missing_ok=True)


def delete_orphans(needed: set[str]) -> None:
    """Deletes the files of killed workers."""
    for path in export_folder().iterdir():
        with suppress(FileNotFoundError):
            if path.name not in needed and time.time() - path.stat().st_mtime > ORPHANED_AFTER:
                path.unlink()
