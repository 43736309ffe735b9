"""SQLite, MariaDB and PostgreSQL, each with a database that is dropped afterwards."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.row import elapsed

ROOT = Path(__file__).resolve().parent.parent
TITLES = {"sqlite3": "SQLite", "mysql": "MariaDB", "postgresql": "PostgreSQL"}
SERVICES = {"mysql": "mariadb", "postgresql": "postgresql"}
NAME = "test_ledgerlight_bench"  # the account that `bin/servers` makes may create `test_…` only


@cache
def server(name: str) -> dict[str, str]:
    """Its settings, from `bin/servers`; SystemExit with the reason if it cannot be reached."""
    service = SERVICES[name]
    started = subprocess.run([ROOT / "bin/servers", service], capture_output=True, text=True)
    if started.returncode:
        raise SystemExit(started.stderr.strip() or f"{TITLES[name]} cannot be reached.")
    lines = shlex.split((ROOT / f"var/test-{service}.env").read_text())
    return dict(line.split("=", 1) for line in lines) | {"DATABASE_NAME": NAME}


def unavailable(name: str) -> str:
    """Why the database cannot be measured here; empty if it can."""
    try:
        if name != "sqlite3":
            server(name)
    except SystemExit as reason:
        return str(reason).splitlines()[0]
    return ""


def server_versions() -> dict[str, str]:
    texts = {TITLES[name]: run_sql(name, "select version()") for name in SERVICES
             if not unavailable(name)}  # fmt: skip
    # The first number: behind it both servers name their build.
    return {title: re.findall(r"\d[\d.]*", text)[0] for title, text in texts.items()}


def environment(name: str, folder: Path) -> dict[str, str]:
    """Of a process that uses the database and keeps its ledger in `folder`."""
    sqlite = {"DATABASE_ENGINE": "django.db.backends.sqlite3",
              "DATABASE_NAME": str(folder / "books.sqlite3")}  # fmt: skip
    # Or the limits of requests and tokens would be measured: clients send more than people do.
    limits = {"API_RATE": "1000000/minute", "JWT_ACCESS_MINUTES": "600"}
    database = sqlite if name == "sqlite3" else server(name)
    return limits | database | {"LEDGER_URL": str(folder / "ledger")}


def setup_django(folder: Path) -> None:
    """In this process and those that it starts, on an empty SQLite database."""
    # Before Django is imported: settings are read from the environment once.
    os.environ |= environment("sqlite3", folder) | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    import django

    django.setup()
    manage("migrate", "-v0")


@contextmanager
def empty_database(name: str, folder: Path) -> Iterator[dict[str, str]]:
    """Migrated, and dropped at the end; yields the environment of its processes."""
    try:
        recreate(name)
        manage("migrate", "-v0", env=environment(name, folder))
        yield environment(name, folder)
    finally:
        drop(name)


def recreate(name: str) -> None:
    drop(name)
    if name != "sqlite3":
        run_sql(name, f"create database {NAME}")


def drop(name: str) -> None:
    if name != "sqlite3":
        run_sql(name, f"drop database if exists {NAME}")


def shell(name: str, *options: str) -> list[str]:
    """The database's own command line client."""
    host, port, user, password = (
        server(name)[f"DATABASE_{key}"] for key in ("HOST", "PORT", "USER", "PASSWORD")
    )
    if name == "mysql":
        secret = [f"-p{password}"] if password else []
        return ["mariadb", "--local-infile=1", "-h", host, "-P", port, "-u", user, *secret,
                *options]  # fmt: skip
    # `drop database if exists` gives a notice each time.
    os.environ |= {"PGPASSWORD": password, "PGOPTIONS": "-c client_min_messages=warning"}
    return ["psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", host, "-p", port, "-U", user, *options]


def run_sql(name: str, sql: str) -> str:
    options = ("-t", "-d", "postgres") if name == "postgresql" else ("-N",)
    return run_script(shell(name, *options), sql).strip()


def run_script(command: list[str], script: str) -> str:
    return subprocess.run(
        command, input=script, check=True, text=True, stdout=subprocess.PIPE
    ).stdout


def manage(*command: str, env: dict[str, str] | None = None) -> float:
    """Runs a command of manage.py in its own process and returns its seconds."""
    return elapsed(lambda: subprocess.run(
        [sys.executable, ROOT / "manage.py", *command],
        env=os.environ | (env or {}), check=True, stdout=subprocess.DEVNULL,
    ))  # fmt: skip


@contextmanager
def imported_books(data: Path) -> Iterator[Path]:
    """The folder of books with this file in them, and of their ledger."""
    with TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        setup_django(folder)
        manage("import_sales", str(data))
        manage("refresh_ledger")
        yield folder
