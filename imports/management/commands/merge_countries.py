from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction

from customers.models import Country
from imports.merging import Merged, countries_without_code, merge_countries


class Command(BaseCommand):
    help = "Merge countries that stand in the books twice, as “USA” beside United States (US)."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="only say what would be merged")

    def handle(self, *, dry_run, **options):
        with transaction.atomic():
            found = merge_countries()
            transaction.set_rollback(dry_run)
        for pair in found:
            self.stdout.write(f"{pair.double} → {pair.kept} ({pair.kept.code}): {outcome(pair)}")
        done = sum(not pair.obstacle for pair in found)
        self.stdout.write(f"{done} {'would be merged' if dry_run else 'merged'}.")
        if places := countries_without_code():
            self.stdout.write(f"Known by no other name, and kept: {', '.join(places)}.")


def outcome(pair: Merged) -> str:
    if pair.obstacle:
        return f"left alone: {pair.obstacle}."
    told = ", ".join(f"{number:,} {what}" for what, number in pair.rows.items()) or "nothing"
    if (old := currency_of(pair.double)) != (new := currency_of(pair.kept)):
        told += f"; new orders are in {new}, not in {old}"
    if pair.managers:
        told += f"; see more than before: {', '.join(pair.managers)}"
    return f"{told}."


def currency_of(country: Country) -> str:
    return country.currency or settings.BASE_CURRENCY
