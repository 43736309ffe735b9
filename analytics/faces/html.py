"""The cells of a table in HTML, for the pages and for print."""

from analytics.semantics.comparison import CALENDAR
from analytics.semantics.kinds import shown

NUMBERS = ("count", "number", "money", "share", "id")


def whole_table(answer) -> dict:
    """All rows, as they come."""
    columns, table = answer.with_earlier
    said = visible_columns(columns)
    return {
        "head": [{"column": column, "number": column.kind in NUMBERS} for column in said],
        "rows": [{"cells": table_cells(row, said)} for row in table.to_pylist()],
        "totals": total_cells(answer, said),
    }


def visible_columns(columns) -> list:
    """Without those that only say who it is to a program."""
    return [column for column in columns if not column.name.endswith("_id")]


def table_cells(row: dict, columns) -> list[dict]:
    return [
        {"text": shown(row[column.name], column.kind), "shape": cell_class(column)}
        for column in columns
    ]


def total_cells(answer, columns) -> list[dict]:
    if not answer.totals:
        return []
    return [
        {
            "text": shown(answer.totals[column.name], column.kind)
            if column.name in answer.totals
            else "",
            "shape": cell_class(column),
        }
        for column in columns
    ]


def cell_class(column) -> str:
    if column.kind in NUMBERS:
        return "number"
    return "date" if column.kind in CALENDAR else ""
