from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from backups.errors import command_errors
from backups.saving import write_backup
from core.progress import Progress


class Command(BaseCommand):
    help = "Save all data, uploads and settings (without secrets) to one file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **options: Any) -> None:
        with command_errors("No backup was made."):
            manifest = write_backup(file, Progress(self.stdout, "Backup"))
        self.stdout.write(
            f"{file}: {file.stat().st_size / 1e6:,.1f} MB, {manifest_summary(manifest)}"
        )


def manifest_summary(manifest: dict) -> str:
    tables = manifest["tables"]
    rows = sum(table["rows"] for table in tables.values())
    orders = tables["orders.Order"]
    uploads = sum(name.startswith("uploads/") for name in manifest["parts"])
    return (
        f"{rows:,} rows in {len(tables)} tables, {orders['rows']:,} orders and returns "
        f"(total {orders['sums']['total']}), {uploads} uploaded files."
    )
