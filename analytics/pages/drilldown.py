"""From a number to the orders behind it: the address of the list that a row stands for."""

from functools import cache
from itertools import takewhile
from urllib.parse import urlencode

from analytics.semantics.kinds import KINDS
from analytics.semantics.periods import last_of

# What the list of orders understands, by the column that says it.
WORDS = ("hour", "weekday", "country", "category", "status", "customer_id", "product_id")
TIMES = ("date", "month")
SAID_TWICE = {"country_id", "country_code", "sku", "product", "customer", "code", "complete"}
SUMS = {"revenue", "orders", "documents"}


def orders_link(answer, row: dict) -> str:
    """The orders that this row stands for; nothing where they cannot be named."""
    if "order_id" in row:
        return f"/orders/{row['order_id']}/"
    keys = named_by(answer.report)
    if not keys or any(row[name] is None for name in keys):
        return ""
    return f"/orders/?{urlencode(kept(answer) | days(answer, row) | words(row, keys), doseq=True)}"


@cache
def named_by(report) -> tuple[str, ...]:
    """What its rows are of; nothing where a row does not stand for orders that can be named."""
    if not of_orders(report):
        return ()
    keys = [name for name in keys_of(report.columns) if name not in SAID_TWICE]
    if "product_id" in keys and "category" in keys:
        keys.remove("category")  # a product stands in no other
    return tuple(keys) if {*keys} <= {*WORDS, *TIMES} else ()


def of_orders(report) -> bool:
    """Whether a row tells of all orders of its kind: not of people, of stock, of single lines."""
    names = {column.name for column in report.columns}
    without_guests = report.totals == "buyers" and "customer_id" not in names
    some_only = without_guests or "tax_rate" in names
    return bool(names & SUMS) and not some_only


def keys_of(columns) -> list[str]:
    """A day behind the first amount is only one of the things told of a row."""
    leading = {c.name for c in takewhile(lambda c: not KINDS[c.kind].is_amount, columns)}
    return [
        c.name for c in columns
        if KINDS[c.kind].is_key or (KINDS[c.kind].is_calendar and c.name in leading)
    ]  # fmt: skip


def kept(answer) -> dict:
    """The filters of the report, which hold for each of its rows."""
    names = ("country", "category", "product", "returns_on")
    filters = {name: answer.filters[name] for name in names if answer.filters.get(name)}
    if filters.get("returns_on") == "return":
        del filters["returns_on"]
    return filters


def days(answer, row: dict) -> dict:
    start, end = answer.period.start, answer.period.end
    if day := row.get("date"):
        start = end = day
    if month := row.get("month"):
        start, end = max(start, month), min(end, last_of(month))
    return {"start": start, "end": end} if start else {}


def words(row: dict, keys: tuple[str, ...]) -> dict:
    # A row of a category has no lines of those inside it: they have rows of their own.
    named = {"customer_id": "customer", "product_id": "product", "category": "shelf"}
    return {named.get(name, name): row[name] for name in keys if name in WORDS}
