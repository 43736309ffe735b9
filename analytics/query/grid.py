"""The rows of a report of two keys as a table with two axes: cohorts by age, weekdays by hour.

Each cell is a row of the answer; nothing is computed here.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from analytics.query.answer import Answer
from analytics.query.pivot import Head, Row
from analytics.semantics.charts import Heatmap
from analytics.semantics.columns import Column
from analytics.semantics.kinds import display
from analytics.semantics.question import BEFORE
from analytics.semantics.report import Report

MOST_AMOUNTS = 2  # in a cell; of more, a list of rows is easier to read


def is_grid(report: Report) -> bool:
    """Whether its chart is a heatmap of its two keys, whose amounts fit into the cells."""
    chart = report.chart
    if not isinstance(chart, Heatmap):
        return False
    is_of_keys = {column.name for column in report.key_columns} == {chart.x, chart.y}
    return is_of_keys and len(amounts_of(report, chart)) <= MOST_AMOUNTS


def amounts_of(report: Report, chart: Heatmap) -> list[Column]:
    """What is in the cells: neither a key nor a fact about a whole row."""
    others = {chart.x, chart.y, *chart.facts}
    return [column for column in report.columns if column.name not in others]


@dataclass
class GridRow:
    value: Any  # of the key that goes down
    facts: Row  # a row of the report that has them
    cells: list[Row]  # one for each head; empty where the report has none
    depth: int = 1  # of a pivot's rows: all of a grid are of one level


class Grid:
    def __init__(self, answer: Answer):
        chart = answer.report.chart
        if not isinstance(chart, Heatmap):
            raise TypeError(f"{answer.report.path} has no heatmap.")
        self.answer = answer
        columns, self.table = answer.with_earlier
        named = {column.name: column for column in columns}
        self.across, self.down = named[chart.x], named[chart.y]
        self.facts = [named[name] for name in chart.facts]
        self.amounts = amounts_of(answer.report, chart)
        self.shade_by = chart.color
        self.columns = named

    @property
    def corner(self) -> str:
        """What is said over the names of the rows."""
        return f"{self.down.label} by {self.across.label.lower()}"

    @cached_property
    def heads(self) -> list[Head]:
        values = sorted({row[self.across.name] for row in self.cells})
        return [
            Head((value,), {self.across.name: value}, display(value, self.across.kind))
            for value in values
        ]

    @cached_property
    def rows(self) -> list[GridRow]:
        """In the order of the report."""
        places = {head.key: place for place, head in enumerate(self.heads)}
        found: dict[Any, GridRow] = {}
        for cell in self.cells:
            value = cell[self.down.name]
            row = found.setdefault(value, GridRow(value, cell, [{} for _ in places]))
            row.cells[places[cell[self.across.name],]] = cell
        return [*found.values()]

    @cached_property
    def cells(self) -> list[Row]:
        return self.table.to_pylist()

    @property
    def amounts_with_earlier(self) -> list[Column]:
        """Each beside that of the earlier period, if there is one."""
        names = (name for each in self.amounts for name in (each.name, each.name + BEFORE))
        return [self.columns[name] for name in names if name in self.columns]
