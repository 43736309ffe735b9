import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from imports.corrections import corrections_csv
from imports.files import FileRefused
from imports.formats import formats
from imports.formats.generic import BadMapping
from imports.models import Import, Mapping
from imports.pipeline import ReadOptions, preview, read_file, write_import
from imports.staged_file import StagedFile

CREATED = ("orders", "customers", "products", "vouchers")


class Command(BaseCommand):
    help = "Import a file of orders."
    requires_system_checks = ()  # they load all pages and reports: 90 MB that large files can use

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", default="auto", choices=["auto", "generic", *formats()])
        parser.add_argument("--mapping", help="a saved mapping, for files of an unknown format")
        parser.add_argument("--encoding", default="", help="of a text file that is not UTF-8")
        parser.add_argument(
            "--dates", choices=["dmy", "mdy"], default="", help="how to read 03/04/2026"
        )
        parser.add_argument("--dry-run", action="store_true", help="show a preview only")
        parser.add_argument("--rejects", type=Path, help="write the rejected rows to this CSV file")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        if not file.is_file():
            raise CommandError(f"The file {file} does not exist.")
        started = time.monotonic()
        try:
            counts, warnings = self.import_file(file, options)
        except FileRefused as error:
            hint = f": add --encoding {error.encoding} if it is" if error.encoding else ""
            raise CommandError(f"{error}{hint}") from error
        except BadMapping as error:
            raise CommandError(str(error)) from error
        except (OSError, DatabaseError, duckdb.Error) as error:
            raise CommandError(f"{error} Nothing was imported.") from error
        for warning in warnings:
            self.stdout.write(f"Note: {warning}")
        self.print_summary(counts, time.monotonic() - started)
        # Exit code 1, also for a file without rows.
        if counts["read"] == counts["rejected"]:
            raise CommandError("No rows were imported.")

    def import_file(self, file: Path, options: dict[str, Any]) -> tuple[dict, list[str]]:
        """Preview or import the file; returns counts and warnings."""
        with read_file(file, file.name, read_options(options), self.show_reading) as staged:
            self.stdout.write(f"{file.name}: {staged.format.title}")
            run = Import(name=file.name[:255], size=file.stat().st_size, sha256=sha256_of(file))
            if options["dry_run"]:
                result = preview(staged)
                counts, warnings = result["counts"], result["warnings"]
            else:
                counts = write_import(staged, run, self.progress_bar(staged.staging.total))
                warnings = run.preview["warnings"]
            if options["rejects"]:
                write_rejects(staged, run, options["rejects"])
        return counts, warnings

    def show_reading(self, done: int, total: int) -> None:
        if self.stdout.isatty():
            self.stdout.write(f"\rReading: {done:,} of {total:,} rows ", ending="")
            self.stdout.flush()

    def progress_bar(self, total: int) -> Callable[[int], None]:
        """A function that shows the progress; only at a terminal."""
        started = time.monotonic()

        def show(done: int) -> None:
            if not self.stdout.isatty():
                return
            rate = done / max(time.monotonic() - started, 0.001)
            bar = "█" * round(20 * done / max(total, 1))
            seconds_left = (total - done) / max(rate, 1)
            self.stdout.write(
                f"\r{bar:20} {done:,} of {total:,} rows, {rate:,.0f} rows/s, "
                f"{seconds_left:.0f} s left ",
                ending="",
            )
            self.stdout.flush()

        return show

    def print_summary(self, counts: dict[str, Any], seconds: float) -> None:
        if self.stdout.isatty():
            # Ends the line of the progress bar.
            self.stdout.write("")
        self.stdout.write(", ".join(f"{counts[name]:,} {name}" for name in Import.ROW_COUNTS))
        for code, count in counts["reasons"].items():
            self.stdout.write(f"  rejected {count:,}: {code}")
        created = ", ".join(f"{counts[name]:,} {name}" for name in CREATED if name in counts)
        self.stdout.write(f"created: {created or 'nothing'}; {seconds:.1f} s")


def read_options(options: dict[str, Any]) -> ReadOptions:
    name = options["mapping"]
    if not name:
        if options["format"] == "generic":
            raise CommandError("--format generic needs --mapping NAME.")
        return ReadOptions(
            options["format"], encoding=options["encoding"], date_order=options["dates"]
        )
    mapping = Mapping.objects.filter(name=name).first()
    if mapping is None:
        raise CommandError(f"The mapping {name} does not exist.")
    return ReadOptions("generic", mapping.columns, name, options["encoding"], options["dates"])


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_rejects(staged: StagedFile, run: Import, path: Path) -> None:
    """A CSV to correct and import again."""
    rejects = staged.staging.run("select * from reject_rows order by record")
    # None after a dry run: such a file is refused, because its rows belong to no import.
    rows = ((run.pk, *row) for row in rejects)
    with path.open("w", newline="", encoding="utf-8") as file:
        file.writelines(corrections_csv(list(staged.table.header), staged.table.delimiter, rows))
