from django.core.management.base import BaseCommand
from django.db import transaction

from imports.tax_rates import Source, set_nominal_tax_rates


class Command(BaseCommand):
    help = (
        "Give lines of imports from before the tax rate that was charged (19 %) instead of the one "
        "that rounded amounts come to (15.97 %). No amount changes."
    )

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="count the lines only")

    def handle(self, *, dry_run, **options):
        with transaction.atomic():
            found = set_nominal_tax_rates()
            transaction.set_rollback(dry_run)
        verb = "would get" if dry_run else "have"
        self.stdout.write(
            f"{sum(found.values()):,} lines {verb} a nominal rate: {found[Source.COUNTRY]:,} the "
            f"country's, {found[Source.COMPUTED]:,} one computed from tax and net amount."
        )
