"""Uploaded files, and the progress of the work on them.

Progress is written to a file and not to the database: on SQLite the import's own transaction
holds the only lock, and nobody could read the progress before the end.
"""

import hashlib
import json
import os
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Any

from django.conf import settings

HEARTBEAT_TIMEOUT = 30  # seconds without a heartbeat, then the worker is taken for dead
HEARTBEAT_INTERVAL = 1  # second
ORPHAN_AGE = 3600  # seconds; a younger file may belong to an upload that is not committed yet


class TooLarge(Exception):
    def __init__(self, limit: int):
        super().__init__(f"The file is larger than the limit of {limit:,} bytes.")


class Canceled(Exception):
    """A user canceled the import."""


def folder() -> Path:
    path = Path(settings.MEDIA_ROOT) / "imports"
    # For the owner only: the files hold personal data.
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def store(chunks: Iterable[bytes], limit: int) -> tuple[str, int, str]:
    """Store the file under a random name; return the name, its size and its SHA-256."""
    name, size, digest = secrets.token_hex(16), 0, hashlib.sha256()
    try:
        with path_of(name).open("xb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise TooLarge(limit)
                digest.update(chunk)
                file.write(chunk)
            # The row that names the file is committed next: no crash may leave it without content.
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        delete_upload(name)
        raise
    return name, size, digest.hexdigest()


def path_of(name: str) -> Path:
    return folder() / name


def delete_upload(name: str) -> None:
    """The file holds personal data: it is deleted as soon as it is no longer needed."""
    if name:
        for path in (path_of(name), _progress_path(name), _cancel_marker(name)):
            path.unlink(missing_ok=True)


def keep_for_rereading(name: str) -> None:
    """Renew the file's age, so that `delete_orphans` leaves it for another hour."""
    with suppress(FileNotFoundError):
        os.utime(path_of(name))


def delete_orphans(needed: set[str]) -> None:
    """Delete old files that no import needs, such as those of a killed process."""
    for path in folder().iterdir():
        with suppress(FileNotFoundError):
            # The stem: .progress and .cancel belong to the upload before the dot.
            if path.stem not in needed and time.time() - path.stat().st_mtime > ORPHAN_AGE:
                path.unlink()


def request_cancel(name: str) -> None:
    """The worker sees this before its commit, even while the database is locked."""
    if name:
        _cancel_marker(name).touch()


def read_progress(name: str) -> dict[str, Any]:
    """The last progress that the worker reported; empty if there was none."""
    with suppress(OSError, ValueError):
        return json.loads(_progress_path(name).read_text()) if name else {}
    return {}


def is_in_progress(name: str) -> bool:
    # A heartbeat far in the future comes from a clock that was wrong.
    return abs(time.time() - read_progress(name).get("heartbeat", 0)) < HEARTBEAT_TIMEOUT


def reset_progress(name: str) -> None:
    _progress_path(name).unlink(missing_ok=True)


def _progress_path(name: str) -> Path:
    return path_of(name).with_suffix(".progress")


def _cancel_marker(name: str) -> Path:
    return path_of(name).with_suffix(".cancel")


class Heartbeat:
    """Writes once a second, beside the upload, that a worker is alive and how far it is."""

    def __init__(self, name: str):
        self.name, self.done, self.started = name, 0, time.time()
        self.total: int | None = None
        # Counted at the start, because a worker that is killed cannot do it at the end.
        self.attempt = read_progress(name).get("attempt", 0) + 1
        self.stopped = Event()
        self.thread = Thread(target=self._beat, daemon=True)

    def __enter__(self) -> "Heartbeat":
        self._write(time.time())
        self.thread.start()
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # The thread ends first: a late beat would make a finished worker look alive.
        self.stopped.set()
        self.thread.join()
        with suppress(OSError):
            self._write(0)  # keeps the number of attempts
        if not path_of(self.name).exists():  # canceled meanwhile
            delete_upload(self.name)

    def update(self, done: int, total: int | None = None) -> None:
        """Report progress; raises Canceled if a user wants the work to stop."""
        self.done = done
        if total is not None:
            self.total = total
        # A finished cancellation has deleted the file, and the marker with it.
        if _cancel_marker(self.name).exists() or not path_of(self.name).exists():
            raise Canceled

    def restart(self, total: int) -> None:
        """Count rows, and time, from zero for the next step."""
        self.done, self.total, self.started = 0, total, time.time()

    def _beat(self) -> None:
        while not self.stopped.wait(HEARTBEAT_INTERVAL):
            with suppress(OSError):  # a full disk must not end the heartbeat
                self._write(time.time())

    def _write(self, heartbeat: float) -> None:
        names = ("done", "total", "started", "attempt")
        progress = {name: getattr(self, name) for name in names} | {"heartbeat": heartbeat}
        # A unique name, as two workers may write for a moment. `delete_orphans` removes what a
        # killed worker left.
        scratch = path_of(self.name).with_suffix(f".{secrets.token_hex(4)}.new")
        scratch.write_text(json.dumps(progress))
        scratch.replace(_progress_path(self.name))
