from django.core.management.base import BaseCommand, CommandError

from ledger import build
from ledger.check import differences

SHOWN = 20
MENDED_BY = "Write all parts anew: refresh_ledger --full"


class Command(BaseCommand):
    help = "Bring the ledger up to the books. Reports do it themselves when they are asked."

    def add_arguments(self, parser):
        parser.add_argument("--full", action="store_true", help="write every part anew")
        parser.add_argument(
            "--check", action="store_true", help="compare with the books; exit 1 where they differ"
        )

    def handle(self, *, full, check, **options):
        snapshot = build.build(full=True) if full else build.current(max_age=0)
        self.stdout.write(f"Snapshot {snapshot.number}: {len(snapshot.parts)} parts.")
        if check:
            self.compare()

    def compare(self):
        found = list(differences())
        for difference in found[:SHOWN]:
            self.stdout.write(str(difference))
        if found:
            parts = ", ".join(sorted({difference.part for difference in found}))
            raise CommandError(f"{len(found):,} differences in {parts}. {MENDED_BY}")
        self.stdout.write("It says what the books say.")
