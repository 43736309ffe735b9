"""A report of two keys for files and the terminal: a line for each row of its grid."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow as pa

from analytics.faces.pivots import columns_of, typed, wide, wide_column
from analytics.query.answer import Answer
from analytics.query.grid import Grid, is_grid
from analytics.query.pivot import Pivot, has_columns
from analytics.semantics.columns import Column

Wide = tuple[Sequence[Column], pa.Table]


def shown_table(answer: Answer) -> Wide:
    """The columns and rows as people read them: with two axes where the answer has two."""
    if has_columns(answer):
        return wide(answer)
    if is_grid(answer.report):
        grid = Grid(answer)
        return wide_grid(grid, grid.amounts_with_earlier)
    return answer.with_earlier


def defined_columns(answer: Answer) -> Sequence[Column]:
    """The columns of that table, each once however many values go across."""
    if not has_columns(answer):
        return answer.with_earlier[0]
    pivot = Pivot(answer)
    return [*columns_of(pivot, pivot.question.dimensions), *pivot.measure_columns]


def grid_tables(answer: Answer) -> Iterator[tuple[str, Wide]]:
    """A table for each amount, with its name: several beside each other are too wide to read."""
    grid = Grid(answer)
    for amount in grid.amounts_with_earlier:
        yield amount.label, wide_grid(grid, [amount])


def wide_grid(grid: Grid, amounts: Sequence[Column]) -> Wide:
    columns = [replace(grid.down, label=grid.corner), *grid.facts]
    table = {c.name: typed([row.facts[c.name] for row in grid.rows], c.kind) for c in columns}
    for place, head in enumerate(grid.heads):
        for amount in amounts:
            column = wide_column(amount, head.label, len(amounts) > 1)
            values = [row.cells[place].get(amount.name) for row in grid.rows]
            table[column.name] = typed(values, column.kind)
            columns.append(column)
    return columns, pa.table(table)
