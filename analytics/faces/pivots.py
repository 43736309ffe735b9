"""The pivot of a question for programs and files: nested in JSON, wide rows everywhere else."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from analytics.faces.tables import exact_rows
from analytics.query.answer import Answer
from analytics.query.level_rows import Row
from analytics.query.pivot import Figures, Pivot, PivotRow
from analytics.semantics.columns import Column
from analytics.semantics.kinds import KINDS, NO_VALUE
from analytics.semantics.question import dimension_columns

TOTAL = "total"


def nested(answer: Answer) -> dict[str, Any]:
    """Every level of the tree, parents first; cells in the order of `column_values`."""
    pivot = Pivot(answer)
    rows = [pivot.total, *(pivot.rows if pivot.question.has_totals else pivot.leaves)]
    figures = exact([*all_figures(rows)], pivot.measure_columns)
    names = exact([row.values for row in rows], columns_of(pivot, pivot.question.rows))
    width = len(pivot.heads) + 1
    of_rows = (figures[start : start + width] for start in range(0, len(figures), width))
    total, *others = [
        {"depth": row.depth, "is_other": row.is_other, **own, TOTAL: all_of_row, "cells": cells}
        for row, own, (all_of_row, *cells) in zip(rows, names, of_rows, strict=True)
    ]
    heads = [head.values for head in pivot.heads]
    return {
        "measures": [column.facts for column in pivot.measure_columns],
        "column_values": exact(heads, columns_of(pivot, pivot.question.columns)),
        "rows": others,
        "totals": total[TOTAL] if pivot.question.has_totals else None,
        "column_totals": total["cells"] if pivot.question.has_totals else None,
    }


def all_figures(rows: Iterable[PivotRow]) -> Iterator[Figures]:
    for row in rows:
        yield row.total
        yield from row.cells


def wide(answer: Answer) -> tuple[list[Column], pa.Table]:
    """The rows without subtotals, with a column for each measure of each head, and of all heads."""
    pivot = Pivot(answer)
    leaves, named = pivot.leaves, columns_of(pivot, pivot.question.rows)
    table = {c.name: typed([row.values[c.name] for row in leaves], c.kind) for c in named}
    columns = [*named]
    for place, head in enumerate([*head_texts(pivot), ""]):
        for measure in pivot.measure_columns:
            column = wide_column(measure, head, len(pivot.measures) > 1) if head else measure
            cells = (row.cells[place] if head else row.total for row in leaves)
            figures = [cell[measure.name] for cell in cells]
            table[column.name] = typed(figures, column.kind)
            columns.append(column)
    return columns, pa.table(table)


def wide_column(measure: Column, head: str, is_one_of_several: bool) -> Column:
    """ "2011-11", or "2011-11 revenue" if there are several measures."""
    name = f"{head} {measure.name}" if is_one_of_several else head
    label = f"{head} {measure.label}" if is_one_of_several else head
    return replace(measure, name=name, label=label)


def columns_of(pivot: Pivot, names: Iterable[str]) -> list[Column]:
    """The columns of these dimensions, with their ids."""
    dimensions = map(pivot.question.dimension, names)
    columns = [column for each in dimensions for column in dimension_columns(each)]
    return [*{column.name: column for column in columns}.values()]


def exact(rows: Sequence[Row], columns: Sequence[Column]) -> list[dict[str, Any]]:
    """The values as JSON writes them."""
    table = {c.name: typed([row.get(c.name) for row in rows], c.kind) for c in columns}
    return exact_rows(pa.table(table), columns) if columns else [{} for _row in rows]


def typed(values: list[Any], kind: str) -> pa.ChunkedArray:
    array = pa.array(values, KINDS[kind].arrow)
    # Of no value at all Arrow makes an array of the type null, which no text function takes.
    return pa.chunked_array([array.cast(pa.string()) if pa.types.is_null(array.type) else array])


def head_texts(pivot: Pivot) -> list[str]:
    """As JSON writes the values; of two with the same name each with its id."""
    columns = columns_of(pivot, pivot.question.columns)
    values = exact([head.values for head in pivot.heads], columns)
    shown = [c.name for c in columns if c.name in pivot.question.columns]
    texts = [" ".join(head_text(row[name]) for name in shown) for row in values]
    often = Counter(texts)
    return [
        text if often[text] == 1 else f"{text} ({' '.join(str(row[c.name]) for c in columns)})"
        for text, row in zip(texts, values, strict=True)
    ]


def head_text(value: Any) -> str:
    return NO_VALUE if value is None else str(value)
