"""A database server of the torture's own, to be killed; and a cable to one, to be cut."""

import random
import shutil
import socket
import subprocess
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        return taken.getsockname()[1]


class Server:
    """MariaDB or PostgreSQL in an empty folder. Needs root: it runs as a user of its own."""

    def __init__(self, kind: str):
        self.kind, self.port = kind, free_port()
        self.user = "mysql" if kind == "mariadb" else "postgres"
        self.folder = TemporaryDirectory(prefix="ledgerlight-server-")
        shutil.chown(self.folder.name, self.user)
        self.data = Path(self.folder.name) / "data"
        self.run(*self.making())
        self.start()
        if kind == "mariadb":
            grant = "grant all on *.* to t@localhost identified by 't'"
            where = f"--socket={self.data}/socket"
            self.run("mysql", where, "-u", "root", "-e", grant)

    def making(self):
        if self.kind == "mariadb":
            return (
                "mariadb-install-db",
                f"--datadir={self.data}",
                "--auth-root-authentication-method=normal",
            )
        return (program("initdb"), "-D", self.data, "-A", "trust", "-U", "t")

    def run(self, *command):
        as_user = ["runuser", "-u", self.user, "--", *map(str, command)]
        done = subprocess.run(as_user, capture_output=True, text=True, check=False, cwd="/")
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        if self.kind == "mariadb":
            command = [
                "mariadbd", "--no-defaults", f"--datadir={self.data}", f"--port={self.port}",
                "--bind-address=127.0.0.1", f"--socket={self.data}/socket", "--user=mysql",
                f"--pid-file={self.data}/pid",
            ]  # fmt: skip
        else:
            command = [
                "runuser", "-u", "postgres", "--", program("postgres"), "-D", str(self.data),
                "-p", str(self.port), "-k", str(self.data), "-h", "127.0.0.1",
            ]  # fmt: skip
        self.process = subprocess.Popen(
            command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for(self.is_ready)

    def is_ready(self) -> bool:
        """MariaDB opens its door when it is; PostgreSQL says there that it is not yet."""
        if self.kind == "mariadb":
            with suppress(OSError), closing(socket.create_connection(("127.0.0.1", self.port), 1)):
                return True
            return False
        asked = [program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(asked, check=False).returncode == 0

    def kill(self) -> None:
        """As a power cut does. Last of all the one who waits for the server and clears it away."""
        for pid in [*children(self.process.pid), self.process.pid]:
            with suppress(ProcessLookupError):
                subprocess.run(["kill", "-9", str(pid)], check=False, capture_output=True)
        self.process.wait()
        time.sleep(0.5)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def close(self) -> None:
        self.kill()
        self.folder.cleanup()

    def environment(self) -> dict[str, str]:
        engine = "mysql" if self.kind == "mariadb" else "postgresql"
        return {
            "DATABASE_ENGINE": f"django.db.backends.{engine}",
            "DATABASE_HOST": "127.0.0.1", "DATABASE_PORT": str(self.port),
            "DATABASE_USER": "t", "DATABASE_PASSWORD": "t",
        }  # fmt: skip


def children(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    own = [int(child) for child in found.stdout.split()]
    return [*own, *(grandchild for child in own for grandchild in children(child))]


def program(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if not found:
        pytest.skip(f"{name} is not installed here")
    return str(found[-1])


def wait_for(ready) -> None:
    for _ in range(600):
        if ready():
            time.sleep(0.5)
            return
        time.sleep(0.1)
    raise AssertionError("the server does not answer")


class Cable:
    """A way to a server that delays what it carries, and breaks after so many bytes."""

    def __init__(self, host: str, port: int, chance: random.Random):
        self.to, self.chance, self.left = (host, port), chance, None
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def breaks_after(self, size: int | None) -> None:
        self.left = size

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self.listening.accept()
                far = socket.create_connection(self.to)
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self.carry, args=pair, daemon=True).start()

    def carry(self, source, target) -> None:
        with suppress(OSError):
            while block := source.recv(65536):
                if self.chance.random() < 0.02:
                    time.sleep(0.02)
                if self.left is not None:
                    self.left -= len(block)
                    if self.left < 0:
                        break
                target.sendall(block)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self) -> None:
        self.listening.close()
