"""Which voucher a customer is sent: the most used amount of their segment in their country."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import NamedTuple


class Use(NamedTuple):
    """How often an amount was used, and by how many customers as far as they are known."""

    amount: Decimal
    times: int
    customers: int


@dataclass(frozen=True)
class Bounds:
    """Where the segments of one kind begin; the first begins at 0, the last has no end."""

    name: str
    goes_by: str  # what of a voucher of the past tells the segment
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
    """Segments that have names."""

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
    return Bounds("recency_segment", "days", starts, "under {}", "{}+")


def rfm_segments(groups: tuple[str, ...]) -> Groups:
    """By the RFM group that the customer stands in today."""
    return Groups("rfm_segment", "group", groups)


def most_used(uses: Iterable[Use]) -> Use | None:
    """Of equals the one that more customers used, then the smaller amount."""
    return max(uses, key=lambda use: (use.times, use.customers, -use.amount), default=None)


def merged_uses(uses: Iterable[Use]) -> list[Use]:
    """Of several segments: one use for each amount, the smallest first."""
    found: dict[Decimal, Use] = {}
    for use in uses:
        had = found.get(use.amount, Use(use.amount, 0, 0))
        found[use.amount] = Use(use.amount, had.times + use.times, had.customers + use.customers)
    return [found[amount] for amount in sorted(found)]


def is_held_out(customer: int, percent: int) -> bool:
    """Whether a customer gets no vouchers, so that it shows what vouchers do. Always the same."""
    return int.from_bytes(sha256(f"hold-out {customer}".encode()).digest()[:4]) % 100 < percent


@dataclass(frozen=True)
class Sent:
    """A voucher of the past, and what was known then of whom it went to."""

    country: int
    amount: Decimal | None
    orders: int | None  # so far
    days: int | None  # since the last one
    customer: int | None = None
    group: str | None = None  # where the customer stands today


class Tally:
    """How often each amount was used in each segment of each country, and what tells nothing."""

    def __init__(self, *kinds: Bounds | Groups):
        self.kinds = kinds
        self.uses: dict[tuple, dict[Decimal, int]] = {}
        self.people: dict[tuple, set[int]] = {}
        self.set_aside: Counter[tuple] = Counter()

    def count_voucher(self, sent: Sent) -> None:
        for kind in self.kinds:
            if kind.goes_by == "group" and sent.customer is None:
                continue  # files of the past name no customers: nothing is missing there
            if reason := reason_unusable(sent, kind):
                self.set_aside[sent.country, kind.name, reason] += 1
                continue
            key = sent.country, kind.name, kind.index_of(getattr(sent, kind.goes_by))
            amounts = self.uses.setdefault(key, {})
            amounts[sent.amount] = amounts.get(sent.amount, 0) + 1
            if sent.customer is not None:
                self.people.setdefault((*key, sent.amount), set()).add(sent.customer)

    def uses_of(self, *key) -> list[Use]:
        """The amounts of a country, kind and place; the smallest first."""
        return [
            Use(amount, times, len(self.people.get((*key, amount), ())))
            for amount, times in sorted(self.uses.get(key, {}).items())
        ]


MISSING = {"orders": "no number of orders", "days": "no last order", "group": "no group today"}


def reason_unusable(sent: Sent, kind: Bounds | Groups) -> str:
    """Why a voucher of the past tells nothing about segments of this kind."""
    if sent.amount is None:
        return "no amount"
    if getattr(sent, kind.goes_by) is None:
        return MISSING[kind.goes_by]
    return "last order after the voucher" if kind.goes_by == "days" and sent.days < 0 else ""
