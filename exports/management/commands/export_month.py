from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.datastructures import MultiValueDict

from analytics.semantics.filters import Reader, Refused
from exports.files import atomic_write
from exports.monthly import monthly_report, write_monthly_report
from ledger.background import PATIENCE_OF_JOBS


class Command(BaseCommand):
    help = "Write the monthly sales report: `export_month 2011-11 --output november.xlsx`."

    def add_arguments(self, parser):
        parser.add_argument("month", metavar="YYYY-MM")
        parser.add_argument("--output", metavar="FILE", type=Path, required=True)
        parser.add_argument(
            "--country", action="append", default=[], help="code or name; may be repeated"
        )

    def handle(self, *, output, country, **options):
        parameters = MultiValueDict({"country": country} if country else {})
        try:
            report = monthly_report(options["month"], Reader(), parameters, PATIENCE_OF_JOBS)
            # A file of that name stays as it is until the new one is complete.
            with atomic_write(output) as path, path.open("wb") as file:
                write_monthly_report(file, report)
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        except OSError as error:
            raise CommandError(f"{output}: {error.strerror}") from error
        self.stdout.write(f"{report.title}, snapshot {report.snapshot.number}: {output}")
