"""From the cells of a pivot to the orders behind them."""

from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Any

from analytics.pages.drilldown import OrderLinks, condition_text, of_lines, value_text
from analytics.query.level_rows import Row
from analytics.query.pivot import Figures, Head, Pivot, PivotRow
from analytics.semantics.conditions import join_values
from analytics.semantics.dimensions import DAILY, DIMENSIONS, key_of
from analytics.semantics.periods import last_day_of
from analytics.semantics.question import BEFORE, RUNNING, split_calculation

Values = dict[str, Any]


class PivotLinks:
    """The address behind each figure of a pivot; all empty for who may not list orders."""

    def __init__(self, pivot: Pivot, may_list_orders: bool):
        self.pivot = pivot
        self.question = pivot.question
        self.now = OrderLinks(pivot.answer, may_list_orders)
        earlier = pivot.answer.before
        self.then = OrderLinks(earlier, may_list_orders) if earlier else None

    def cell_link(self, row: PivotRow, head: Head | None = None, measure: str = "") -> str:
        """Of the figure of a row under a head, or over all heads; empty where there is nothing, and
        where no filter selects it. Of several measures, all orders unless one is named."""
        figures = self.figures(row, head)
        if not any(figures.values()) or (measure and figures[measure] is None):
            return ""
        base, ending = split_calculation(measure)
        values, more = self.values(row, head), self.others(row)
        if base == "days_in_period" or more is None:
            return ""
        if not self.reads_orders(row, values):
            more += of_lines(base)
        if ending == BEFORE:
            is_moved = row.is_other and DIMENSIONS[self.question.rows[0]].group == "Time"
            return "" if is_moved else self.earlier_link(values, base, more)
        if ending == RUNNING:
            return self.running_link(values, base, more)
        return self.now.address(values, base, more)

    def figures(self, row: PivotRow, head: Head | None) -> Figures:
        return row.total if head is None else row.cells[self.positions[head.key]]

    @cached_property
    def positions(self) -> dict[tuple, int]:
        return {head.key: position for position, head in enumerate(self.pivot.heads)}

    # Which orders

    def values(self, row: PivotRow, head: Head | None) -> Values:
        """By dimension. The outer one of "Other" has none."""
        names = self.question.rows[: row.depth]
        own = names[1:] if row.is_other else names
        found = dimension_values(own, row.values)
        return found | (dimension_values(self.question.columns, head.values) if head else {})

    def others(self, row: PivotRow) -> list[str] | None:
        """Conditions that leave out what has rows of its own; None where there are no such."""
        if not row.is_other:
            return []
        name = self.question.rows[0]
        # A product of one more tag is not among the others; and of rows that were left out by what
        # they come to, nothing is known here.
        if name == "tag" or self.question.having:
            return None
        top = [each.values for each in self.pivot.total.children if not each.is_other]
        return [condition_text(name, dimension_value(name, each), "is_not") for each in top]

    def reads_orders(self, row: PivotRow, values: Values) -> bool:
        """Whether the list has the documents that the pivot counts without more ado: where rows
        are lines, one needs lines of these products."""
        names = [*values, *self.question.rows[: row.is_other]]
        return not self.question.of_goods or any(DIMENSIONS[name].of_goods for name in names)

    def earlier_link(self, values: Values, measure: str, more: Iterable[str]) -> str:
        comparison = self.pivot.answer.comparison
        if self.then is None or comparison is None:
            return ""
        moved = {
            name: comparison.earlier_place(DIMENSIONS[name].kind, value)
            if key_of(DIMENSIONS[name]) == name else value
            for name, value in values.items()
        }  # fmt: skip
        # 31 October is no day of September.
        is_gone = any(moved[name] is None and values[name] is not None for name in values)
        return "" if is_gone else self.then.address(moved, measure, more)

    def running_link(self, values: Values, measure: str, more: Iterable[str]) -> str:
        """Of all days up to those of the cell, where it is days that the total runs along."""
        along = self.question.columns or self.question.rows[-1:]
        if not along or (not self.question.columns and along[0] not in values):
            return self.now.address(values, measure, more)
        if len(along) > 1 or not (until := self.last_day(along[0], values)):
            return ""
        rest = {name: value for name, value in values.items() if name != along[0]}
        return self.now.address(rest, measure, more, until)

    @staticmethod
    def last_day(name: str, values: Values) -> date | None:
        dimension = DIMENSIONS[name]
        return last_day_of(dimension.kind, values[name]) if dimension.calendar == DAILY else None


def dimension_values(names: Iterable[str], row: Row) -> Values:
    return {name: dimension_value(name, row) for name in names}


def dimension_value(name: str, row: Row) -> Any:
    """The value that selects it: the id of what may share its name with others."""
    dimension = DIMENSIONS[name]
    return row[dimension.id] if dimension.id and name != "country" else row[name]


def column_text(names: Iterable[str], row: Row) -> str:
    """The column with these values, as `sort` has it."""
    return join_values([value_text(name, dimension_value(name, row)) for name in names])
