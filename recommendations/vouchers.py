"""Chooses the voucher for a customer: the most used amount of their segment and country."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import NamedTuple


class Use(NamedTuple):
    """How often an amount was used, and by how many known customers."""

    amount: Decimal
    times: int
    customers: int


@dataclass(frozen=True)
class Bounds:
    """Segments by a number: their lower bounds; the first starts at 0, the last has no end."""

    name: str
    goes_by: str  # the field of a past voucher that determines the segment
    starts: tuple[int, ...]
    first: str = ""
    last: str = ""

    def index_of(self, value: int) -> int:
        return sum(value >= start for start in self.starts)

    def label(self, place: int) -> str:
        starts = (0, *self.starts)
        if place == len(self.starts):
            return self.last.format(starts[place] - 1) or f"{starts[place]}+"
        if place == 0 and self.first:
            return self.first.format(starts[1])
        return f"{starts[place]}-{starts[place + 1] - 1}"

    def label_of(self, value: int) -> str:
        return self.label(self.index_of(value))


@dataclass(frozen=True)
class Groups:
    """Segments with names."""

    name: str
    goes_by: str
    names: tuple[str, ...]

    def index_of(self, value: str) -> int:
        return self.names.index(value)

    def label(self, place: int) -> str:
        return self.names[place]


def frequency(starts: tuple[int, ...] = (5, 14, 38)) -> Bounds:
    """By the number of orders: 0-4, 5-13, 14-37, 38+."""
    return Bounds("frequent_segment", "orders", starts)


def recency(starts: tuple[int, ...] = (30, 61, 91, 121, 181)) -> Bounds:
    """By the days since the last order: under 30, 30-60, …, 121-180, 180+."""
    # The published segments call the last one 180+, although it begins at 181.
    return Bounds("recency_segment", "days", starts, "under {}", "{}+")


def rfm_segments(groups: tuple[str, ...]) -> Groups:
    """By the customer's current RFM group."""
    return Groups("rfm_segment", "group", groups)


def most_used(uses: Iterable[Use]) -> Use | None:
    """Ties go to the one that more customers used, then to the smaller amount."""
    return max(uses, key=lambda use: (use.times, use.customers, -use.amount), default=None)


def merged_uses(uses: Iterable[Use]) -> list[Use]:
    """Several segments together: one use for each amount, smallest first."""
    merged: dict[Decimal, Use] = {}
    for use in uses:
        had = merged.get(use.amount, Use(use.amount, 0, 0))
        merged[use.amount] = Use(use.amount, had.times + use.times, had.customers + use.customers)
    return [merged[amount] for amount in sorted(merged)]


def is_held_out(customer: int, percent: int) -> bool:
    """Whether a customer is in the control group that gets no vouchers. Never changes."""
    # Not `hash()`, which differs between processes; hashed at all, because ids follow the sign-ups.
    return int.from_bytes(sha256(f"hold-out {customer}".encode()).digest()[:4]) % 100 < percent


@dataclass(frozen=True)
class Sent:
    """A past voucher, with what was known of the customer at that time."""

    country: int
    amount: Decimal | None
    orders: int | None  # so far
    days: int | None  # since the last one
    customer: int | None = None
    group: str | None = None  # the current one


class Tally:
    """Counts the uses of each amount by country and segment, and unusable vouchers."""

    def __init__(self, *kinds: Bounds | Groups):
        self.kinds = kinds
        self.uses: dict[tuple, dict[Decimal, int]] = {}
        self.customers_by_use: dict[tuple, set[int]] = {}
        self.set_aside: Counter[tuple] = Counter()

    def count_voucher(self, sent: Sent) -> None:
        for kind in self.kinds:
            if kind.goes_by == "group" and sent.customer is None:
                continue  # imported files name no customers, so this is no error
            if reason := reason_unusable(sent, kind):
                self.set_aside[sent.country, kind.name, reason] += 1
                continue
            key = sent.country, kind.name, kind.index_of(getattr(sent, kind.goes_by))
            amounts = self.uses.setdefault(key, {})
            amounts[sent.amount] = amounts.get(sent.amount, 0) + 1
            if sent.customer is not None:
                self.customers_by_use.setdefault((*key, sent.amount), set()).add(sent.customer)

    def uses_of(self, *key) -> list[Use]:
        """The amounts of a country, kind and segment; smallest first."""
        return [
            Use(amount, times, len(self.customers_by_use.get((*key, amount), ())))
            for amount, times in sorted(self.uses.get(key, {}).items())
        ]


MISSING = {"orders": "no number of orders", "days": "no last order", "group": "no current group"}


def reason_unusable(sent: Sent, kind: Bounds | Groups) -> str:
    """Why a past voucher cannot be assigned to a segment of this kind; empty if it can."""
    if sent.amount is None:
        return "no amount"
    if getattr(sent, kind.goes_by) is None:
        return MISSING[kind.goes_by]
    return "last order after the voucher" if kind.goes_by == "days" and sent.days < 0 else ""
