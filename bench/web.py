"""The program as it is run, for others to measure: its web server, its worker, and who asks it."""

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GRACE = 10  # seconds to finish in
OURS = ("-c", "config/gunicorn.py", "config.wsgi")


@contextmanager
def running(log: Path, *command: str, **settings: str) -> Iterator[subprocess.Popen]:
    """A process of Python in the project's folder, until the end."""
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT, env=os.environ | settings, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # a worker at work, whatever it left behind
        process.wait()


@contextmanager
def served(folder: Path, app: tuple[str, ...] = OURS, **settings: str) -> Iterator["Web"]:
    """A web server of its own, and how to ask it."""
    port = free_port()
    where = {"PORT": str(port), "GUNICORN_CMD_ARGS": f"--bind=127.0.0.1:{port}", **settings}
    with running(folder / "web.log", "-m", "gunicorn", *app, **where) as server:
        wait_for(port)
        yield Web(port, server.pid)


def working(folder: Path, **settings: str):
    """A worker, as `make run` starts it: of long jobs with Q_CLUSTER_NAME="long"."""
    log = f"worker-{settings.get('Q_CLUSTER_NAME', '')}.log"
    return running(folder / log, "manage.py", "qcluster", **settings)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait_for(port: int) -> None:
    for _ in range(3000):
        try:
            return socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.01)
    raise SystemExit("The web server did not start.")


class Refused(Exception):
    """An answer that is not the one that was asked for."""


class Web:
    """Somebody who is signed in or not, with a new connection each time or one that is kept."""

    def __init__(self, port: int, pid: int, token: str = "", keeps: bool = False):
        self.port, self.pid, self.token, self.keeps = port, pid, token, keeps
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.headers = {}  # of the last answer

    def people(self, count: int) -> list["Web"]:
        """So many, each with an account and a connection: what one asks is counted for each."""
        return [Web(self.port, self.pid, keeps=True).sign_in() for _ in range(count)]

    def sign_in(self) -> "Web":
        """As an administrator of the books that Django has in this process."""
        from django.contrib.auth import get_user_model

        from accounts.jwt import new_pair

        email = f"{secrets.token_hex(8)}@example.com"
        user = get_user_model().objects.create_superuser(email=email, password=None)
        self.token = new_pair(user)["access"]
        return self

    def __call__(self, method: str, path: str, body: str | None = None) -> bytes:
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if not self.keeps:  # a server that waited too long may have closed it already
            self.connection.close()
        try:
            answer = self.answer(method, path, body, headers)
        except (BrokenPipeError, ConnectionResetError, http.client.RemoteDisconnected):
            if not self.keeps:
                raise
            self.connection.close()  # it lay idle, and the server closed it
            answer = self.answer(method, path, body, headers)
        content, self.headers = answer.read(), answer.headers
        if answer.status not in (200, 201):
            raise Refused(f"{path}: {answer.status} {content[:500].decode()}")
        return content

    def answer(self, method: str, path: str, body: str | None, headers: dict):
        self.connection.request(method, path, body, headers)
        return self.connection.getresponse()


def children(pid: int) -> list[int]:
    """Those of all its threads, theirs, and so on."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in read(task).split():
            found += [int(child), *children(int(child))]
    return found


def memory(pid: int, what: str = "VmHWM") -> list[float]:
    """Megabytes of a process and of all that it started: at most until now, or VmRSS now."""
    found = []
    for one in (pid, *children(pid)):
        lines = read(Path(f"/proc/{one}/status")).splitlines()
        found += [int(line.split()[1]) / 1024 for line in lines if line.startswith(what)]
    return found


def read(path: Path) -> str:
    """Nothing, if the process has just ended."""
    with suppress(OSError):
        return path.read_text()
    return ""
