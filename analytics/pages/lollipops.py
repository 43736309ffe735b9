"""A line for each order of a customer, as high as the order is worth; returns hang below."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from analytics.pages.inline_svg import axis_ticks, short_number
from analytics.semantics.kinds import display

LEFT, WIDTH, HEIGHT, FOOT = 64, 1000, 180, 26  # in its own units
INSET = 14  # the dots at either end stay inside
FEW_MONTHS = 120  # days, in which labels need the day of the month
LABELS = 6


@dataclass(frozen=True)
class Mark:
    day: date
    amount: Decimal  # below 0 for a return
    title: str
    link: str


def order_chart(
    marks: Sequence[Mark], today: date, expected: tuple[date, Decimal] | None = None
) -> dict:
    """The marks over time until today, and the order that is expected after it."""
    first, last = min(mark.day for mark in marks), max([today, *(mark.day for mark in marks)])
    last = expected[0] if expected else last
    amounts = [float(mark.amount) for mark in marks]
    ticks = axis_ticks(max([*amounts, 0]), 2)
    top, bottom = float(ticks[-1]) or 1.0, -min([*amounts, 0])

    def x(day: date) -> float:
        share = (day - first).days / max(1, (last - first).days)
        return round(INSET + share * (WIDTH - LEFT - 2 * INSET), 1)

    def y(amount: Decimal | float) -> float:
        return round((top - float(amount)) / (top + bottom) * HEIGHT, 1)

    return {
        "box": f"0 -20 {WIDTH - LEFT} {HEIGHT + FOOT + 20}",
        "axis_box": f"{-LEFT} -20 {LEFT} {HEIGHT + FOOT + 20}",
        "right": WIDTH - LEFT,
        "ground": y(0),
        "height": HEIGHT,
        "grid": [(y(tick), short_number(tick)) for tick in ticks],
        "marks": [(x(mark.day), y(mark.amount), mark) for mark in marks],
        "best": best_label(max(marks, key=lambda mark: mark.amount), x, y),
        "today": x(today),
        "expected": (x(expected[0]), y(expected[1])) if expected else None,
        "labels": [(x(day), label) for day, label in day_labels(first, last)],
        "foot": HEIGHT + FOOT - 6,
    }


def best_label(mark: Mark, x, y) -> tuple[float, float, str, str]:  # noqa: ANN001
    """The amount of the largest order, on the side of its dot that has more room."""
    place, is_right = x(mark.day), x(mark.day) > WIDTH / 2
    side = "end" if is_right else "start"
    return place + (-9 if is_right else 9), y(mark.amount), side, display(mark.amount, "money")


def day_labels(first: date, last: date) -> list[tuple[date, str]]:
    """A few days evenly apart."""
    span = (last - first).days
    if span == 0:
        return [(first, f"{first:%-d %b %Y}")]
    days = [first + timedelta(round(span * turn / LABELS)) for turn in range(LABELS)]
    form = "%-d %b" if span < FEW_MONTHS else "%b %Y"
    labels = {f"{day:{form}}": day for day in reversed(days)}
    return [(day, label) for label, day in reversed(labels.items())]
