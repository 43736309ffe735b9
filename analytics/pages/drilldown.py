"""From a number to the orders behind it: the address of the list that it is the sum of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa

from analytics.query.answer import Answer
from analytics.semantics.condition_field import LONGEST, MOST_CONDITIONS
from analytics.semantics.dimensions import DAILY, DIMENSIONS
from analytics.semantics.kinds import KINDS
from analytics.semantics.periods import last_day_of

SALES, RETURNS = "kind:is:sale", "kind:is:return"
KNOWN_BUYERS, GUESTS = "buyer:is:registered", "buyer:is:guest"
FIRST_ORDERS, LATER_ORDERS = "new_or_returning:is:new", "new_or_returning:is:returning"
# What makes the orders of the list those that a measure counts. Others count all of them.
MEASURE_CONDITIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("gross", "discounts", "discount_rate", "units"), (SALES,)),
    **dict.fromkeys(("orders", "aov", "items_per_order"), (SALES,)),
    **dict.fromkeys(("returns", "returned_units", "refunds"), (RETURNS,)),
    **dict.fromkeys(("customers", "orders_per_customer"), (SALES, KNOWN_BUYERS)),
    **dict.fromkeys(("returning_rate", "repeat_rate"), (SALES, KNOWN_BUYERS)),
    "revenue_per_customer": (KNOWN_BUYERS,),
    "guests": (SALES, GUESTS),
    "new_customers": (SALES, FIRST_ORDERS),
    "returning_customers": (SALES, LATER_ORDERS),
    "new_customer_revenue": (FIRST_ORDERS,),
}
# Where rows are lines, an order that has lost all of its lines counts nowhere.
WITH_LINES = "product:is_not:"
COUNTS = {
    "orders", "refunds", "guests", "customers", "new_customers", "returning_customers",
    "aov", "items_per_order", "orders_per_customer", "revenue_per_customer",
}  # fmt: skip
FIELDS = ("country", "status")  # with a filter of their own above the list
KEPT_FILTERS = ("country", "category", "product", "returns_on", "snapshot")


@dataclass(frozen=True)
class OrderLinks:
    """The addresses of the orders behind an answer; all empty for who may not list orders."""

    answer: Answer
    may_list_orders: bool

    def address(
        self,
        values: Mapping[str, Any],
        measure: str = "",
        more: Iterable[str] = (),
        until: date | None = None,
    ) -> str:
        """Of the orders with these values of dimensions, and with these conditions besides, up to
        this day; empty where no filter selects them."""
        spans = self.spans(values, more)
        days = self.days(spans, until) if self.may_list_orders else None
        fields = {name: values[name] for name in FIELDS if values.get(name) is not None}
        said = spans.keys() | fields.keys()
        conditions = [
            *self.conditions,
            *MEASURE_CONDITIONS.get(measure, ()),
            *more,
            *(condition_text(name, value) for name, value in values.items() if name not in said),
        ]
        conditions = [*dict.fromkeys(conditions)]
        if days is None or any(map(is_blank, values.values())) or not are_accepted(conditions):
            return ""
        filters = {"start": days[0], "end": days[1], **self.filters, **fields, "where": conditions}
        return f"/orders/?{urlencode(filters, doseq=True)}"

    @cached_property
    def filters(self) -> dict[str, Any]:
        """Those of the answer that hold for each of its numbers."""
        given = self.answer.filters
        found = {name: given[name] for name in KEPT_FILTERS if given.get(name)}
        if found.get("returns_on") == "return":
            del found["returns_on"]  # the default
        return found

    @cached_property
    def conditions(self) -> list[str]:
        return list(self.answer.filters.get("where", ()))

    # The days of a number

    def spans(self, values: Mapping[str, Any], more: Iterable[str]) -> dict[str, date]:
        """The values that a first and a last day say."""
        # An RFM group is one by what somebody bought in the period: on other days, by what they
        # bought on those.
        conditions = (*self.conditions, *more)
        if "rfm_group" in values or any(text.startswith("rfm_group:") for text in conditions):
            return {}
        return {
            name: value
            for name, value in values.items()
            if DIMENSIONS[name].calendar == DAILY and value is not None
        }

    def days(self, spans: Mapping[str, date], until: date | None) -> tuple[date, date] | None:
        """The first and the last one; None where no two days say it."""
        period = self.answer.period
        if period.start is None or period.end is None:
            return None
        lasts = [last_day_of(DIMENSIONS[name].kind, first) for name, first in spans.items()]
        # The first and the last month of a period may be cut off by it.
        start = max([period.start, *spans.values()])
        end = min([period.end, *([until] if until else []), *lasts])
        has_part_of_day = period.is_cut and end == period.end
        return None if has_part_of_day or start > end else (start, end)


def of_lines(measure: str) -> list[str]:
    """What makes the documents of the list those that a measure counts over lines."""
    return [WITH_LINES] if measure in COUNTS else []


def condition_text(name: str, value: Any, operator: str = "is") -> str:
    """The condition as an address has it. Without a value it asks for those that have none."""
    return f"{name}:{operator}:{value_text(name, value)}"


def value_text(name: str, value: Any) -> str:
    # A text is its own: the name of a month, or a band.
    is_text = value is None or isinstance(value, str)
    return (value or "") if is_text else exact_text(value, DIMENSIONS[name].kind)


@lru_cache(10_000)
def exact_text(value: Any, kind: str) -> str:
    """As JSON writes it."""
    values = pa.chunked_array([pa.array([value], KINDS[kind].arrow)])
    return str(KINDS[kind].exact(values)[0].as_py())


def are_accepted(conditions: list[str]) -> bool:
    """Whether the list of orders takes so many of them, and of such length."""
    return len(conditions) <= MOST_CONDITIONS and all(len(text) <= LONGEST for text in conditions)


def is_blank(value: Any) -> bool:
    """Whether a condition would take it for no value."""
    return isinstance(value, str) and not value.strip()
