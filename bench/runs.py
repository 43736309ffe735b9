"""Runs that are kept: what was measured, when, on which machine, with which versions."""

import json
import os
import platform
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from bench.table import Row

KEPT = Path(__file__).resolve().parent.parent / "var" / "bench"
PARTS = ("import", "reports", "pages", "methods", "recommendations", "vouchers", "exports",
         "orders", "load", "start")  # fmt: skip
PACKAGES = ("django", "duckdb", "ibis-framework", "gunicorn", "numpy")


@dataclass
class Run:
    date: str
    data: str
    scale: int
    machine: str
    versions: dict[str, str]
    parts: dict[str, list[Row]]

    def keep(self) -> Path:
        KEPT.mkdir(parents=True, exist_ok=True)
        path = KEPT / f"{self.date.replace(':', '')}.json"
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n")
        return path

    def rows(self) -> dict[tuple[str, str], Row]:
        return {(part, row.work): row for part, rows in self.parts.items() for row in rows}


def begun(data: str, scale: int) -> Run:
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    return Run(now, data, scale, machine(), versions(), {})


def read(path: Path) -> Run:
    known = json.loads(path.read_text())
    parts = {part: [Row(**row) for row in rows] for part, rows in known.pop("parts").items()}
    return Run(**known, parts=parts)


def kept() -> Iterator[Run]:
    """The newest first."""
    for path in sorted(KEPT.glob("*.json"), reverse=True):
        yield read(path)


def machine() -> str:
    about = Path("/proc/cpuinfo").read_text()
    models = {line.partition(": ")[2] for line in about.splitlines() if "model name" in line}
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    release = ".".join(platform.release().split(".")[:2])
    model = ", ".join(sorted(models)) or platform.machine()
    return f"{cores} cores ({model}), {memory:.0f} GB, Linux {release}"


def versions() -> dict[str, str]:
    """Those of the database servers are added by whoever asks them."""
    found = {"Python": platform.python_version(), "SQLite": sqlite3.sqlite_version}
    return found | {package: version(package) for package in PACKAGES}
