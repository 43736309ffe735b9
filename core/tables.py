"""Tables on pages: a search, columns to sort by, a page at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest

PAGE_SIZE = 50


class FilterForm(forms.Form):
    """The filters above a table. Their labels are beside them in a bar, without colons."""

    def __init__(self, data: Any):
        super().__init__(data, label_suffix="")


@dataclass(frozen=True)
class Heading:
    """A column's heading; `sort_by` is the field that it is sorted by, if it can be."""

    label: str
    sort_by: str = ""
    is_number: bool = False
    definition: str = ""


@dataclass(frozen=True)
class HeadingLink:
    """A heading on a page: how the column is sorted now, and the address that sorts by it."""

    heading: Heading
    aria_sort: str
    query_string: str


def requested_sort(request: HttpRequest, headings: Iterable[Heading]) -> str:
    """The field to sort by, with a minus if descending; empty if no heading offers it."""
    sort = request.GET.get("sort", "")
    # order_by() takes paths into other tables: the order would reveal what the page does not show.
    offered = {heading.sort_by for heading in headings if heading.sort_by}
    return sort if sort.removeprefix("-") in offered else ""


def heading_links(
    request: HttpRequest, headings: Iterable[Heading], sort: str
) -> list[HeadingLink]:
    return [heading_link(request, heading, sort) for heading in headings]


def heading_link(request: HttpRequest, heading: Heading, sort: str) -> HeadingLink:
    """Numbers begin with the largest, all else with the smallest; a second click reverses."""
    ascending, descending = heading.sort_by, f"-{heading.sort_by}"
    first, second = (descending, ascending) if heading.is_number else (ascending, descending)
    address = request.GET.copy()
    address.pop("page", None)
    address["sort"] = second if sort == first else first
    aria_sort = {ascending: "ascending", descending: "descending"}.get(sort, "none")
    return HeadingLink(heading, aria_sort, address.urlencode())


def requested_page(request: HttpRequest, rows: QuerySet | Sequence, size: int = PAGE_SIZE) -> Page:
    """The page that the address names; the nearest one if there is none of that number."""
    return Paginator(rows, size).get_page(request.GET.get("page"))


def search_rows(rows: QuerySet, search: str, *fields: str) -> QuerySet:
    """Rows that have each word of the search in one of the fields."""
    for word in search.split():
        conditions = ((f"{field}__icontains", word) for field in fields)
        rows = rows.filter(Q(*conditions, _connector=Q.OR))
    return rows


def sort_rows(rows: QuerySet, sort: str) -> QuerySet:
    """Rows without a value come last either way, and ties are always in the same order."""
    if not sort:
        return rows
    field = F(sort.removeprefix("-"))
    direction = field.desc if sort.startswith("-") else field.asc
    # By default NULL is the largest value on PostgreSQL and the smallest on SQLite and MariaDB.
    return rows.order_by(direction(nulls_last=True), "pk")
