"""Values as a picture says them: in full where one points, short on axes and in cells."""

from datetime import date
from decimal import Decimal
from functools import cache

from babel.numbers import get_currency_symbol

from analytics.semantics.kinds import display

SIZES = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@cache
def symbol_of(currency: str) -> str:
    symbol = get_currency_symbol(currency, "en")
    return f"{symbol}\u00a0" if symbol[-1].isalpha() else symbol


def told(value, kind: str, currency: str) -> str:
    """£1,234.50, 12.3 %, Tuesday, 5 Mar 2026."""
    if value is None:
        return "–"
    if kind == "money":
        return priced(value, display(abs(value), "money"), currency)
    return printable(display(value, kind)) if kind in ("weekday", "hour") else label(value, kind)


def label(value, kind: str) -> str:
    """As an axis names it: Tue, 9, Nov 2011, 5 Mar 2026."""
    if value is None:
        return "–"
    if kind == "weekday":
        return DAYS[value - 1]
    if kind == "hour":
        return str(value)
    if kind == "date" and isinstance(value, date):
        return f"{value.day} {value:%b %Y}"
    return printable(display(value, kind))


def short(value, kind: str, currency: str) -> str:
    """£1.23M, 36%, 18k."""
    if value is None:
        return "–"
    if kind == "share":
        places = 0 if abs(value) >= Decimal("0.0995") else 1
        return priced(value, f"{abs(value):.{places}%}", "")
    if kind == "money":
        return priced(value, compact(abs(value)), currency)
    return priced(value, compact(abs(value)), "")


def priced(value, amount: str, currency: str) -> str:
    sign = "−" if value < 0 else ""
    return f"{sign}{symbol_of(currency) if currency else ''}{amount}"


def compact(amount) -> str:
    """Three digits, or whole thousands; 999,600 are 1M already, not 1,000k."""
    if amount < Decimal("9999.5"):
        return f"{float(amount):,.0f}" if amount >= 100 else f"{float(amount):.3g}"
    for size, unit in SIZES:
        if amount >= size * Decimal("0.9995"):
            return f"{float(amount) / size:.3g}{unit}"


def printable(text: str) -> str:
    """Names may hold what no picture can: a control character would break the file."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def axis_format(kind: str, largest: float) -> dict:
    """How an axis writes its numbers, by the largest of them."""
    if kind == "share":
        return {"format": "~%"}
    sign = "$" if kind == "money" else ""
    if largest >= 1e4:  # each tick with its own unit; where d3 says G, shops say B
        return {"labelExpr": f"replace(format(datum.value, '{sign}~s'), 'G', 'B')"}
    if kind == "money" and largest < 10:
        return {"format": "$,.2f"}
    return {"format": f"{sign},~f"} | ({"tickMinStep": 1} if kind == "count" else {})
