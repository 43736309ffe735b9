from argparse import ArgumentTypeError
from datetime import date
from pathlib import Path

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from analytics.predictions.fit import fit_one, fits
from analytics.semantics.rfm import RFM_GROUPS
from customers.models import Country
from imports.files import FileRefused
from imports.models import Import
from imports.pipeline import ReadOptions, preview, read_file, write_import
from recommendations.cleaning import cleaned
from recommendations.segments import NoHistory, advice, kinds


class Command(BaseCommand):
    help = "Voucher amounts by customer segment, based on a file of past vouchers."

    def add_arguments(self, parser):
        steps = parser.add_subparsers(dest="step", required=True)
        prepare = steps.add_parser("prepare", help="clean and import a voucher file")
        prepare.add_argument("file", type=Path)
        prepare.add_argument(
            "--country", required=True, help="show the cleaning steps for this country"
        )
        prepare.add_argument(
            "--dry-run", action="store_true", help="show the steps without importing"
        )
        segments = steps.add_parser(
            "segments", help="how often each amount is used in each segment"
        )
        segments.add_argument("--country", help="only this country")
        segments.add_argument("--segment-name", choices=kinds(), help="only this kind of segment")
        amount = steps.add_parser("amount", help="the voucher amount for a customer")
        amount.add_argument("--country", required=True)
        amount.add_argument("--orders", type=count, help="number of orders")
        amount.add_argument(
            "--last-order", type=parsed_day, help="day of the last order, YYYY-MM-DD"
        )
        amount.add_argument("--group", choices=RFM_GROUPS, help="RFM group")
        amount.add_argument("--on", type=parsed_day, help="day of the voucher (default: today)")

    def handle(self, *, step, **options):
        getattr(self, step)(**options)

    def prepare(self, file: Path, country: str, dry_run: bool, **options):
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        try:
            with read_file(file, file.name, ReadOptions("vouchers")) as read:
                self.show(cleaned(read.staging, country))
                if dry_run:
                    counts = preview(read)["counts"]
                else:
                    run = Import(name=file.name[:255], size=file.stat().st_size)
                    counts = write_import(read, run)
        except FileRefused as refused:
            raise CommandError(str(refused)) from refused
        imported = "would be imported" if dry_run else "imported"
        self.stdout.write(
            f"All countries: {counts['stored']:,} rows {imported}, {counts['unchanged']:,} "
            f"unchanged, {counts['rejected']:,} rejected."
        )
        if not dry_run:
            self.stdout.write(fit_one(fits()["vouchers"]).words)

    def show(self, steps: list[tuple[str, int]]):
        before = steps[0][1]
        for name, rows in steps:
            removed = f"{rows - before:,}" if rows < before else ""
            self.stdout.write(f"{name:52} {rows:>9,} {removed:>9}")
            before = rows

    def segments(self, country, segment_name, **options):
        chosen = {"country": country, "segment_name": segment_name}
        filters = [f"{name}={value}" for name, value in chosen.items() if value]
        call_command("report", "vouchers/segments", *filters, stdout=self.stdout)

    def amount(self, country, orders, last_order, group, on, **options):
        where = Country.objects.named(country)
        if where is None:
            raise CommandError(f"--country: there is no country {country!r}.")
        given = {
            "frequent_segment": orders,
            "recency_segment": days_since(last_order, on) if last_order else None,
            "rfm_segment": group,
        }
        given = {name: value for name, value in given.items() if value is not None}
        if len(given) != 1:
            raise CommandError("Give one of --orders, --last-order and --group.")
        [(name, value)] = given.items()
        try:
            found = advice(where, kinds()[name], value)
        except NoHistory as reason:
            raise CommandError(str(reason)) from reason
        self.stdout.write(f"{found.amount:f}\n{found.why}")


def days_since(last_order: date, on: date | None) -> int:
    days = ((on or timezone.localdate()) - last_order).days
    if days < 0:
        raise CommandError("--last-order is after the day of the voucher.")
    return days


def parsed_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a valid date (YYYY-MM-DD)") from None


def count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ArgumentTypeError(f"{text!r} is not a whole number of 0 or more")
    return int(text)
