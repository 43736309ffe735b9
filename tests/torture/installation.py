"""An installation of its own beside the tests': database, ledger, uploads; run by its commands."""

import os
import random
import resource
import shlex
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import connection

SERVERS = ("mariadb", "postgresql")


class Installation:
    def __init__(self, kind: str, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        self.kind, self.folder = kind, folder
        own = {"DJANGO_SETTINGS_MODULE": "config.settings"}
        own |= {
            "LEDGER_URL": str(folder / "ledger"),
            "LEDGER_PATIENCE": "30",  # answers are as new as the books
            "SECRET_KEY": "only-for-tests-that-start-programs-0123",
        }
        self.environment = os.environ | self.database() | own

    def database(self) -> dict[str, str]:
        if self.kind == "sqlite":
            name = str(self.folder / "books.sqlite3")
            return {"DATABASE_ENGINE": "django.db.backends.sqlite3", "DATABASE_NAME": name}
        written = (settings.BASE_DIR / f"var/test-{self.kind}.env").read_text()
        # The databases are tortured side by side, and restoring visits the servers of the others.
        name = f"test_ledgerlight_torture_{connection.vendor}"
        return dict(word.split("=", 1) for word in shlex.split(written)) | {"DATABASE_NAME": name}

    def begin_anew(self) -> None:
        """Empty tables of today's version."""
        if self.kind == "sqlite":
            for path in self.folder.glob("books.sqlite3*"):
                path.unlink()
        else:
            done = self.run(["-c", "from tests.torture.installation import recreate; recreate()"])
            assert done.returncode == 0, done.stderr
        self.manage("migrate", "-v0")

    def manage(self, *arguments, fails=False, **limits) -> str:
        done = self.run(["manage.py", *map(str, arguments)], **limits)
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def run(self, arguments, largest_file=None):
        limited = partial(limit_files, largest_file) if largest_file else None
        return subprocess.run(
            [sys.executable, *arguments], env=self.environment, cwd=settings.BASE_DIR,
            capture_output=True, text=True, preexec_fn=limited, check=False,
        )  # fmt: skip

    def killed(self, chance: random.Random, within: float, *arguments) -> bool:
        """Run a command and kill it at some moment; whether it was still at work."""
        process = self.start(*arguments)
        time.sleep(chance.uniform(0, within))
        process.kill()
        return process.wait() == -9

    def start(self, *arguments) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "manage.py", *map(str, arguments)], env=self.environment,
            cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip


def limit_files(size: int) -> None:
    """No file grows beyond it: to a program that is what a full disk is."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def recreate() -> None:
    """Called in a process of the installation's: its database is dropped and made."""
    import django

    django.setup()
    database = connection.settings_dict["NAME"]
    quoted = connection.ops.quote_name(database)
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"drop database if exists {quoted}")
        cursor.execute(
            f"create database {quoted}" + connection.creation.sql_table_creation_suffix()
        )
