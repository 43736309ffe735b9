"""Renders Vega-Lite in a process of its own: while it renders, the library lets no other thread
run, and a fork of a process that has rendered hangs when it renders."""

import atexit
import os
import subprocess
import sys
import threading
from collections.abc import Hashable
from hashlib import sha256
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from time import monotonic
from typing import Any

import orjson

from analytics.query.cache import cache

PROGRAM = Path(__file__).with_name("rendering_process.py")
SECONDS = 15  # for one picture; the first of a process waits for the renderer to start
TRIES = 2  # a process that was killed meanwhile is replaced, once

Request = tuple[str, float, bytes]  # the format, the scale, the specification as JSON


class RenderingError(Exception):
    """The picture could not be made."""


class RenderingTimeout(RenderingError):
    """Too many others wait, or the process was killed: the same picture may be made later."""


class Renderer:
    """One process that renders one picture after the other, started for the first of them.

    Pictures are cached by their specification: answers of another snapshot often look the same.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.process: subprocess.Popen | None = None
        self.connection: Connection | None = None

    def render(self, spec: dict[str, Any], format: str, scale: float = 1) -> bytes:
        request = format, scale, orjson.dumps(spec)
        # A digest, because a specification with its data can be larger than its picture.
        key = "picture", format, scale, sha256(request[-1]).digest()
        return cache.get(key, lambda: self.render_in_turn(key, request), len)

    def render_in_turn(self, key: Hashable, request: Request) -> bytes:
        if not self.lock.acquire(timeout=SECONDS):
            raise RenderingTimeout("Too many pictures are waiting: try again.")
        try:  # while this thread waited, another may have rendered the same picture
            return cache.get(key, lambda: self.render_now(request), len)
        finally:
            self.lock.release()

    def render_now(self, request: Request) -> bytes:
        for _ in range(TRIES):
            # Within the loop: the second try needs a new process, if the first one was killed.
            process, connection = self.running_process()
            started_at = monotonic()
            # A process that hangs is killed, which ends each wait for it.
            alarm = threading.Timer(SECONDS, process.kill)
            alarm.start()
            try:
                return self.exchange(connection, request)
            except (OSError, EOFError):
                # It was the alarm: the same picture would hang again. Else somebody killed the
                # process.
                if monotonic() - started_at >= SECONDS:
                    raise RenderingTimeout(f"It took longer than {SECONDS} seconds.") from None
            finally:
                alarm.cancel()
        raise RenderingTimeout("The renderer ended while it drew: try again.")

    def exchange(self, connection: Connection, request: Request) -> bytes:
        try:
            connection.send(request)
            is_picture, content = connection.recv_bytes(), connection.recv_bytes()
        except BaseException:
            self.stop()  # an answer that nobody read would be read as the next one
            raise
        if not is_picture:
            raise RenderingError(content.decode())
        return content

    def running_process(self) -> tuple[subprocess.Popen, Connection]:
        if self.process is None or self.connection is None:
            return self.start()
        return self.process, self.connection

    def start(self) -> tuple[subprocess.Popen, Connection]:
        """It ends with this process, whose end closes the connection; Ctrl-C does not reach it."""
        # Their end is closed here after the start: while it is open, a dead process is not noticed.
        self.connection, theirs = Pipe()
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603  our own program
                # -P: else this folder comes first in sys.path, and html.py hides the one of the
                # standard library.
                [sys.executable, "-P", PROGRAM, str(theirs.fileno()), str(SECONDS)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        return self.process, self.connection

    def stop(self) -> None:
        if self.process and self.connection:
            self.connection.close()
            self.process.kill()
            # Reaps it, or it stays a zombie.
            self.process.wait()
            self.process = None


renderer = Renderer()


def render(spec: dict[str, Any], format: str, scale: float = 1) -> bytes:
    """The specification as the bytes of a picture, "svg" or "png"."""
    return renderer.render(spec, format, scale)


def renew_renderer() -> None:
    """In a fork: the process belongs to the parent, and its lock may be held for ever."""
    global renderer
    if renderer.connection:
        renderer.connection.close()  # else the process would not see the parent end
    renderer = Renderer()


os.register_at_fork(after_in_child=renew_renderer)
# A lambda, because a fork replaces the renderer.
atexit.register(lambda: renderer.stop())
