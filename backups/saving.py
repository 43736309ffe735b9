"""Books, uploads and settings into one file, all tables as they were at one moment."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from backups import tables
from backups.archive import BLOCK, Packing, Tell, packing
from core.environment import without_secrets
from ledger.book_reader import at_one_moment

# With another value of these the same books would mean something else.
MEANING = ("BASE_CURRENCY", "TIME_ZONE", "PRICES_INCLUDE_TAX")
UPLOAD = re.compile(r"(imports|exports)/[0-9a-f]{32}")


@dataclass
class Count:
    """How many rows a table has, and what its columns of decimals add up to."""

    rows: int
    sums: dict[str, str]

    @classmethod
    def of(cls, model) -> "Count":
        columns = tables.columns_of(model)
        return cls(0, {columns[n]: "0" for n in tables.amounts_of(model)})

    def add(self, page: list[tuple], places: list[int]) -> None:
        self.rows += len(page)
        for name, n in zip(self.sums, places, strict=True):
            amounts = (row[n] for row in page if row[n] is not None)
            self.sums[name] = str(sum(amounts, Decimal(self.sums[name])))


def save(path: Path, tell: Tell) -> dict:
    """What stands in the file, as its manifest tells it."""
    with packing(path) as pack, at_one_moment():
        told = meaning() | {"database": connection.vendor, "migrations": migrations()}
        add_uploads(pack)  # at once: a file may go as soon as its import is over
        add_settings(pack)
        told["tables"] = add_tables(pack, tell)
        return pack.close(told)


def meaning() -> dict:
    return {
        "made_at": timezone.now().isoformat(),
        "meaning": {name: str(getattr(settings, name)) for name in MEANING},
    }


def migrations() -> dict[str, list[str]]:
    """Those that were applied, of the apps whose tables are saved."""
    names: dict[str, list[str]] = {model._meta.app_label: [] for model in tables.tables()}
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        if app in names:
            names[app].append(name)
    return names


def add_uploads(pack: Packing) -> None:
    folder = Path(settings.MEDIA_ROOT)
    for path in sorted(folder.glob("*/*")):
        name = path.relative_to(folder).as_posix()
        if UPLOAD.fullmatch(name):
            try:
                file = path.open("rb")
            except FileNotFoundError:
                continue  # nobody needs it any more
            with file:
                pack.add(f"uploads/{name}", iter(lambda file=file: file.read(BLOCK), b""))


def add_settings(pack: Packing) -> None:
    lines = (f"{name}={value}\n".encode() for name, value in without_secrets().items())
    pack.add("settings.env", lines)


def add_tables(pack: Packing, tell: Tell) -> dict[str, dict]:
    models, found = tables.tables(), {}
    for n, model in enumerate(models, 1):
        count = Count.of(model)
        pack.add(f"tables/{model._meta.label}.jsonl", lines(model, count))
        found[model._meta.label] = {
            "columns": tables.columns_of(model),
            "last_id": tables.last_id(model),
            "rows": count.rows,
            "sums": count.sums,
        }
        tell(n, len(models))
    return found


def lines(model, count: Count) -> Iterator[bytes]:
    places = tables.amounts_of(model)
    for page in tables.read(model):
        count.add(page, places)
        yield b"".join(map(tables.line, page))
