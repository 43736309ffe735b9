from datetime import date

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from core.progress import Progress
from orders import exchange_rates

# The oldest files that shops bring begin in 2009; every day since then costs a few seconds, once.
BEGINNING = date(2009, 1, 1)


class Command(BaseCommand):
    help = "Add the European Central Bank's exchange rates for BASE_CURRENCY that are missing."

    def add_arguments(self, parser):
        parser.add_argument(
            "--since", type=date.fromisoformat, default=BEGINNING, metavar="YYYY-MM-DD"
        )
        parser.add_argument(
            "--if-needed", action="store_true", help="only where the newest are not there yet"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say how many are missing")

    def handle(self, *, since, dry_run, if_needed, **options):
        if if_needed and not exchange_rates.are_needed():
            return
        try:
            with transaction.atomic():
                new = exchange_rates.load(since, Progress(self.stdout, "Exchange rates"))
                transaction.set_rollback(dry_run)
        except exchange_rates.UnknownCurrency as error:
            raise CommandError(f"BASE_CURRENCY: {error}") from error
        verb = "would be added" if dry_run else "added"
        self.stdout.write(f"{new:,} rates to {settings.BASE_CURRENCY} since {since} {verb}.")
