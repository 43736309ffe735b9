from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from backups.saving import save
from core.progress import Progress


class Command(BaseCommand):
    help = "Save books, uploads and settings (without secrets) into one file."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *, file, **options):
        try:
            told = save(file, Progress(self.stdout, "Backup"))
        except (OSError, DatabaseError) as error:
            raise CommandError(f"{error} No backup was made.") from error
        self.stdout.write(f"{file}: {file.stat().st_size / 1e6:,.1f} MB, {summary(told)}")


def summary(told: dict) -> str:
    tables, files = told["tables"], [name for name in told["parts"] if name.startswith("uploads/")]
    orders = tables["orders.Order"]
    return (
        f"{sum(table['rows'] for table in tables.values()):,} rows of {len(tables)} tables, "
        f"{orders['rows']:,} documents of {orders['sums']['total']} together, {len(files)} uploads."
    )
