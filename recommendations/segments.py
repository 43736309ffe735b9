"""The shop's voucher segments, and the best amount of each.

Bounds come from the settings, past uses from the fit; both are cached.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.conf import settings
from django.core.cache import cache
from ibis import _

from analytics.predictions.fit import read_query
from analytics.semantics.rfm import PROSPECTS, RFM_GROUPS, scored_customers
from analytics.semantics.shop import ever
from customers.models import Country
from ledger.engine import ledger_table
from ledger.models import Snapshot
from recommendations.vouchers import (
    Bounds,
    Groups,
    Use,
    frequency,
    merged_uses,
    most_used,
    recency,
    rfm_segments,
)

CACHE_SECONDS = 60  # processes without a shared cache see a new fit after this time


def kinds() -> dict[str, Bounds | Groups]:
    found = (
        frequency(settings.VOUCHER_ORDERS),
        recency(settings.VOUCHER_DAYS),
        rfm_segments(RFM_GROUPS),
    )
    return {kind.name: kind for kind in found}


class Known(NamedTuple):
    """The most used amount of a segment, how often it was used, and the number of vouchers."""

    amount: Decimal
    times: int
    of: int


@dataclass(frozen=True)
class Advice:
    segment: str
    amount: Decimal
    times: int
    of: int
    why: str


class NoHistory(Exception):
    """No voucher was ever used in this country."""


def rfm_group_by_customer(snapshot: Snapshot) -> dict[int, str]:
    """The RFM group of each buyer in the whole shop, independent of the reader's countries."""
    each = scored_customers(ever()).select("customer_id", "group")
    return {row["customer_id"]: row["group"] for row in read_query(snapshot, each).to_pylist()}


def group_of(customer: int) -> str:
    snapshot = Snapshot.objects.newest()
    return rfm_group_by_customer(snapshot).get(customer, PROSPECTS) if snapshot else PROSPECTS


def advice(country: Country, kind: Bounds | Groups, value: int | str) -> Advice:
    """The voucher for a number of orders, of days since the last one, or an RFM group."""
    known = cached_vouchers(country.pk)
    segment = kind.label(kind.index_of(value))
    if found := known.get((kind.name, segment)):
        why = f"{found.amount:f} is most used in {country}, {segment}"
        return Advice(segment, *found, f"{why}: {found.times:,} of {found.of:,} vouchers.")
    if found := known.get((kind.name, None)):
        why = f"No voucher was used in {country}, {segment}. Most used in the whole country"
        return Advice(segment, *found, f"{why}: {found.amount:f}.")
    raise NoHistory(f"There are no past vouchers in {country}.")


def cached_vouchers(country: int) -> dict[tuple, Known]:
    """All segments of a country under one key, so that they are always from the same fit."""
    return cache.get_or_set(f"vouchers:{country}", lambda: read_vouchers(country), CACHE_SECONDS)


def clear_cached_vouchers(countries) -> None:
    cache.delete_many([f"vouchers:{country}" for country in countries])


def read_vouchers(country: int) -> dict[tuple, Known]:
    snapshot = Snapshot.objects.newest()
    if snapshot is None:
        return {}
    # Vouchers that were set aside have no amount, and the place of no segment.
    rows = ledger_table("vouchers").filter(_.country_id == country, _.amount.notnull())
    segments: dict[tuple, list[Use]] = {}
    for row in read_query(snapshot, rows).to_pylist():
        use = Use(without_trailing_zeros(row["amount"]), row["times"], row["customers"])
        # By its label: after a change of the bounds the same place is another segment.
        for segment in (row["segment"], None):  # None: the whole country
            segments.setdefault((row["segment_name"], segment), []).append(use)
    return {key: most_used_of_all(merged_uses(uses)) for key, uses in segments.items()}


def most_used_of_all(uses: list[Use]) -> Known:
    chosen = most_used(uses)
    return Known(chosen.amount, chosen.times, sum(use.times for use in uses))


def without_trailing_zeros(amount: Decimal) -> Decimal:
    """Never in scientific notation like 2.64E+3."""
    whole = amount.to_integral_value()
    return whole if amount == whole else amount.normalize()
