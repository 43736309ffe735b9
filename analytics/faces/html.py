"""The cells of a table in HTML, for the pages and for print."""

from analytics.semantics.kinds import KINDS, display


def whole_table(answer) -> dict:
    """All rows, as they come."""
    columns, table = answer.with_earlier
    shown = visible_columns(columns)
    return {
        "head": [{"column": c, "number": KINDS[c.kind].is_right_aligned} for c in shown],
        "rows": [{"cells": table_cells(row, shown)} for row in table.to_pylist()],
        "totals": total_cells(answer, shown),
    }


def visible_columns(columns) -> list:
    """Without those that only say who it is to a program."""
    return [column for column in columns if not column.name.endswith("_id")]


def table_cells(row: dict, columns) -> list[dict]:
    return [
        {"text": display(row[column.name], column.kind), "shape": cell_class(column)}
        for column in columns
    ]


def total_cells(answer, columns) -> list[dict]:
    if not answer.totals:
        return []
    return [
        {
            "text": display(answer.totals[column.name], column.kind)
            if column.name in answer.totals
            else "",
            "shape": cell_class(column),
        }
        for column in columns
    ]


def cell_class(column) -> str:
    kind = KINDS[column.kind]
    if kind.is_right_aligned:
        return "number"
    return "date" if kind.is_calendar else ""
