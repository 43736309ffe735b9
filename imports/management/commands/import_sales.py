import hashlib
import time
from pathlib import Path

import duckdb
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from imports.corrections import corrections_csv
from imports.files import FileRefused
from imports.formats import formats
from imports.formats.generic import BadMapping
from imports.models import Import, Mapping
from imports.pipeline import ReadOptions, preview, read_file, write_import

COUNTED = ("read", "stored", "updated", "unchanged", "rejected")
MADE = ("orders", "customers", "products", "vouchers")


class Command(BaseCommand):
    help = "Bring a file of orders into the books."
    requires_system_checks = ()  # they load every page and report: 90 MB that files have use for

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", default="auto", choices=["auto", "generic", *formats()])
        parser.add_argument("--mapping", help="a saved mapping, for files of unknown format")
        parser.add_argument("--encoding", default="", help="of a text file that is not UTF-8")
        parser.add_argument(
            "--dates", choices=["dmy", "mdy"], default="", help="how to read 03/04/2026"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")
        parser.add_argument("--rejects", type=Path, help="write the rejected rows to this CSV file")

    def handle(self, *args, file: Path, **options):
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        started = time.monotonic()
        try:
            with read_file(file, file.name, read_options(options), self.show_reading) as read:
                self.stdout.write(f"{file.name}: {read.known.title}")
                run = Import(name=file.name[:255], size=file.stat().st_size, sha256=digest(file))
                if options["dry_run"]:
                    shown = preview(read)
                    counts, notes = shown["counts"], shown["warnings"]
                else:
                    counts = write_import(read, run, self.progress_bar(read))
                    notes = run.preview["warnings"]
                if options["rejects"]:
                    write_rejects(read, run, options["rejects"])
        except FileRefused as error:
            hint = f": say --encoding {error.encoding} if it is" if error.encoding else ""
            raise CommandError(f"{error}{hint}") from error
        except BadMapping as error:
            raise CommandError(str(error)) from error
        except (OSError, DatabaseError, duckdb.Error) as error:
            raise CommandError(f"{error} Nothing was written.") from error
        for note in notes:
            self.stdout.write(f"Note: {note}")
        self.summary(counts, time.monotonic() - started)
        if counts["read"] == counts["rejected"]:
            raise CommandError("Nothing was taken.")

    def show_reading(self, done: int, total: int) -> None:
        if self.stdout.isatty():
            self.stdout.write(f"\rReading: {done:,} of {total:,} rows ", ending="")
            self.stdout.flush()

    def progress_bar(self, read):
        """A line that tells how far it is; only where somebody looks."""
        total = read.staging.total
        started = time.monotonic()

        def tell(done):
            if not self.stdout.isatty():
                return
            rate = done / max(time.monotonic() - started, 0.001)
            bar = "█" * round(20 * done / max(total, 1))
            left = (total - done) / max(rate, 1)
            self.stdout.write(
                f"\r{bar:20} {done:,} of {total:,} rows, {rate:,.0f} rows/s, {left:.0f} s left ",
                ending="",
            )
            self.stdout.flush()

        return tell

    def summary(self, counts, seconds):
        if self.stdout.isatty():
            self.stdout.write("")
        self.stdout.write(", ".join(f"{counts[what]:,} {what}" for what in COUNTED))
        for code, number in counts["reasons"].items():
            self.stdout.write(f"  rejected {number:,}: {code}")
        made = ", ".join(f"{counts[what]:,} {what}" for what in MADE if what in counts)
        self.stdout.write(f"created: {made or 'nothing'}; {seconds:.1f} s")


def read_options(options) -> ReadOptions:
    name = options["mapping"]
    if not name:
        if options["format"] == "generic":
            raise CommandError("--format generic needs --mapping NAME.")
        return ReadOptions(
            options["format"], encoding=options["encoding"], date_order=options["dates"]
        )
    mapping = Mapping.objects.filter(name=name).first()
    if mapping is None:
        raise CommandError(f"There is no mapping {name}.")
    return ReadOptions("generic", mapping.columns, name, options["encoding"], options["dates"])


def digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def write_rejects(read, run, path: Path) -> None:
    """A file to mend and import again."""
    rejects = read.staging.run("select * from reject_rows order by record")
    rows = ((run.pk, *row) for row in rejects)
    with path.open("w", newline="", encoding="utf-8") as out:
        out.writelines(corrections_csv(list(read.table.header), read.table.delimiter, rows))
