"""The table of a report on its page: totals, and those of its rows that one looks at."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, QueryDict

from analytics.faces.html import Cell, table_cells, total_cells, visible_columns
from analytics.pages.arrow_tables import page_rows, search_table, sort_table
from analytics.pages.pivot_table import menu_button
from analytics.pages.report_columns import (
    SIZES,
    ChangeColumn,
    TableForm,
    change_cell,
    with_changes,
)
from analytics.pages.report_links import ReportLinks, leads_to_orders
from analytics.semantics.columns import Column
from analytics.semantics.kinds import KINDS, display
from analytics.semantics.question import BEFORE
from core.tables import Heading, heading_links, requested_page, requested_sort

TABLE_PARAMETERS = ("sort", "q", "page", "columns", "rows")  # the others are the report's
FITS_A_PHONE, FITS_A_PAGE = 3, 7  # columns
Menu = Callable[[dict[str, Any]], str]  # the conditions that select a row
# Columns that name something with a page of its own: the column of its id, its address.
PROFILES = {
    **dict.fromkeys(("product", "sku"), ("product_id", "products")),
    **dict.fromkeys(("customer", "code"), ("customer_id", "customers")),
    "number": ("order_id", "orders"),
}


def table_context(
    request: HttpRequest, links: ReportLinks, menu: Menu, filters: QueryDict
) -> dict[str, Any]:
    """The rows that match the search, sorted, a page of them."""
    columns, table = with_changes(links.answer)
    form = TableForm(request.GET, visible_columns(columns))
    # By hidden columns too: addresses that sort by an id are in use.
    sort = requested_sort(request, [heading_of(column) for column in columns])
    search = request.GET.get("q", "")
    rows = sort_table(search_table(table, links.answer.columns, search), sort)
    # Pages of row numbers: only the rows of one page become Python objects.
    page = requested_page(request, range(rows.num_rows), form.size)
    writer = RowWriter(request.user, links, menu, form.shown)
    return {
        "form": form,
        "headings": heading_links(request, [heading_of(column) for column in form.shown], sort),
        "rows": [writer.row(row) for row in page_rows(rows, page)],
        "totals": writer.totals(),
        "page": page,
        "search": search,
        "chooser": [(column, column in form.shown) for column in form.offered[1:]],
        "sizes": [(size, size == form.size) for size in SIZES],
        "hidden_fields": hidden_fields(request, filters, sort),
        "row_count": table.num_rows,
        "becomes_cards": len(form.shown) > FITS_A_PHONE,
        "is_wide": len(form.shown) > FITS_A_PAGE,
    }


def hidden_fields(
    request: HttpRequest, filters: QueryDict, sort: str
) -> list[tuple[str, list[str]]]:
    """What a GET form must hold to stay in the address, besides its own fields."""
    own = [(name, request.GET.getlist(name)) for name in ("q", "columns", "rows")]
    return [*filters.lists(), *([("sort", [sort])] if sort else []), *own]


class RowWriter:
    """Writes the cells of rows, with what they lead to."""

    def __init__(self, user: Any, links: ReportLinks, menu: Menu, columns: list[Column]):
        self.links, self.menu, self.columns = links, menu, columns
        self.profiles = {
            name: (key, f"/{resource}/{{}}/")
            for name, (key, resource) in PROFILES.items()
            if user.may(resource, "retrieve")
        }

    def row(self, row: dict[str, Any]) -> dict[str, Any]:
        cells, at = self.cells(row), self.menu(row)
        return {"cells": cells, "menu": menu_button(cells[0]["text"], at) if at else ""}

    def cells(self, row: dict[str, Any]) -> list[Cell]:
        """Names lead to a product, customer or order, amounts to the orders that they count, and
        the first cell, if it has no such name, to all orders of the row."""
        cells, address = table_cells(row, self.columns), self.links.row_link(row)
        cells[0]["link"] = address
        for column, cell in zip(self.columns, cells, strict=True):
            cell["label"] = column.label
            if isinstance(column, ChangeColumn):
                cell |= change_cell(column.of, row[column.of.name], row[column.of.name + BEFORE])
                cell["link"] = self.links.row_link(row, column.of.name + BEFORE) if address else ""
            elif address and leads_to_orders(column) and row[column.name] is not None:
                cell["link"] = self.links.row_link(row, column.name)
            elif profile := self.profile_link(column.name, row):
                cell["link"] = profile
        return cells

    def profile_link(self, name: str, row: dict[str, Any]) -> str:
        key, address = self.profiles.get(name, ("", ""))
        return address.format(row[key]) if row.get(key) else ""

    def totals(self) -> list[Cell]:
        """Those of the earlier period as well: totals of their own, not sums of the cells."""
        before, cells = self.links.answer.before, linked_totals(self.links, self.columns)
        now, earlier = self.links.answer.totals or {}, (before and before.totals) or {}
        for column, cell in zip(self.columns, cells, strict=False):
            cell["label"] = column.label
            of = column.name.removesuffix(BEFORE)
            if isinstance(column, ChangeColumn) and column.of.name in earlier:
                cell |= change_cell(column.of, now[column.of.name], earlier[column.of.name])
            elif of != column.name and of in earlier:
                cell["text"] = display(earlier[of], column.kind)
        if cells and not cells[0]["text"]:
            cells[0]["text"] = "All"
        return cells


def linked_totals(links: ReportLinks, columns: list[Column]) -> list[Cell]:
    cells = total_cells(links.answer, columns)
    for column, cell in zip(columns, cells, strict=False):
        if column.is_measure and cell["text"]:
            cell["link"] = links.total_link(column.name)
    return cells


def heading_of(column: Column) -> Heading:
    is_number = KINDS[column.kind].is_right_aligned
    return Heading(column.label, column.name, is_number, column.definition)
