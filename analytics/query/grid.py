"""The rows of a report of two keys as a table with two axes: cohorts by age, weekdays by hour.

Each cell is a row of the answer; nothing is computed here.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from analytics.query.answer import Answer
from analytics.query.level_rows import LevelRows, Row
from analytics.query.pivot import Head, question_of
from analytics.semantics.charts import Heatmap
from analytics.semantics.columns import Column
from analytics.semantics.kinds import display
from analytics.semantics.level import Level
from analytics.semantics.question import BEFORE
from analytics.semantics.question_report import QuestionReport
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
    label: str = ""  # in place of the value, of averages and totals


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

    # Averages and totals are computed from the ledger's rows, never from cells.

    @property
    def has_totals(self) -> bool:
        return isinstance(self.answer.report, QuestionReport)

    @cached_property
    def last_row(self) -> GridRow | None:
        """Of all that goes down: averages of cohorts, totals of a question."""
        if self.has_totals:
            return self.row_below("Total", self.totals_by(self.across))
        if self.answer.averages is None:
            return None
        before = self.answer.before and self.answer.before.averages
        earlier = {row[self.across.name]: row for row in before.table.to_pylist()} if before else {}
        now = {row[self.across.name]: row for row in self.answer.averages.table.to_pylist()}
        averages = {value: row | earlier_of(row, earlier.get(value)) for value, row in now.items()}
        return self.row_below("Average", averages)

    def row_below(self, label: str, found: dict[Any, Row]) -> GridRow:
        cells = [found.get(head.values[self.across.name], {}) for head in self.heads]
        return GridRow(None, cells[0] if cells else {}, cells, label=label)

    @cached_property
    def row_totals(self) -> dict[Any, Row]:
        """By the values that go down; that of all of them is None's."""
        if not self.has_totals:
            return {}
        totals, before = self.answer.totals or {}, self.answer.before
        whole = totals | earlier_of(totals, before.totals if before else None)
        return self.totals_by(self.down) | {None: whole}

    def totals_by(self, key: Column) -> dict[Any, Row]:
        question = replace(question_of(self.answer), rows=(key.name,))
        level = LevelRows.read_alone(self.answer, Level(question, 1))
        rows = ((key[0], row, level.earlier(key)) for key, row in level.rows.items())
        return {value: row | earlier_of(row, then) for value, row, then in rows}

    @cached_property
    def cells(self) -> list[Row]:
        return self.table.to_pylist()

    @property
    def amounts_with_earlier(self) -> list[Column]:
        """Each beside that of the earlier period, if there is one."""
        names = (name for each in self.amounts for name in (each.name, each.name + BEFORE))
        return [self.columns[name] for name in names if name in self.columns]


def earlier_of(row: Row, then: Row | None) -> Row:
    """The figures of the earlier period, by the names that they have beside those of the row."""
    return {name + BEFORE: then[name] if then else None for name in row}
