"""Parts upon each other: from zero up what is above it, from zero down what is below."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from analytics.faces.drawings.split import Amount, Part, Split


@dataclass(frozen=True)
class Segment:
    x: Any
    part: Part
    amount: Amount
    start: Amount
    end: Amount


def stack(split: Split, x: Any) -> list[Segment]:
    """The segments of one place on the axis, in the order of the parts."""
    up: Amount = Decimal(0)
    down: Amount = Decimal(0)
    segments = []
    for part in split.parts:
        amount = part.amount(x) or Decimal(0)
        start = up if amount >= 0 else down
        segments.append(Segment(x, part, amount, start, start + amount))
        up, down = up + max(amount, 0), down + min(amount, 0)
    return segments


def shares(segments: list[Segment]) -> list[Segment]:
    """The same as shares of what is above zero: what is below has no share in it."""
    whole = sum(segment.amount for segment in segments if segment.amount > 0)
    return [
        Segment(s.x, s.part, s.amount, Decimal(s.start) / whole, Decimal(s.end) / whole)
        for s in segments
        if s.amount > 0
    ]


def total(split: Split, x: Any) -> Amount | None:
    """What all parts have on balance."""
    known = [amount for part in split.parts if (amount := part.amount(x)) is not None]
    return sum(known) if known else None


def has_negative(split: Split) -> bool:
    return any((part.amount(x) or 0) < 0 for part in split.parts for x in split.places)
