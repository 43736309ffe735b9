"""The table of a report of two keys: cohorts by age, weekdays by hour."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import cached_property, partial

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from analytics.pages.cohort_links import month_of_age
from analytics.pages.pivot_cells import Cells
from analytics.pages.pivot_table import MOST_CELLS, Heading, menu_button
from analytics.pages.report_links import ReportLinks
from analytics.query.grid import Grid, GridRow
from analytics.query.level_rows import Row
from analytics.query.pivot import Head
from analytics.semantics.columns import Column
from analytics.semantics.kinds import NO_VALUE, display
from analytics.semantics.periods import last_of

ALL = slice(None)


def no_menu(row: Row) -> str:
    return ""


class GridTable:
    """`menu_at` has the conditions that select a row or a column, for the menu of Explore; `places`
    are those of the columns, of which paper has room for some only."""

    is_stacked = True
    lower: tuple[Heading, ...] = ()

    def __init__(
        self,
        grid: Grid,
        links: ReportLinks,
        today: date,
        menu_at: Callable[[Row], str] = no_menu,
        places: slice = ALL,
    ):
        self.places = places
        self.grid, self.links, self.today, self.menu_at = grid, links, today, menu_at

    @cached_property
    def heads(self) -> list[Head]:
        return self.grid.heads[self.places]

    @property
    def has_totals(self) -> bool:
        """Beside the last column."""
        is_last = self.places.stop in (None, len(self.grid.heads))
        return self.grid.has_totals and is_last

    @cached_property
    def shown(self) -> list[GridRow]:
        """The last ones, which are the newest where rows are months."""
        rows = [row for row in self.grid.rows if any(row.cells[self.places])]
        return rows[-max(1, MOST_CELLS // (len(self.heads) or 1)) :]

    @property
    def is_cut(self) -> bool:
        return self.places == ALL and len(self.shown) < len(self.grid.rows)

    @property
    def has_unfinished(self) -> bool:
        return any(self.is_unfinished(cell) for row in self.shown for cell in row.cells)

    def is_unfinished(self, cell: Row) -> bool:
        """Whether the month of a cohort's cell is not over, or cut off by the end of the period:
        averages leave it out."""
        month, end = month_of_age(cell), self.grid.answer.period.end
        if month is None or end is None:
            return False
        return last_of(month) >= self.today or last_of(month) > end

    @cached_property
    def cells(self) -> Cells:
        grid = self.grid
        names = [column.name for column in self.amounts]
        columns, total = grid.amounts_with_earlier, grid.answer.totals or {}
        return Cells(grid.answer, columns, names, grid.rows, total)

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
        heads = [Heading(head.label, at=self.menu_at(head.values)) for head in self.heads]
        return facts + heads + [Heading("Total", is_total=True)] * self.has_totals

    @property
    def sorts(self) -> list[Heading]:
        """The amounts in each cell, one below the other."""
        return [Heading(column.label) for column in self.amounts]

    # Its rows

    def rows(self) -> Iterator[SafeString]:
        yield from map(self.row, self.shown)
        if self.shown and (last := self.grid.last_row):
            yield self.row(last)

    def row(self, row: GridRow) -> SafeString:
        label, facts = self.row_label(row), self.facts(row)
        head = format_html(
            '<th scope="row"><span>{}</span>{}</th>',
            label, "" if row.label else menu_button(label, self.menu_at(self.own_values(row))),
        )  # fmt: skip
        pairs = zip(self.heads, row.cells[self.places], strict=True)
        cells = format_html_join("", "{}", ((self.cell(row, each, cell),) for each, cell in pairs))
        style = "total" if row.label else "d1"
        return format_html(
            '<tr class="{}">{}{}{}{}</tr>', style, head, facts, cells, self.row_total(row)
        )

    def row_label(self, row: GridRow) -> str:
        return row.label or display(row.value, self.grid.down.kind)

    def own_values(self, row: GridRow) -> Row:
        return {self.grid.down.name: row.value}

    def row_total(self, row: GridRow) -> SafeString:
        if not self.has_totals:
            return mark_safe("")
        figures = self.grid.row_totals[row.value]
        link = self.links.total_link if row.label else partial(self.links.row_link, figures)
        return format_html('<td class="number sum">{}</td>', self.figures(figures, link))

    def facts(self, row: GridRow) -> SafeString:
        facts = (
            (linked(self.fact_text(row, name), self.links.row_link(row.facts, name)),)
            for name in (column.name for column in self.grid.facts)
        )
        return format_html_join("", '<td class="number">{}</td>', facts)

    def fact_text(self, row: GridRow, name: str) -> str:
        return display(row.facts.get(name), self.grid.columns[name].kind)

    def cell(self, row: GridRow, head: Head, cell: Row) -> SafeString:
        if not cell:
            return format_html('<td class="number">{}</td>', NO_VALUE if row.label else "")
        is_sum = row.label and self.grid.has_totals
        shade = "sum" if is_sum else self.cells.shade(row, self.grid.shade_by, cell)
        return format_html(
            '<td class="number {}{}" title="{}">{}</td>',
            shade, " open" if self.is_unfinished(cell) else "", self.title(row, head),
            self.figures(cell, partial(self.links.row_link, cell)),
        )  # fmt: skip

    def figures(self, figures: Row, link: Callable[[str], str]) -> SafeString:
        texts = ((self.cells.figure(name, figures, link(name)),) for name in self.cells.names)
        return format_html_join("", "<span>{}</span>", texts)

    def title(self, row: GridRow, head: Head) -> str:
        """ "Mar 2026 · Months later: 2 · New customers: 84"."""
        facts = [
            f"{column.label}: {self.fact_text(row, column.name)}" for column in self.grid.facts
        ]
        place = f"{self.grid.across.label}: {head.label}"
        return " · ".join([self.row_label(row), place, *facts])


def linked(text: str, link: str) -> SafeString:
    return format_html('<a href="{}">{}</a>' if link else "{1}", link, text)
