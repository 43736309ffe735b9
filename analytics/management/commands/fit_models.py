from django.core.management.base import BaseCommand, CommandError

from analytics.predictions.fit import fit_one, fits


class Command(BaseCommand):
    help = "Fit the models that predict. The worker does it each night and after imports."

    def add_arguments(self, parser):
        parser.add_argument("names", nargs="*", metavar="NAME", help="which ones; without it, all")

    def handle(self, *, names, **options):
        if unknown := sorted(set(names) - fits().keys()):
            known = ", ".join(fits())
            raise CommandError(f"{', '.join(unknown)}: no such model. Known: {known}.")
        for name in names or fits():
            made = fit_one(fits()[name])
            self.stdout.write(f"{name}, {made.seconds:.1f} s: {made.words}")
