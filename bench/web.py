"""The web server and the worker as `make run` starts them, a client, and their memory."""

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GRACE = 10  # seconds between SIGTERM and SIGKILL
LEDGERLIGHT = ("-c", "config/gunicorn.py", "config.wsgi")


@contextmanager
def python_process(log: Path, *command: str, **environment: str) -> Iterator[subprocess.Popen]:
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=os.environ | environment,
            # A group of its own, which killpg() below ends as a whole.
            stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its children too, which may outlive it
        process.wait()


@contextmanager
def web_server(
    folder: Path, app: tuple[str, ...] = LEDGERLIGHT, **environment: str
) -> Iterator["Client"]:
    with socket.socket() as free:
        # Port 0: the system names one that is free.
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # GUNICORN_CMD_ARGS for the empty application, which has no config file.
    environment = {"PORT": str(port), "GUNICORN_CMD_ARGS": f"--bind=127.0.0.1:{port}"} | environment
    with python_process(folder / "web.log", "-m", "gunicorn", *app, **environment) as server:
        wait_for_port(port)
        yield Client(port, server.pid)


def worker(folder: Path, **environment: str) -> AbstractContextManager[subprocess.Popen]:
    """Q_CLUSTER_NAME="long" starts the worker for long jobs."""
    log = folder / f"worker-{environment.get('Q_CLUSTER_NAME', '')}.log"
    return python_process(log, "manage.py", "qcluster", **environment)


def wait_for_port(port: int) -> None:
    for _ in range(3000):
        try:
            return socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.01)
    raise SystemExit("The web server did not start.")


class UnexpectedStatus(Exception):
    pass


class Client:
    """Sends requests, with a new connection each or over one that stays open."""

    def __init__(self, port: int, pid: int, keep_alive: bool = False):
        self.port, self.pid, self.keep_alive = port, pid, keep_alive
        self.token = ""
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.response_headers: http.client.HTTPMessage | dict[str, str] = {}

    def signed_in_clients(self, count: int) -> list["Client"]:
        """Each with an account of its own, because the rate limit is per account."""
        return [Client(self.port, self.pid, keep_alive=True).sign_in() for _ in range(count)]

    def sign_in(self) -> "Client":
        """As a new administrator in the database that Django uses in this process."""
        from django.contrib.auth import get_user_model

        from accounts.jwt import new_pair

        email = f"{secrets.token_hex(8)}@example.com"
        user = get_user_model().objects.create_superuser(email=email, password=None)
        self.token = new_pair(user)["access"]
        return self

    def __call__(self, method: str, path: str, body: str | None = None) -> bytes:
        if not self.keep_alive:
            self.connection.close()
        try:
            response = self.send(method, path, body)
        except (BrokenPipeError, ConnectionResetError, http.client.RemoteDisconnected):
            if not self.keep_alive:
                raise
            self.connection.close()  # the server closes connections that are idle
            response = self.send(method, path, body)
        content, self.response_headers = response.read(), response.headers
        if response.status not in (200, 201):
            raise UnexpectedStatus(f"{path}: {response.status} {content[:500].decode()}")
        return content

    def send(self, method: str, path: str, body: str | None) -> http.client.HTTPResponse:
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        self.connection.request(method, path, body, headers)
        return self.connection.getresponse()


def memory_mb(pid: int, field: str = "VmHWM") -> list[float]:
    """Of a process and each of its descendants: the peak, or with VmRSS the current size."""
    lines = read(f"/proc/{pid}/status").splitlines()
    sizes = [int(line.split()[1]) / 1024 for line in lines if line.startswith(field)]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in read(task).split():
            sizes += memory_mb(int(child), field)
    return sizes


def read(path: str | Path) -> str:
    """Empty if the process has just ended."""
    with suppress(OSError):
        return Path(path).read_text()
    return ""
