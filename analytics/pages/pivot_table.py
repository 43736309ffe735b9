"""The table of the explore page: rows in a tree, columns beside each other, totals on top."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import islice
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from analytics.pages.drilldown import condition_text
from analytics.pages.explore_address import Address
from analytics.pages.pivot_cells import Cells
from analytics.pages.pivot_links import PivotLinks, column_text, dimension_value
from analytics.query.pivot import Head, Pivot, PivotRow, labels_of
from analytics.semantics.dimensions import DIMENSIONS
from analytics.semantics.periods import last_day_of

MOST_ROWS, MOST_CELLS, MOST_HEADS = 2_000, 10_000, 400
MOST_STACKED = 2  # measures in one cell, one below the other
TOTAL = -1  # the place of the totals among the columns


@dataclass(frozen=True)
class Leaf:
    """A column of the table: the measures in its cells, at the place of a head."""

    place: int
    names: tuple[str, ...]

    def figures(self, row: PivotRow) -> dict[str, Any]:
        return row.total if self.place == TOTAL else row.cells[self.place]


@dataclass(frozen=True)
class Heading:
    label: str
    span: int = 1
    link: str = ""  # sorts by it
    sorted: str = ""
    definition: str = ""
    at: str = ""  # the conditions that select what is below
    is_total: bool = False
    is_open: bool = False  # its days are not over

    @property
    def arrow(self) -> str:
        return {"descending": " ↓", "ascending": " ↑"}.get(self.sorted, "")


class PivotTable:
    def __init__(self, pivot: Pivot, address: Address, today: date, links: PivotLinks):
        self.pivot, self.address, self.today, self.links = pivot, address, today, links
        self.has_totals = pivot.question.has_totals

    # Rows

    @cached_property
    def all_rows(self) -> list[PivotRow]:
        return self.pivot.rows if self.has_totals else self.pivot.leaves

    @cached_property
    def shown(self) -> list[PivotRow]:
        width = len(self.leaves) or 1
        return self.all_rows[: min(MOST_ROWS, max(1, MOST_CELLS // width))]

    @property
    def is_empty(self) -> bool:
        pivot = self.pivot
        has_columns = pivot.heads or not pivot.question.columns
        has_rows = pivot.leaves if pivot.question.rows else has_columns
        return not has_rows or pivot.is_of_nothing

    @cached_property
    def cells(self) -> Cells:
        pivot = self.pivot
        columns, total = pivot.measure_columns, pivot.total.total
        return Cells(pivot.answer, columns, self.measures, self.shown, total)

    @property
    def is_cut(self) -> bool:
        return len(self.shown) < len(self.all_rows) or len(self.heads) < len(self.pivot.heads)

    def rows(self) -> Iterator[SafeString]:
        if self.has_totals or not self.pivot.question.rows:
            yield self.row(self.pivot.total, "All", "total")
        if self.pivot.question.rows:
            for row in self.shown:
                yield self.row(row, self.row_label(row), f"d{row.depth}" if self.has_totals else "")

    def row(self, row: PivotRow, label: str, style: str) -> SafeString:
        cells = format_html_join("", "{}", ((self.cell(row, leaf),) for leaf in self.leaves))
        head = format_html(
            '<th scope="row"><span>{}</span>{}</th>', label, menu_button(label, self.row_at(row))
        )
        return format_html(
            '<tr class="{}" data-depth="{}">{}{}</tr>', style, row.depth, head, cells
        )

    def row_label(self, row: PivotRow) -> str:
        labels = labels_of(self.pivot.question.rows[: row.depth], row.values)
        if row.is_other:
            labels[0] = "Other"
        return labels[-1] if self.has_totals else " › ".join(labels)

    def row_at(self, row: PivotRow) -> str:
        """Of all that are not among the top, no condition is true."""
        names = self.pivot.question.rows[: row.depth]
        return "" if row.is_other else conditions(names, row.values)

    def cell(self, row: PivotRow, leaf: Leaf) -> SafeString:
        figures = leaf.figures(row)
        is_shaded = leaf.place != TOTAL and row.depth > 0
        shade = self.cells.shade(row, leaf.names[0], figures) if is_shaded else ""
        if leaf.place == TOTAL and self.heads:
            shade = "sum"
        style = f"{shade} open" if leaf.place in self.open_places else shade
        head = None if leaf.place == TOTAL else self.heads[leaf.place]
        texts = (
            (self.cells.figure(name, figures, self.links.cell_link(row, head, name)),)
            for name in leaf.names
        )
        content = format_html_join("", "<span>{}</span>", texts)
        return format_html('<td class="number {}">{}</td>', style, content)

    # Columns

    @cached_property
    def heads(self) -> Sequence[Head]:
        return [*islice(self.pivot.heads, MOST_HEADS)]

    @cached_property
    def open_places(self) -> set[int]:
        names = self.pivot.question.columns
        return {
            place
            for place, head in enumerate(self.heads)
            if any(is_open(DIMENSIONS[name].kind, head.values[name], self.today) for name in names)
        }

    @property
    def is_stacked(self) -> bool:
        return bool(self.pivot.question.columns) and len(self.measures) <= MOST_STACKED

    @property
    def measures(self) -> tuple[str, ...]:
        return self.pivot.question.measures

    @cached_property
    def leaves(self) -> list[Leaf]:
        places = [*range(len(self.heads))]
        if self.has_totals or not self.pivot.question.columns:
            places.append(TOTAL)
        cells = [self.measures] if self.is_stacked else [(name,) for name in self.measures]
        return [Leaf(place, names) for place in places for names in cells]

    @property
    def corner(self) -> Heading:
        """Over the labels of the rows: a click puts them in their own order."""
        labels = [DIMENSIONS[name].label for name in self.pivot.question.rows]
        is_own = not self.address.given.get("sort")
        return Heading(
            " › ".join(labels), link=self.address.link(sort=None), sorted="" if is_own else "none"
        )

    @property
    def upper(self) -> list[Heading]:
        """The values of the columns' dimensions."""
        if not self.pivot.question.columns:
            return []
        span = 1 if self.is_stacked else len(self.measures)
        found = [self.head_heading(place, span) for place in range(len(self.heads))]
        return [*found, Heading("Total", span, is_total=True)] if self.has_totals else found

    def head_heading(self, place: int, span: int) -> Heading:
        """Where measures have no headings of their own, it sorts by the first of them."""
        head = self.heads[place]
        link, order = self.sort_link(self.measures[0], place) if self.is_stacked else ("", "")
        return Heading(
            head.label, span, link, order, at=conditions(self.pivot.question.columns, head.values),
            is_open=place in self.open_places,
        )  # fmt: skip

    @property
    def lower(self) -> list[Heading]:
        """The measures in each column, which sort by them."""
        if self.is_stacked:
            return []
        return [self.measure_heading(leaf.names[0], leaf.place) for leaf in self.leaves]

    @property
    def sorts(self) -> list[Heading]:
        """Where measures stand below each other, no heading of their own sorts by them."""
        return [self.measure_heading(name, TOTAL) for name in self.measures]

    def measure_heading(self, name: str, place: int) -> Heading:
        column, (link, order) = self.cells.columns[name], self.sort_link(name, place)
        is_total = place == TOTAL and bool(self.heads)
        return Heading(column.label, 1, link, order, column.definition, is_total=is_total)

    def sort_link(self, name: str, place: int) -> tuple[str, str]:
        """The address sorted by this column, and how it is sorted by it now. A second click turns
        the order round."""
        if place != TOTAL:
            name += f"@{column_text(self.pivot.question.columns, self.heads[place].values)}"
        sort = self.address.given.get("sort", "")
        link = self.address.link(sort=name if sort == f"-{name}" else f"-{name}")
        return link, {name: "ascending", f"-{name}": "descending"}.get(sort, "none")


def conditions(names: Sequence[str], values: dict[str, Any]) -> str:
    """What selects the orders of a row or column, a line each."""
    return "\n".join(condition_text(name, dimension_value(name, values)) for name in names)


def menu_button(label: str, at: str) -> SafeString:
    if not at:
        return mark_safe("")
    return format_html(
        '<button class="more" form="menu" name="at" value="{}" aria-label="Menu of {}">⋯</button>',
        at, label,
    )  # fmt: skip


def is_open(kind: str, first: Any, today: date) -> bool:
    """Whether today is one of the days of this place in the calendar."""
    if isinstance(first, datetime):
        first = first.date()
    return isinstance(first, date) and first <= today <= last_day_of(kind, first)
