"""A Ledgerlight for the browser to visit: what `make run` starts, in a folder of its own."""

import os
import re
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INVITATION = re.compile(r"open at (\S+?)/ .*Sign in as (\S+) with the password (\S+)\n", re.DOTALL)


@dataclass(frozen=True)
class Site:
    address: str
    email: str
    password: str


@contextmanager
def served(folder: Path, **settings: str):
    """The site with the demo shop, or with the books that DATABASE_NAME names, until the end."""
    environment = os.environ | {
        "DATABASE_ENGINE": "django.db.backends.sqlite3",
        "DATABASE_NAME": str(folder / "books.sqlite3"),
        "LEDGER_URL": str(folder / "ledger"),
        "PORT": str(free_port()),
        "WEB_WORKERS": "1",
        "LEDGER_PATIENCE": "30",  # pages are as new as the books
        **settings,
    }
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    log = folder / "site.log"
    with log.open("w") as out:
        running = subprocess.Popen(
            [sys.executable, "bin/serve"], cwd=ROOT, env=environment, stdout=out, stderr=out
        )
    try:
        yield opened(running, log)
    finally:
        running.terminate()
        running.wait(timeout=30)


def opened(running: subprocess.Popen, log: Path) -> Site:
    """What the start prints, read as a newcomer reads it."""
    while running.poll() is None:
        if found := INVITATION.search(log.read_text()):
            return Site(*found.groups())
        time.sleep(0.2)
    raise AssertionError(f"It did not start: {log.read_text()}")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
