"""Where uploaded files lie, and what lies beside them while somebody works on them.

The progress of an import stands in a file and not in the books: on SQLite the import's own
transaction holds their only lock, and nobody would see it before the end.
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

from django.conf import settings

PATIENCE = 30  # seconds without a sign of life, then whoever worked on it is taken for dead
BEAT = 1
ORPHANED = 3600  # seconds; a file that no import needs may be on its way in, or be asked for again


class TooLarge(Exception):
    def __init__(self, limit: int):
        super().__init__(f"The file is larger than the limit of {limit:,} bytes.")


class Canceled(Exception):
    """Somebody wants the import no more."""


def folder() -> Path:
    path = Path(settings.MEDIA_ROOT) / "imports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def store(chunks: Iterable[bytes], limit: int) -> tuple[str, int, str]:
    """Store under a random name that tells nothing; return it with size and SHA-256."""
    name, size, digest = secrets.token_hex(16), 0, hashlib.sha256()
    try:
        with path_of(name).open("xb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise TooLarge(limit)
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        delete(name)
        raise
    return name, size, digest.hexdigest()


def path_of(name: str) -> Path:
    return folder() / name


def delete(name: str) -> None:
    """The file holds people's data: it goes as soon as nobody needs it any more."""
    if name:
        for path in (path_of(name), _progress_path(name), _cancel_marker(name)):
            path.unlink(missing_ok=True)


def keep_for_rereading(name: str) -> None:
    """Its owner may yet say how it is to be read: `delete_orphans` leaves it for another hour."""
    with suppress(FileNotFoundError):
        os.utime(path_of(name))


def delete_orphans(needed: set[str]) -> None:
    """Forget what somebody who was killed left: files that no import needs (any more)."""
    for path in folder().iterdir():
        with suppress(FileNotFoundError):
            if path.stem not in needed and time.time() - path.stat().st_mtime > ORPHANED:
                path.unlink()


def cancel(name: str) -> None:
    """Whoever writes it now sees this before the commit, even if the books are locked."""
    if name:
        _cancel_marker(name).touch()


def read_progress(name: str) -> dict:
    """What was last heard of whoever works on it; empty if nobody does."""
    with suppress(OSError, ValueError):
        return json.loads(_progress_path(name).read_text()) if name else {}
    return {}


def is_worked_on(name: str) -> bool:
    # A sign of life from the future is of a clock that was wrong.
    return abs(time.time() - read_progress(name).get("heartbeat", 0)) < PATIENCE


def reset_progress(name: str) -> None:
    _progress_path(name).unlink(missing_ok=True)


def _progress_path(name):
    return path_of(name).with_suffix(".progress")


def _cancel_marker(name):
    return path_of(name).with_suffix(".cancel")


class Heartbeat:
    """Tells beside the upload how far the work is, and every second that somebody is at it."""

    def __init__(self, name: str):
        self.name, self.done, self.total, self.started = name, 0, None, time.time()
        self.attempt = read_progress(name).get("attempt", 0) + 1
        self.stopped = Event()
        self.thread = Thread(target=self._beat, daemon=True)

    def __enter__(self):
        self._write(time.time())
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.thread.join()
        with suppress(OSError):
            self._write(0)  # the number of attempts stays
        if not path_of(self.name).exists():  # canceled meanwhile
            delete(self.name)

    def report(self, done: int) -> None:
        self.done = done
        if _cancel_marker(self.name).exists() or not path_of(self.name).exists():
            raise Canceled

    def report_of_total(self, done: int, total: int) -> None:
        self.total = total
        self.report(done)

    def restart(self, total: int) -> None:
        """What follows is counted, and timed, from its beginning."""
        self.done, self.total, self.started = 0, total, time.time()

    def _beat(self):
        while not self.stopped.wait(BEAT):
            with suppress(OSError):  # a full disk stops the work, not this
                self._write(time.time())

    def _write(self, heartbeat):
        names = ("done", "total", "started", "attempt")
        said = {name: getattr(self, name) for name in names} | {"heartbeat": heartbeat}
        # A unique name, as two workers may write for a moment. `delete_orphans` removes what a
        # killed worker left.
        new = path_of(self.name).with_suffix(f".{secrets.token_hex(4)}.new")
        new.write_text(json.dumps(said))
        new.replace(_progress_path(self.name))
