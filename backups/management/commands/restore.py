from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from backups.errors import command_errors
from backups.management.commands.backup import manifest_summary
from backups.restoring import restore_backup
from core.progress import Progress
from ledger import build

LEDGER_FAILED = "The data was restored, but the ledger was not rebuilt: run refresh_ledger."


class Command(BaseCommand):
    help = "Restore a backup into an empty database of any kind, completely or not at all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--replace", action="store_true", help="delete existing data first")

    def handle(self, *, file: Path, replace: bool, **options: Any) -> None:
        with command_errors("Nothing was changed."):
            manifest = restore_backup(file, Progress(self.stdout, "Restore"), replace=replace)
        self.stdout.write(f"Restored and verified: {manifest_summary(manifest)}")
        with command_errors(LEDGER_FAILED):
            snapshot = build.current(max_age=0)
        self.stdout.write(f"Ledger rebuilt: snapshot {snapshot.number}.")
