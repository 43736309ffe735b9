from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from core.progress import Progress
from orders import exchange_rates

# Older orders load the rates of their days themselves; these take a few seconds, once.
DEFAULT_START = date(2009, 1, 1)


class Command(BaseCommand):
    help = "Add missing exchange rates of the European Central Bank for BASE_CURRENCY."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--since", type=date.fromisoformat, default=DEFAULT_START, metavar="YYYY-MM-DD"
        )
        parser.add_argument(
            "--if-needed", action="store_true", help="do nothing if the newest rates are there"
        )
        parser.add_argument("--dry-run", action="store_true", help="count the missing rates only")

    def handle(self, *, since: date, dry_run: bool, if_needed: bool, **options: Any) -> None:
        if if_needed and not exchange_rates.are_outdated():
            return
        try:
            with transaction.atomic():
                new = exchange_rates.load_rates(since, Progress(self.stdout, "Exchange rates"))
                # A dry run adds everything and takes it back: its count is that of a real run.
                transaction.set_rollback(dry_run)
        except exchange_rates.UnknownCurrency as error:
            raise CommandError(f"BASE_CURRENCY: {error}") from error
        verb = "would be added" if dry_run else "added"
        self.stdout.write(f"{new:,} rates to {settings.BASE_CURRENCY} since {since} {verb}.")
