"""The columns of a report on its page: beside each compared figure how it has changed."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django import forms

from analytics.faces.html import Cell
from analytics.pages.overview_panels import change
from analytics.query.answer import Answer
from analytics.semantics.columns import Column
from analytics.semantics.kinds import KINDS, NO_VALUE, display
from analytics.semantics.question import BEFORE, CHANGE, GROWTH
from core.tables import PAGE_SIZE

SIZES = (25, 50, 100)  # rows of a page
CHANGES = (CHANGE, GROWTH, GROWTH.removeprefix("_"))  # figures that compare themselves


@dataclass(frozen=True, kw_only=True)
class ChangeColumn(Column):
    """How a column has changed; only pages have it, files have both figures."""

    of: Column


class TableForm(forms.Form):
    """Which columns of the report are shown, and how many rows on a page."""

    columns = forms.CharField(required=False)
    rows = forms.TypedChoiceField(
        choices=[(str(size), size) for size in SIZES],
        coerce=int,
        empty_value=PAGE_SIZE,
        required=False,
        error_messages={"invalid_choice": "Choose 25, 50 or 100."},
    )

    def __init__(self, given: Any, offered: list[Column]):
        self.offered = offered
        # Checkboxes repeat the name, people write commas.
        super().__init__({"rows": given.get("rows"), "columns": ",".join(given.getlist("columns"))})
        self.is_valid()

    def clean_columns(self) -> list[str]:
        names = [name.strip() for name in self.cleaned_data["columns"].split(",") if name.strip()]
        known = {column.name for column in self.offered}
        if unknown := [name for name in names if name not in known]:
            raise forms.ValidationError(f"There is no column {', '.join(unknown)} in this report.")
        return names

    @property
    def shown(self) -> list[Column]:
        """The first column says what a row is about: it stays."""
        if names := self.cleaned_data.get("columns"):
            first = self.offered[0].name
            return [column for column in self.offered if column.name in {first, *names}]
        return [column for column in self.offered if not column.name.endswith(BEFORE)]

    @property
    def size(self) -> int:
        return self.cleaned_data.get("rows", PAGE_SIZE)


def with_changes(answer: Answer) -> tuple[list[Column], pa.Table]:
    """Each compared figure is followed by its change and by the earlier one."""
    columns, table = answer.with_earlier
    earlier = {column.name: column for column in columns[len(answer.columns) :]}
    found = []
    for column in answer.columns:
        found.append(column)
        if before := earlier.get(column.name + BEFORE):
            if is_compared(answer, column) and column.name + CHANGE not in table.column_names:
                found.append(change_column(column))
                amounts = changes(table[column.name], table[before.name], column.kind)
                table = table.append_column(found[-1].name, amounts)
            found.append(before)
    return found, table


def is_compared(answer: Answer, column: Column) -> bool:
    """Growth that grew says little, and if the shop opened within the earlier period, all grew."""
    is_known = answer.comparison is not None and answer.comparison.is_known
    return is_known and not column.name.endswith(CHANGES)


def change_column(column: Column) -> ChangeColumn:
    text = f"How {column.label} changed from the earlier period: in points of a share, else in %."
    return ChangeColumn(column.name + CHANGE, "share", text, f"Δ {column.label}", of=column)


def changes(now: pa.ChunkedArray, before: pa.ChunkedArray, kind: str) -> pa.ChunkedArray:
    """By which the column is sorted; growth on a base of zero or less is no number."""
    now, before = now.cast(pa.float64()), before.cast(pa.float64())
    change = pc.subtract(now, before)
    if kind != "share":
        change = pc.if_else(pc.greater(before, 0), pc.divide(change, before), None)
    return change.cast(KINDS["share"].arrow)


def change_cell(column: Column, now: Any, before: Any) -> Cell:
    """An arrow and a sign, so that the colour does not stand alone."""
    if before is None:
        return {"text": NO_VALUE} if now is None else {"text": "new", "mood": "neither"}
    found, title = change(now, before, column), f"Earlier: {display(before, column.kind)}"
    if found["change"] in ("", NO_VALUE):
        return {"text": NO_VALUE, "title": title}
    arrow = "" if found["change"] == "new" or now == before else "▲ " if now > before else "▼ "
    return {"text": arrow + found["change"], "mood": found["mood"] or "neither", "title": title}
