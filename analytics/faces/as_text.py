"""For a terminal: a table as wide as it needs."""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
from django.utils import timezone

from analytics.faces.grids import grid_tables, shown_table
from analytics.faces.tables import total_texts
from analytics.query.answer import Answer
from analytics.query.grid import is_grid
from analytics.semantics.columns import Column
from analytics.semantics.kinds import KINDS, display

# A terminal obeys them: one in a customer's name could rewrite what the screen shows.
CODES = (*range(32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
CONTROLS = dict.fromkeys(CODES, "�")


def render_text(answer: Answer) -> bytes:
    if is_grid(answer.report):
        lines = [*grid_lines(answer)]
    else:
        lines = table_lines(*shown_table(answer), answer.totals or {})
    return "\n".join([*heading_lines(answer), "", *lines, ""]).encode()


def table_lines(columns: Sequence[Column], rows: pa.Table, totals: dict[str, Any]) -> list[str]:
    table = [[column.label for column in columns]]
    # The widths need all rows at once, so a text is not sent in pieces.
    table += [[cell_text(row[c.name], c.kind) for c in columns] for row in rows.to_pylist()]
    if totals:
        table.append([display(totals[c.name], c.kind) if c.name in totals else "" for c in columns])
    widths = [max(map(len, cells)) for cells in zip(*table, strict=True)]
    lines = [aligned_line(row, widths, columns) for row in table]
    rule = "─" * (sum(widths) + 2 * len(widths) - 2)
    lines.insert(1, rule)
    if totals:
        lines.insert(-1, rule)
    return lines


def grid_lines(answer: Answer) -> Iterator[str]:
    tables = [*grid_tables(answer)]
    for place, (label, (columns, rows)) in enumerate(tables):
        yield from ["", label] if place else [label] if len(tables) > 1 else []
        yield from table_lines(columns, rows, {})
    if answer.totals:
        yield f"All: {' · '.join(total_texts(answer))}"


def cell_text(value: Any, kind: str) -> str:
    return display(value, kind).translate(CONTROLS)


def heading_lines(answer: Answer) -> Iterator[str]:
    period = f"{answer.period.start} to {answer.period.end}" if answer.period.start else "no sales"
    so_far = "" if answer.is_over else ", so far"
    yield answer.report.title
    yield answer.report.description
    yield f"{period}{so_far} · {answer.currency} · snapshot {answer.snapshot.number}"
    if answer.compared:
        yield answer.compared
    if answer.snapshot.behind_s:
        yield f"As of {as_of(answer)}: the books have changed since."
    if answer.note:
        yield answer.note


def as_of(answer: Answer) -> str:
    return f"{timezone.localtime(answer.snapshot.created_at):%Y-%m-%d %H:%M:%S}"


def aligned_line(cells: list[str], widths: list[int], columns: Sequence[Column]) -> str:
    aligned = (
        cell.rjust(width) if KINDS[column.kind].is_right_aligned else cell.ljust(width)
        for cell, width, column in zip(cells, widths, columns, strict=True)
    )
    return "  ".join(aligned).rstrip()
