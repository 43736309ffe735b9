from django.core.management.base import BaseCommand

from analytics.predictions.fit import fit_one, fits


class Command(BaseCommand):
    help = "Update recommendations. The worker does this every night and after imports."

    def handle(self, **options):
        made = fit_one(fits()["recommendations"])
        self.stdout.write(f"{made.seconds:.1f} s: {made.words}")
        for method, recall in sorted(made.backtest.items()):
            self.stdout.write(f"  {method:52} {'–' if recall is None else f'{recall:.1%}'}")
