"""Write tables, uploads and settings into one file, all tables as they were at one moment."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import connection, models
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from backups import tables
from backups.archive import BLOCK, ArchiveWriter, create_archive
from core.environment import without_secrets
from ledger.book_reader import consistent_read

# With another value of these, the same amounts and times would mean something else.
REQUIRED_SETTINGS = ("BASE_CURRENCY", "TIME_ZONE", "PRICES_INCLUDE_TAX")
UPLOAD = re.compile(r"(imports|exports)/[0-9a-f]{32}")


@dataclass
class TableTotals:
    """The number of rows of a table and the sums of its decimal columns."""

    rows: int
    # As text: programs read JSON's numbers as floats, which do not hold every sum exactly.
    sums: dict[str, str]

    @classmethod
    def empty(cls, model: type[models.Model]) -> "TableTotals":
        columns = tables.column_names(model)
        return cls(0, {columns[n]: "0" for n in tables.decimal_positions(model)})

    def add_page(self, page: list[tuple], positions: list[int]) -> None:
        self.rows += len(page)
        for name, n in zip(self.sums, positions, strict=True):
            amounts = (row[n] for row in page if row[n] is not None)
            self.sums[name] = str(sum(amounts, Decimal(self.sums[name])))


def write_backup(path: Path, progress: Callable[[int, int], None]) -> dict:
    """Write the backup and return its manifest."""
    with create_archive(path) as archive, consistent_read():
        manifest = {
            "made_at": timezone.now().isoformat(),
            "meaning": required_settings(),
            "database": connection.vendor,
            "migrations": applied_migrations(),
        }
        add_uploads(archive)  # first: a file is deleted as soon as its import is finished
        add_settings(archive)
        manifest["tables"] = add_tables(archive, progress)
        return archive.write_manifest(manifest)


def required_settings() -> dict[str, str]:
    return {name: str(getattr(settings, name)) for name in REQUIRED_SETTINGS}


def applied_migrations() -> dict[str, list[str]]:
    """Of the apps whose tables are saved."""
    names: dict[str, list[str]] = {model._meta.app_label: [] for model in tables.saved_models()}
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        if app in names:
            names[app].append(name)
    return names


def add_uploads(archive: ArchiveWriter) -> None:
    folder = Path(settings.MEDIA_ROOT)
    for path in sorted(folder.glob("*/*")):
        name = path.relative_to(folder).as_posix()
        if UPLOAD.fullmatch(name):
            try:
                file = path.open("rb")
            except FileNotFoundError:
                continue  # its import or export was finished or deleted meanwhile
            with file:
                archive.add(f"uploads/{name}", iter(partial(file.read, BLOCK), b""))


def add_settings(archive: ArchiveWriter) -> None:
    lines = (f"{name}={value}\n".encode() for name, value in without_secrets().items())
    archive.add("settings.env", lines)


def add_tables(archive: ArchiveWriter, progress: Callable[[int, int], None]) -> dict[str, dict]:
    saved, entries = tables.saved_models(), {}
    for n, model in enumerate(saved, 1):
        totals = TableTotals.empty(model)
        archive.add(tables.part_name(model), table_lines(model, totals))
        entries[model._meta.label] = {
            "columns": tables.column_names(model),
            "last_id": tables.last_id(model),
            "rows": totals.rows,
            "sums": totals.sums,
        }
        progress(n, len(saved))
    return entries


def table_lines(model: type[models.Model], totals: TableTotals) -> Iterator[bytes]:
    """The rows of a table as text; they are added to the totals on the way."""
    positions = tables.decimal_positions(model)
    for page in tables.row_pages(model):
        totals.add_page(page, positions)
        yield b"".join(map(tables.serialize_row, page))
