"""Temporary folders that are deleted later if their process was killed.

The owner holds a lock on a file in its folder; the kernel releases it however the owner ends.
"""

import fcntl
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

PREFIX = "ledgerlight-"
LOCK = ".lock"
GRACE_SECONDS = 60  # a new folder may not have its lock yet


@contextmanager
def scratch_folder(purpose: str) -> Iterator[Path]:
    delete_abandoned_folders()
    with TemporaryDirectory(prefix=f"{PREFIX}{purpose}-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with (folder / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder


def delete_abandoned_folders() -> None:
    """Delete the folders whose owners have ended."""
    for folder in Path(gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            # In a shared /tmp anybody can create a link of this name.
            if not folder.is_symlink() and is_abandoned(folder):
                shutil.rmtree(folder, ignore_errors=True)


def is_abandoned(folder: Path) -> bool:
    lock = folder / LOCK
    # abs(): a clock that was ahead may have dated a folder into the future.
    if abs(time.time() - folder.stat().st_mtime) < GRACE_SECONDS:
        return False
    if not lock.exists():
        return folder.is_dir() and time.time() - folder.stat().st_mtime > 24 * 3600
    # Not "w": that would create the file again if its owner has just deleted the folder's files.
    with lock.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
