"""Draws specs, in a process of its own: while drawing, the renderer lets no other thread run, and
what is forked from a process that has drawn hangs when it draws."""

import atexit
import os
import subprocess
import sys
import threading
from hashlib import sha256
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from time import monotonic

import orjson

from analytics.query.cache import cache

PROGRAM = Path(__file__).with_name("rendering_process.py")
SECONDS = 15  # for one picture; the first of a process waits for the renderer to start
TRIES = 2  # a process that was killed meanwhile is replaced, once


class NotDrawn(Exception):
    """The picture could not be made."""


class NotInTime(NotDrawn):
    """Too many others wait, or the process was killed: the same picture may be made later."""


class Renderer:
    """One process that draws one picture after the other; started when the first is asked for.

    What it drew is remembered by the spec: answers of another snapshot often look the same.
    """

    def __init__(self):
        self.turn = threading.Lock()
        self.process: subprocess.Popen | None = None
        self.line: Connection | None = None

    def draw(self, spec: dict, kind: str, scale: float = 1) -> bytes:
        wish = kind, scale, orjson.dumps(spec)
        key = "picture", kind, scale, sha256(wish[-1]).digest()
        return cache.get(key, lambda: self.in_turn(key, wish), len)

    def in_turn(self, key, wish) -> bytes:
        if not self.turn.acquire(timeout=SECONDS):
            raise NotInTime("Too many pictures are waiting: try again.")
        try:  # whoever waited may find it drawn by the one before
            return cache.get(key, lambda: self.ask(wish), len)
        finally:
            self.turn.release()

    def ask(self, wish) -> bytes:
        for _ in range(TRIES):
            if self.process is None:
                self.start()
            begun = monotonic()
            # Whatever hangs, hangs no longer: killing ends each wait for the process.
            alarm = threading.Timer(SECONDS, self.process.kill)
            alarm.start()
            try:
                return self.exchange(wish)
            except (OSError, EOFError):
                if monotonic() - begun >= SECONDS:
                    raise NotInTime(f"It took longer than {SECONDS} seconds.") from None
            finally:
                alarm.cancel()
        raise NotInTime("The renderer ended while it drew: try again.")

    def exchange(self, wish) -> bytes:
        try:
            self.line.send(wish)
            good, picture = self.line.recv_bytes(), self.line.recv_bytes()
        except BaseException:
            self.stop()  # an answer that nobody took would be taken for the next one
            raise
        if not good:
            raise NotDrawn(picture.decode())
        return picture

    def start(self) -> None:
        """It ends when this process does, whose end it sees by the line; not before, by Ctrl-C."""
        self.line, theirs = Pipe()
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603  our own program
                [sys.executable, "-P", PROGRAM, str(theirs.fileno()), str(SECONDS)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )

    def stop(self) -> None:
        if self.process:
            self.line.close()
            self.process.kill()
            self.process.wait()
            self.process = None


renderer = Renderer()


def draw(spec: dict, kind: str, scale: float = 1) -> bytes:
    """The spec as the bytes of a picture, "svg" or "png"."""
    return renderer.draw(spec, kind, scale)


def start_over() -> None:
    """In a fork: the process belongs to the parent, and its locks may be held for ever."""
    global renderer
    if renderer.line:
        renderer.line.close()  # else the process would not see the parent end
    renderer = Renderer()


os.register_at_fork(after_in_child=start_over)
atexit.register(lambda: renderer.stop())
