"""From a number to the orders behind it: the address of the list that a row stands for."""

from collections.abc import Iterable
from functools import cache
from itertools import takewhile
from urllib.parse import urlencode

from analytics.query.answer import Answer
from analytics.semantics.columns import Column
from analytics.semantics.kinds import KINDS
from analytics.semantics.periods import last_of
from analytics.semantics.report import Report

# The list of orders has a filter for each of these columns.
FILTER_COLUMNS = ("hour", "weekday", "country", "category", "status", "customer_id", "product_id")
PERIOD_COLUMNS = ("date", "month")
# They repeat what another key column of the same row says.
REDUNDANT_COLUMNS = {"country_id", "country_code", "sku", "product", "customer", "code", "complete"}
ORDER_MEASURES = {"revenue", "orders", "documents"}


def orders_link(answer: Answer, row: dict) -> str:
    """The address of the orders that this row stands for; empty where no filter selects them."""
    if "order_id" in row:
        return f"/orders/{row['order_id']}/"
    keys = selecting_columns(answer.report)
    # No filter of the list selects "without a value", such as the orders of guests.
    if not keys or any(row[name] is None for name in keys):
        return ""
    filters = report_filters(answer) | period_filters(answer, row) | key_filters(row, keys)
    return f"/orders/?{urlencode(filters, doseq=True)}"


@cache
def selecting_columns(report: Report) -> tuple[str, ...]:
    """The columns whose values select the orders of a row; none where the list cannot."""
    if not sums_all_orders(report):
        return ()
    keys = [name for name in row_keys(report.columns) if name not in REDUNDANT_COLUMNS]
    if "product_id" in keys and "category" in keys:
        keys.remove("category")  # a product has only one
    return tuple(keys) if {*keys} <= {*FILTER_COLUMNS, *PERIOD_COLUMNS} else ()


def sums_all_orders(report: Report) -> bool:
    """Whether the measures of a row are sums of whole orders, of guests too."""
    names = {column.name for column in report.columns}
    # The list of orders has those of guests: its total would be more than the row says.
    without_guests = report.totals == "buyers" and "customer_id" not in names
    # A row of one tax rate has some lines of an order, the list all of them.
    is_part = without_guests or "tax_rate" in names
    return bool(names & ORDER_MEASURES) and not is_part


def row_keys(columns: Iterable[Column]) -> list[str]:
    """What a row is about. A date behind the first amount is no key: it is a fact about the row,
    such as the first order of a customer."""
    columns = [*columns]
    leading = {c.name for c in takewhile(lambda c: not KINDS[c.kind].is_amount, columns)}
    return [
        c.name for c in columns
        if KINDS[c.kind].is_key or (KINDS[c.kind].is_calendar and c.name in leading)
    ]  # fmt: skip


def report_filters(answer: Answer) -> dict:
    """The filters of the report that hold for each of its rows."""
    names = ("country", "category", "product", "returns_on")
    filters = {name: answer.filters[name] for name in names if answer.filters.get(name)}
    if filters.get("returns_on") == "return":
        del filters["returns_on"]  # the default
    return filters


def period_filters(answer: Answer, row: dict) -> dict:
    """The days of the row, within the period of the answer."""
    start, end = answer.period.start, answer.period.end
    if day := row.get("date"):
        start = end = day
    if start is None or end is None:
        return {}
    if month := row.get("month"):
        # The first and the last month of a period may be cut off by it.
        start, end = max(start, month), min(end, last_of(month))
    return {"start": start, "end": end}


def key_filters(row: dict, keys: Iterable[str]) -> dict:
    # `shelf` is a category without its subcategories, which have rows of their own.
    filters = {"customer_id": "customer", "product_id": "product", "category": "shelf"}
    return {filters.get(name, name): row[name] for name in keys if name in FILTER_COLUMNS}
