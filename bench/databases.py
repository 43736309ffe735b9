"""The three databases, each with books of its own that are thrown away afterwards."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TITLES = {"sqlite3": "SQLite", "mysql": "MariaDB", "postgresql": "PostgreSQL"}
SERVICES = {"mysql": "mariadb", "postgresql": "postgresql"}
NAME = "test_ledgerlight_bench"  # the account that `bin/servers` makes may make such


@cache
def server(name: str) -> dict[str, str]:
    """How to reach it, as `bin/servers` found out; SystemExit with its reason if that failed."""
    service = SERVICES[name]
    asked = subprocess.run([ROOT / "bin/servers", service], capture_output=True, text=True)
    if asked.returncode:
        raise SystemExit(asked.stderr.strip() or f"{TITLES[name]} cannot be reached.")
    kept = (ROOT / f"var/test-{service}.env").read_text()
    return dict(setting.split("=", 1) for setting in shlex.split(kept)) | {"DATABASE_NAME": NAME}


def why_not(name: str) -> str:
    """In words, why it cannot be measured here; nothing if it can."""
    try:
        return "" if name == "sqlite3" else (server(name) and "")
    except SystemExit as reason:
        return str(reason).splitlines()[0]


def versions() -> dict[str, str]:
    """Of the servers that answer."""
    there = [name for name in SERVICES if not why_not(name)]
    told = {TITLES[name]: said(name, "select version()") for name in there}
    return {title: re.search(r"\d[\d.]*", text).group() for title, text in told.items()}


def settings(name: str, folder: Path) -> dict[str, str]:
    """The environment of a process whose books are there."""
    files = {
        "LEDGER_URL": str(folder / "ledger"),
        "API_RATE": "1000000/minute",
        "JWT_ACCESS_MINUTES": "600",
    }
    if name != "sqlite3":
        return files | server(name)
    engine = {"DATABASE_ENGINE": "django.db.backends.sqlite3"}
    return files | engine | {"DATABASE_NAME": str(folder / "books.sqlite3")}


@contextmanager
def books(name: str, folder: Path) -> Iterator[dict[str, str]]:
    """Empty ones, until the end; and the environment that leads to them."""
    environment = settings(name, folder)
    try:
        make_anew(name)
        manage(environment, "migrate", "-v0")
        yield environment
    finally:
        drop(name)


def make_anew(name: str) -> None:
    drop(name)
    if name != "sqlite3":
        said(name, f"create database {NAME}")


def drop(name: str) -> None:
    if name != "sqlite3":
        said(name, f"drop database if exists {NAME}")


def client(name: str, *more: str) -> list[str]:
    """The database's own command line."""
    there = {key.removeprefix("DATABASE_"): value for key, value in server(name).items()}
    if name == "mysql":
        password = [f"-p{there['PASSWORD']}"] if there["PASSWORD"] else []
        return ["mariadb", "--local-infile=1", "-h", there["HOST"], "-P", there["PORT"],
                "-u", there["USER"], *password, *more]  # fmt: skip
    os.environ |= {"PGPASSWORD": there["PASSWORD"], "PGOPTIONS": "-c client_min_messages=warning"}
    return ["psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", there["HOST"], "-p", there["PORT"],
            "-U", there["USER"], *more]  # fmt: skip


def said(name: str, sql: str) -> str:
    outside = ("-t", "-d", "postgres") if name == "postgresql" else ("-N",)
    done = subprocess.run(
        client(name, *outside), input=sql, check=True, text=True, stdout=subprocess.PIPE
    )
    return done.stdout.strip()


def manage(environment: dict[str, str], *command: str) -> None:
    subprocess.run(
        [sys.executable, ROOT / "manage.py", *command],
        env=os.environ | environment, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
