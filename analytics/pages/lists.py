"""Lists on pages: words to look for, columns to sort by, a page at a time."""

from dataclasses import dataclass

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import F, Q, QuerySet

PAGE = 50


class ListForm(forms.Form):
    """The filters of a list. Their labels stand beside them in a bar, without colons."""

    def __init__(self, data):
        super().__init__(data, label_suffix="")


@dataclass(frozen=True)
class Head:
    """A column's head; `by` is the field that it is sorted by, if it can be."""

    label: str
    by: str = ""
    number: bool = False


def having(rows: QuerySet, words: str, *fields: str) -> QuerySet:
    """Those where each of the words is in one of the fields."""
    for word in words.split():
        places = ((f"{field}__icontains", word) for field in fields)
        rows = rows.filter(Q(*places, _connector=Q.OR))
    return rows


def sort_of(request, heads: tuple[Head, ...]) -> str:
    """The field to sort by, with a minus if the other way round; nothing if no head has it."""
    sort = request.GET.get("sort", "")
    return sort if sort.removeprefix("-") in {head.by for head in heads if head.by} else ""


def ordered(rows: QuerySet, sort: str) -> QuerySet:
    """In that order; what has no value comes last either way, and ties are always the same."""
    if not sort:
        return rows
    field = F(sort.removeprefix("-"))
    turned = field.desc if sort.startswith("-") else field.asc
    return rows.order_by(turned(nulls_last=True), "pk")


def shown_heads(request, heads: tuple[Head, ...], sort: str) -> list[dict]:
    """The heads, each with the address of the list in its order: numbers begin with the largest."""
    return [shown_head(request, head, sort) for head in heads]


def shown_head(request, head: Head, sort: str) -> dict:
    first, second = (f"-{head.by}", head.by) if head.number else (head.by, f"-{head.by}")
    address = request.GET.copy()
    address.pop("page", None)
    address["sort"] = second if sort == first else first
    state = {head.by: "ascending", f"-{head.by}": "descending"}.get(sort, "none")
    return {"head": head, "state": state, "query": address.urlencode()}


def page_of(request, rows) -> Page:
    return Paginator(rows, PAGE).get_page(request.GET.get("page"))
