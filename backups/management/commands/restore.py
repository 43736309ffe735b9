from pathlib import Path

import duckdb
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from backups.archive import NotWhole
from backups.management.commands.backup import summary
from backups.restoring import Refused, restore
from core.progress import Progress
from ledger import build


class Command(BaseCommand):
    help = "Fill empty books from a backup, of whatever database; all of it or nothing."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--replace", action="store_true", help="empty the books before")

    def handle(self, *, file, replace, **options):
        try:
            told = restore(file, Progress(self.stdout, "Restore"), replace=replace)
        except (NotWhole, Refused, OSError, DatabaseError, ValueError) as error:
            raise CommandError(f"{error} Nothing was changed.") from error
        self.stdout.write(f"Read back and compared: {summary(told)}")
        try:
            snapshot = build.current(max_age=0)
        except (OSError, DatabaseError, duckdb.Error) as error:
            words = "The books are restored, but the ledger could not be made of them"
            raise CommandError(f"{words}: {error} Try refresh_ledger.") from error
        self.stdout.write(f"The ledger is made anew: snapshot {snapshot.number}.")
