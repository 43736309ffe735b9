"""Values as a chart writes them: in full in tooltips, short on axes and in cells."""

from decimal import Decimal
from functools import cache
from typing import Any

from babel.numbers import get_currency_symbol

from analytics.semantics.kinds import KINDS, NO_VALUE, display

SIZES = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))


@cache
def currency_symbol(currency: str) -> str:
    symbol = get_currency_symbol(currency, "en")
    # £5, but CHF 5: letters need a space, at which the line must not break.
    return f"{symbol}\u00a0" if symbol[-1].isalpha() else symbol


def full_text(value: Any, kind: str, currency: str) -> str:
    """£1,234.50, 12.3 %, Tuesday, 5 Mar 2026."""
    if value is None:
        return NO_VALUE
    if kind == "money":
        return with_sign(value, display(abs(value), "money"), currency)
    return axis_label(value, kind) if kind == "date" else printable(display(value, kind))


def axis_label(value: Any, kind: str) -> str:
    """As an axis names it: Tue, 9, Nov 2011, 5 Mar 2026."""
    if value is None:
        return NO_VALUE
    return printable((KINDS[kind].axis_label or KINDS[kind].display)(value))


def compact_text(value: Any, kind: str, currency: str) -> str:
    """£1.23M, 36%, 18k."""
    if value is None:
        return NO_VALUE
    if kind == "share":
        # From 9.95 % on, one place would write 10.0 %, a digit more than all around it.
        places = 0 if abs(value) >= Decimal("0.0995") else 1
        return with_sign(value, f"{abs(value):.{places}%}", "")
    return with_sign(value, compact(abs(value)), currency if kind == "money" else "")


def with_sign(value: Decimal | int, amount: str, currency: str) -> str:
    sign = "−" if value < 0 else ""
    return f"{sign}{currency_symbol(currency) if currency else ''}{amount}"


def compact(amount: Decimal | int) -> str:
    """Three digits, or whole thousands; 999,600 are 1M already, not 1,000k."""
    if amount < Decimal("9999.5"):
        return f"{float(amount):,.0f}" if amount >= 100 else f"{float(amount):.3g}"
    size, unit = next((s, unit) for s, unit in SIZES if amount >= s * Decimal("0.9995"))
    return f"{float(amount) / size:.3g}{unit}"


def printable(text: str) -> str:
    """Names may hold what no picture can: a control character would break the file."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def number_axis_format(kind: str, largest: float) -> dict[str, Any]:
    """How an axis writes its numbers, by the largest of them."""
    if kind == "share":
        return {"format": "~%"}
    sign = "$" if kind == "money" else ""
    if largest >= 1e4:  # each tick with its own unit; where d3 says G, shops say B
        return {"labelExpr": f"replace(format(datum.value, '{sign}~s'), 'G', 'B')"}
    if kind == "money" and largest < 10:
        return {"format": "$,.2f"}
    # No marks between whole orders or units.
    return {"format": f"{sign},~f"} | ({"tickMinStep": 1} if kind == "count" else {})
