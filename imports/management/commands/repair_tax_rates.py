from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from imports.tax_rates import Source, set_nominal_tax_rates


class Command(BaseCommand):
    help = (
        "Correct the tax rates of lines from imports of older versions: store the nominal rate "
        "(19 %) instead of one calculated from rounded amounts (15.97 %). No amount changes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only show what would change")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        with transaction.atomic():
            counts = set_nominal_tax_rates()
            # A dry run does all of it too, so that it counts exactly what would change.
            transaction.set_rollback(dry_run)
        verb = "would get" if dry_run else "have"
        country, computed = counts[Source.COUNTRY], counts[Source.COMPUTED]
        self.stdout.write(
            f"{sum(counts.values()):,} lines {verb} a nominal rate: {country:,} that of their "
            f"country, {computed:,} computed from tax and net amount."
        )
