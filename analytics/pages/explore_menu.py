"""What one can do with a cell, row or column of the explore page: a menu, and a page of its own for
those without JavaScript."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.access import for_roles
from analytics.pages.condition_words import where_words
from analytics.pages.explore_address import Address
from analytics.pages.explore_fields import ChipLink, dimension_groups, label_and_definition
from analytics.semantics.conditions import join_values
from analytics.semantics.dimensions import DIMENSIONS
from analytics.semantics.explore_form import MOST_DEPTH
from analytics.semantics.filters import Reader
from analytics.semantics.question_report import inside_a_sentence

DEEPER = {
    "country": "category", "category_1": "category_2", "category_2": "category_3",
    "category_3": "product", "category": "product", "year": "quarter", "quarter": "month",
    "month": "week", "week": "day", "day": "hour", "product": "sku",
}  # fmt: skip


@for_roles("reports")
def explore_menu(request: HttpRequest) -> HttpResponse:
    """The conditions of the cell come as `at`, one a line."""
    at = [text for lines in request.GET.getlist("at") for text in lines.splitlines() if text]
    given = request.GET.copy()
    given.pop("at", None)
    address, reader = Address(given), Reader.of(request.user)
    splits = [*split_links(address, at, reader)]
    context = {
        "section": "explore",
        "title": " · ".join(where_words(text, reader, request.user) for text in at),
        "links": [*cell_links(address, at)],
        "deeper": [link for name, link in splits if name in deeper_names(at)],
        "splits": [link for _name, link in splits],
        "back": address.link(),
    }
    return render(request, "analytics/explore_menu.html", context)


def cell_links(address: Address, at: list[str]) -> Iterator[ChipLink]:
    yield ChipLink("Filter to this", address.with_conditions(*at))
    if not address.given.get("compare"):
        yield ChipLink("Compare with last year", address.link(compare="previous_year"))
    yield from sort_links(address, at)


def sort_links(address: Address, at: list[str]) -> Iterator[ChipLink]:
    """Rows by a measure in the column of the cell."""
    names = address.shelves["columns"]
    values = {name: value for name, _is, value in (text.partition(":is:") for text in at)}
    if not names or not values.keys() >= {*names}:
        return
    column = join_values([values[name] for name in names])
    for measure in address.shelves["measures"]:
        label, _definition = label_and_definition(measure)
        link = address.link(sort=f"-{measure}@{column}")
        yield ChipLink(f"Sort by {inside_a_sentence(label)} in this column", link)


def deeper_names(at: list[str]) -> set[str]:
    """The dimensions one level below those that the cell is of."""
    return {DEEPER[name] for text in at if (name := text.partition(":")[0]) in DEEPER}


def split_links(address: Address, at: list[str], reader: Reader) -> Iterator[tuple[str, ChipLink]]:
    """Only the cell, with one dimension more."""
    shelves = address.shelves
    there = {*shelves["rows"], *shelves["columns"]}
    rows = shelves["rows"][: MOST_DEPTH - 1]
    for name in (name for names in dimension_groups(reader).values() for name in names):
        if name not in there:
            link = address.with_conditions(*at, rows=[*rows, name])
            yield name, ChipLink(f"Split by {DIMENSIONS[name].label.lower()}", link)
