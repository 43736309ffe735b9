"""Saved runs: the rows, when and on which machine they were measured, with which versions."""

import json
import os
import platform
import sqlite3
import sys
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from bench.row import Row

FOLDER = Path(__file__).resolve().parent.parent / "var" / "bench"
PARTS = ("import", "reports", "explore", "pages", "methods", "recommendations", "vouchers",
         "exports", "orders", "load", "start")  # fmt: skip
LONG_PARTS = ("many", "search")  # measured only when they are named
PACKAGES = ("django", "duckdb", "ibis-framework", "gunicorn", "numpy")


@dataclass
class Run:
    date: str
    data: str
    scale: int
    machine: str
    versions: dict[str, str]
    parts: dict[str, list[Row]]

    def __str__(self) -> str:
        return f"{self.date}  {self.data} × {self.scale}  {self.machine}"

    def save(self) -> Path:
        FOLDER.mkdir(parents=True, exist_ok=True)
        # A colon would end the target in `make bench-compare A B`.
        path = FOLDER / f"{self.date.replace(':', '')}.json"
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n")
        return path

    def by_work(self) -> dict[tuple[str, str], Row]:
        return {(part, row.work): row for part, rows in self.parts.items() for row in rows}


def new_run(data: str, scale: int) -> Run:
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    versions = {"Python": platform.python_version(), "SQLite": sqlite3.sqlite_version}
    versions |= {package: version(package) for package in PACKAGES}
    return Run(now, data, scale, machine(), versions, {})


def load_run(name: str | Path) -> Run:
    """By its path, or by its name in var/bench with or without `.json`."""
    for path in (Path(name), FOLDER / name, FOLDER / f"{name}.json"):
        if path.is_file():
            values = json.loads(path.read_text())
            parts = {part: [Row(**row) for row in rows] for part, rows in values["parts"].items()}
            return Run(**values | {"parts": parts})
    sys.exit(f"There is no run {name}.")


def saved_runs() -> list[Run]:
    """The newest first."""
    return [load_run(path) for path in sorted(FOLDER.glob("*.json"), reverse=True)]


def machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = {line.partition(": ")[2] for line in lines if "model name" in line}
    # ARM has no model names in /proc/cpuinfo.
    model = ", ".join(sorted(models)) or platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    release = ".".join(platform.release().split(".")[:2])
    # Those this process may use: in a container fewer than the machine has.
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores ({model}), {memory:.0f} GB, Linux {release}"
