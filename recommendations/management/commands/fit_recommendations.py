from django.core.management.base import BaseCommand, CommandError

from analytics.predictions.fit import fit_one, fits
from analytics.predictions.stopping import Outdated


class Command(BaseCommand):
    help = "Update recommendations. The worker does this every night and after imports."

    def handle(self, **options):
        try:
            made = fit_one(fits()["recommendations"])
        except Outdated as reason:
            raise CommandError(f"Stopped. {reason}") from reason
        self.stdout.write(f"{made.seconds:.1f} s: {made.words}")
        for method, recall in sorted(made.backtest.items()):
            self.stdout.write(f"  {method:52} {'–' if recall is None else f'{recall:.1%}'}")
