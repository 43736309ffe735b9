from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from customers.models import Country
from imports.merging import Merged, countries_without_code, merge_countries


class Command(BaseCommand):
    help = "Merge countries that are stored twice, such as “USA” and United States (US)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only show what would be merged")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        with transaction.atomic():
            merged = merge_countries()
            # A dry run does all of it too, so that it reports exactly what would happen.
            transaction.set_rollback(dry_run)
        for pair in merged:
            self.stdout.write(
                f"{pair.double} → {pair.kept} ({pair.kept.code}): {merge_summary(pair)}"
            )
        count = sum(not pair.obstacle for pair in merged)
        self.stdout.write(f"{count} {'would be merged' if dry_run else 'merged'}.")
        if places := countries_without_code():
            self.stdout.write(
                f"Kept without a code, as no other name is known: {', '.join(places)}."
            )


def merge_summary(pair: Merged) -> str:
    if pair.obstacle:
        return f"not merged: {pair.obstacle}."
    summary = ", ".join(f"{count:,} {name}" for name, count in pair.rows.items()) or "nothing"
    if (old := currency_of(pair.double)) != (new := currency_of(pair.kept)):
        summary += f"; new orders are in {new}, not in {old}"
    if pair.managers:
        summary += f"; these managers see more data now: {', '.join(pair.managers)}"
    return f"{summary}."


def currency_of(country: Country) -> str:
    return country.currency or settings.BASE_CURRENCY
