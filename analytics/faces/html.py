"""The cells of a table in HTML, for the pages and for print."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from analytics.query.answer import Answer
from analytics.semantics.columns import Column
from analytics.semantics.kinds import KINDS, display

Cell = dict[str, str]


def whole_table(answer: Answer, columns: Sequence[Column], table: pa.Table) -> dict[str, Any]:
    """All rows, in the order of the report."""
    visible = visible_columns(columns)
    return {
        "head": [{"column": c, "number": KINDS[c.kind].is_right_aligned} for c in visible],
        "rows": [{"cells": table_cells(row, visible)} for row in table.to_pylist()],
        "totals": total_cells(answer, visible),
    }


def visible_columns(columns: Sequence[Column]) -> list[Column]:
    """Without ids, which only programs read."""
    # By name and not by kind: a day of the month is of the kind id, and is shown.
    return [column for column in columns if not column.name.endswith("_id")]


def table_cells(row: dict[str, Any], columns: Sequence[Column]) -> list[Cell]:
    return [
        {"text": display(row[column.name], column.kind), "shape": cell_class(column)}
        for column in columns
    ]


def total_cells(answer: Answer, columns: Sequence[Column]) -> list[Cell]:
    totals = answer.totals
    if not totals:
        return []
    return [
        {
            "text": display(totals[column.name], column.kind) if column.name in totals else "",
            "shape": cell_class(column),
        }
        for column in columns
    ]


def cell_class(column: Column) -> str:
    """The CSS class of a cell."""
    kind = KINDS[column.kind]
    if kind.is_right_aligned:
        return "number"
    return "date" if kind.is_calendar else ""
