from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledger import build
from ledger.check import differences
from ledger.hot_writer import refresh_hot_copy

MOST_SHOWN = 20
REPAIR_HINT = "Write all parts again: refresh_ledger --full"


class Command(BaseCommand):
    help = "Bring the ledger up to date with the books. Reports do this automatically."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--full", action="store_true", help="write all parts again")
        parser.add_argument(
            "--check",
            action="store_true",
            help="compare with the books; exit with 1 if they differ",
        )

    def handle(self, *, full: bool, check: bool, **options: object) -> None:
        snapshot = build.build(full=True) if full else build.current(max_age=0)
        self.stdout.write(f"Snapshot {snapshot.number}: {len(snapshot.parts)} parts.")
        refresh_hot_copy(is_hurried=True)
        if check:
            self.compare()

    def compare(self) -> None:
        found = list(differences())
        for difference in found[:MOST_SHOWN]:
            self.stdout.write(str(difference))
        if found:
            parts = ", ".join(sorted({difference.part for difference in found}))
            raise CommandError(f"{len(found):,} differences in {parts}. {REPAIR_HINT}")
        self.stdout.write("The ledger matches the books.")
