from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from analytics.predictions.fit import fit_one, fits
from analytics.predictions.stopping import Outdated


class Command(BaseCommand):
    help = "Fit the prediction models. The worker does it each night and after imports."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="models to fit (default: all)")

    def handle(self, *, names: list[str], **options: Any) -> None:
        if unknown := sorted(set(names) - fits().keys()):
            known = ", ".join(fits())
            raise CommandError(f"{', '.join(unknown)}: no such model. Known: {known}.")
        for name in names or fits():
            try:
                fit = fit_one(fits()[name])
            except Outdated as reason:
                raise CommandError(f"{name}: stopped. {reason}") from reason
            self.stdout.write(f"{name}, {fit.seconds:.1f} s: {fit.words}")
