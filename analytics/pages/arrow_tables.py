"""Search, order and pages of the rows of an answer."""

from collections.abc import Iterable

import pyarrow as pa
from django.core.paginator import Page

from analytics.semantics.kinds import KINDS, display
from analytics.semantics.report import Column


def search_table(table: pa.Table, columns: Iterable[Column], search: str) -> pa.Table:
    """The rows that have the search in a column that is not an amount, as people read it."""
    text = search.strip().casefold()
    if not text:
        return table
    # Digits of amounts would match by chance: 12 is in most tables of money.
    columns = [column for column in columns if not KINDS[column.kind].is_amount]
    found = [
        # In Python: the search is for what people read, such as the name of a weekday.
        any(text in display(row[c.name], c.kind).casefold() for c in columns)
        for row in table.select([c.name for c in columns]).to_pylist()
    ]
    return table.filter(pa.array(found, pa.bool_()))


def sort_table(table: pa.Table, sort: str) -> pa.Table:
    """By one column; rows without a value come last either way, ties stay as they were."""
    if not sort:
        return table
    direction = "descending" if sort.startswith("-") else "ascending"
    return table.sort_by([(sort.removeprefix("-"), direction)])


def page_rows(table: pa.Table, page: Page) -> list[dict]:
    # Cut first: a report may have 100,000 rows, and only a page of them becomes Python objects.
    return table.take(pa.array(page.object_list, pa.int64())).to_pylist()
