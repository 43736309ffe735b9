"""The table of a report of two keys: cohorts by age, weekdays by hour."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import cached_property

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from analytics.pages.cohort_links import month_of_age
from analytics.pages.pivot_cells import Cells
from analytics.pages.pivot_table import MOST_CELLS, Heading, is_open, menu_button
from analytics.pages.report_links import ReportLinks
from analytics.query.grid import Grid, GridRow
from analytics.query.pivot import Head, Row
from analytics.semantics.columns import Column
from analytics.semantics.kinds import display


def no_menu(row: Row) -> str:
    return ""


class GridTable:
    """`menu_at` has the conditions that select a row or a column, for the menu of Explore."""

    is_stacked = True
    lower: tuple[Heading, ...] = ()

    def __init__(
        self,
        grid: Grid,
        links: ReportLinks,
        today: date,
        menu_at: Callable[[Row], str] = no_menu,
    ):
        self.grid, self.links, self.today, self.menu_at = grid, links, today, menu_at

    @cached_property
    def heads(self) -> list[Head]:
        return self.grid.heads

    @cached_property
    def shown(self) -> list[GridRow]:
        """The last ones, which are the newest where rows are months."""
        return self.grid.rows[-max(1, MOST_CELLS // (len(self.heads) or 1)) :]

    @property
    def is_cut(self) -> bool:
        return len(self.shown) < len(self.grid.rows)

    @property
    def has_unfinished(self) -> bool:
        return any(is_unfinished(cell, self.today) for row in self.shown for cell in row.cells)

    @cached_property
    def cells(self) -> Cells:
        grid = self.grid
        names = [column.name for column in self.amounts]
        columns, total = grid.amounts_with_earlier, grid.answer.totals or {}
        return Cells(grid.answer, columns, names, self.shown, total)

    @property
    def amounts(self) -> list[Column]:
        return self.grid.amounts

    # Its head

    @property
    def corner(self) -> Heading:
        return Heading(self.grid.corner)

    @property
    def upper(self) -> list[Heading]:
        facts = [Heading(fact.label, definition=fact.definition) for fact in self.grid.facts]
        return facts + [Heading(head.label, at=self.menu_at(head.values)) for head in self.heads]

    @property
    def sorts(self) -> list[Heading]:
        """The amounts in each cell, one below the other."""
        return [Heading(column.label) for column in self.amounts]

    # Its rows

    def rows(self) -> Iterator[SafeString]:
        return map(self.row, self.shown)

    def row(self, row: GridRow) -> SafeString:
        label, facts = self.row_label(row), self.facts(row)
        head = format_html(
            '<th scope="row"><span>{}</span>{}</th>',
            label, menu_button(label, self.menu_at({self.grid.down.name: row.value})),
        )  # fmt: skip
        pairs = zip(self.heads, row.cells, strict=True)
        cells = format_html_join("", "{}", ((self.cell(row, each, cell),) for each, cell in pairs))
        return format_html('<tr class="d1">{}{}{}</tr>', head, facts, cells)

    def row_label(self, row: GridRow) -> str:
        return display(row.value, self.grid.down.kind)

    def facts(self, row: GridRow) -> SafeString:
        facts = (
            (linked(self.fact_text(row, name), self.links.row_link(row.facts, name)),)
            for name in (column.name for column in self.grid.facts)
        )
        return format_html_join("", '<td class="number">{}</td>', facts)

    def fact_text(self, row: GridRow, name: str) -> str:
        return display(row.facts[name], self.grid.columns[name].kind)

    def cell(self, row: GridRow, head: Head, cell: Row) -> SafeString:
        if not cell:
            return mark_safe("<td></td>")
        shade = self.cells.shade(row, self.grid.shade_by, cell)
        figures = (
            (self.cells.figure(name, cell, self.links.row_link(cell, name)),)
            for name in self.cells.names
        )
        return format_html(
            '<td class="number {}{}" title="{}">{}</td>',
            shade, " open" if is_unfinished(cell, self.today) else "", self.title(row, head),
            format_html_join("", "<span>{}</span>", figures),
        )  # fmt: skip

    def title(self, row: GridRow, head: Head) -> str:
        """ "Mar 2026 · Months later: 2 · New customers: 84"."""
        facts = [
            f"{column.label}: {self.fact_text(row, column.name)}" for column in self.grid.facts
        ]
        place = f"{self.grid.across.label}: {head.label}"
        return " · ".join([self.row_label(row), place, *facts])


def linked(text: str, link: str) -> SafeString:
    return format_html('<a href="{}">{}</a>' if link else "{1}", link, text)


def is_unfinished(cell: Row, today: date) -> bool:
    """Whether the month of a cohort's cell is not over."""
    month = month_of_age(cell)
    return month is not None and is_open("month", month, today)
