"""Filters on dimensions as one writes them in an address: `where=weekday:one_of:Saturday,Sunday`.

A condition is checked by the form and becomes a cut of the shop, whose SQL has placeholders in
place of the values.
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import NoneType
from typing import Any

from ibis import Scalar, Table, _
from ibis.common.deferred import Deferred

from analytics.semantics.dimensions import ANY_DAY, DAILY, DIMENSIONS, Dimension
from analytics.semantics.order_facts import with_facts
from analytics.semantics.placeholders import value_placeholder
from analytics.semantics.shop import NAMES_OF_NONE, Shop
from ledger.engine import ledger_table

Value = str | int | Decimal | date | datetime | None  # None: no value, such as the tag of no tag

OPERATORS: dict[str, Callable[..., Any]] = {
    "is": lambda value, operand: value == operand,
    "is_not": lambda value, operand: value != operand,
    "one_of": lambda value, *operands: value.isin(operands),
    "contains": lambda value, operand: value.lower().contains(operand),
    "between": lambda value, low, high: value.between(low, high),
    "at_least": lambda value, operand: value >= operand,
    "at_most": lambda value, operand: value <= operand,
}
RANGES = ("between", "at_least", "at_most")


@dataclass(frozen=True)
class Condition:
    """What a condition says, with values of the dimension's kind, or ids."""

    field: str
    operator: str
    values: tuple[Value, ...]

    @property
    def shape(self) -> tuple:
        """All but the values, which are bound when the query runs."""
        return self.field, self.operator, tuple(type(value) for value in self.values)


def split_condition(text: str) -> tuple[str, str, list[str]]:
    """The field, the operator and the values of a condition; `ValueError` if it has not all."""
    field, _first, rest = text.partition(":")
    operator, _second, value = rest.partition(":")
    if not (_first and _second):
        raise ValueError(f"{text!r} is not a field, an operator and a value with colons between.")
    if operator not in OPERATORS:
        raise ValueError(
            f"{field}: {operator!r} is not an operator. Known: {', '.join(OPERATORS)}."
        )
    values = split_values(value) if operator in ("one_of", "between") else [value]
    if operator == "between" and len(values) != 2:
        raise ValueError(f"{field}: between needs two values with a comma between them.")
    return field, operator, values


def split_values(text: str) -> list[str]:
    """Values with commas between; one that has a comma itself stands in quotes, as in CSV."""
    return next(csv.reader([text], skipinitialspace=True), [])


def join_values(values: list[str]) -> str:
    """The text that `split_values` reads."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(values)
    return line.getvalue()


@dataclass(frozen=True)
class Cut:
    """A condition as a shop applies it to the rows that it hands out."""

    dimension: Dimension
    operator: str
    operands: tuple[Scalar | None, ...]

    @property
    def of_goods(self) -> bool:
        return self.dimension.of_goods

    @property
    def is_no_value(self) -> bool:
        # Not by ==, which makes SQL of placeholders. A band has two operands, one may be None.
        return len(self.operands) == 1 and self.operands[0] is None

    @property
    def of_days(self) -> bool:
        return self.dimension.calendar in (DAILY, ANY_DAY)

    @property
    def of_calendar(self) -> bool:
        return bool(self.dimension.calendar)

    def filter(self, shop: Shop, rows: Table) -> Table:
        """Those rows of orders, lines or products that the condition is true of."""
        if "tags" in self.dimension.facts:
            return self.tagged(rows)
        joined = with_facts(shop, rows, self.facts)
        # NULL is not true, but whoever has no value is not what `is_not` names either.
        wanted = ~self.is_true.fill_null(False) if self.operator == "is_not" else self.is_true
        return joined.filter(wanted).select(*rows.columns)

    @property
    def facts(self) -> tuple[str, ...]:
        named = self.operator == "contains" and self.dimension.names
        return (self.dimension.names,) if named else self.dimension.facts

    @property
    def is_true(self) -> Deferred:
        operator = "is" if self.operator == "is_not" else self.operator
        by_id = self.dimension.id and operator != "contains"
        value = _[self.dimension.id] if by_id else self.dimension.value
        if operator == "is" and self.is_no_value:
            # Products without a category have a name in its place.
            name = NAMES_OF_NONE.get(self.dimension.name)
            return value.isnull() if name is None else value == name
        if by_id:
            return value.isin(self.operands)  # several may have the same name
        if operator == "is" and self.dimension.limits:
            return in_band(value, *self.operands)
        return OPERATORS[operator](value, *self.operands)

    def tagged(self, products: Table) -> Table:
        """A product may have several tags: it is kept once, or not, by any of them."""
        tags = ledger_table("product_tags")
        is_none = self.is_no_value
        found = tags if is_none else tags.filter(self.is_true)
        # "Is no value" is the opposite of "has a tag".
        if (self.operator == "is_not") == is_none:
            return products.semi_join(found, "product_id")
        return products.anti_join(found, "product_id")


def in_band(value: Deferred, low: Scalar | None, high: Scalar | None) -> Deferred:
    """From the lower limit on, up to but without the upper one."""
    if low is None:
        return value < high
    return value >= low if high is None else (value >= low) & (value < high)


def cut(position: int, field: str, operator: str, types: tuple[type, ...]) -> Cut:
    """A condition of this shape, with placeholders for its values."""
    operands = (
        None if kind is NoneType else value_placeholder(f"W{position}V{index}", kind)
        for index, kind in enumerate(types)
    )
    return Cut(DIMENSIONS[field], operator, tuple(operands))


def condition_values(conditions: tuple[Condition, ...]) -> dict[str, Value]:
    """The values of the placeholders of `cut`."""
    return {
        f"W{position}V{index}": value
        for position, condition in enumerate(conditions)
        for index, value in enumerate(condition.values)
        if value is not None
    }
