"""What the shop has that matches a text: the search page, and the palette on every page."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from accounts.access import for_roles
from accounts.models import User
from analytics.pages.contents import ListedEntry, listed_entries
from analytics.pages.report_list import opened_entries
from analytics.pages.search_books import customers, orders, products
from analytics.pages.search_matching import DESCRIPTION, NO_MATCH, Hit, rank
from analytics.pages.sections import SECTIONS
from analytics.semantics.report import Report
from core.actions import all_actions
from core.menu import menu_entries

SHORTEST = 2  # letters; a number may be shorter
LIMIT = 8  # hits in a group
ACTIONS_ONLY, ORDERS_ONLY = ">", "#"
BOOKS = {"customers": customers, "products": products, "orders": orders}
# The lists that have everything, each with the parameter that searches it
LISTS = {"reports": "q", "customers": "search", "products": "search", "orders": "number"}


class SearchForm(forms.Form):
    q = forms.CharField(required=False, max_length=100)


class Group(NamedTuple):
    name: str
    hits: list[Hit]


@require_safe
@for_roles("reports")
def search(request: HttpRequest) -> HttpResponse:
    """As a page, or with `format=json` for the palette."""
    form = SearchForm(request.GET)
    status = 200 if form.is_valid() else 400
    text = form.cleaned_data.get("q", "")
    groups = matching_groups(request.user, text)
    context = {"search": text, "groups": groups, "note": note(form, text, groups)}
    if request.GET.get("format") == "json":
        return JsonResponse(
            {**context, "groups": [as_json(each) for each in groups]}, status=status
        )
    context |= {"section": "search", "lists": list_links(request.user, text)}
    return render(request, "analytics/search.html", context, status=status)


def as_json(group: Group) -> dict:
    hits = [{"title": h.title, "detail": h.detail, "address": h.address} for h in group.hits]
    return {"name": group.name, "hits": hits}


def note(form: SearchForm, text: str, groups: list[Group]) -> str:
    """One sentence in place of hits; empty if there are some."""
    if not form.is_valid():
        return form.errors["q"][0]
    if groups:
        return ""
    if not text:
        return "Search reports, pages, customers, products and order numbers."
    return "Type at least two characters." if is_too_short(text) else f"Nothing matches “{text}”."


def is_too_short(text: str) -> bool:
    return len(text) < SHORTEST and not text.isdigit()


def matching_groups(user: User, text: str) -> list[Group]:
    """Groups with hits, the one with the best hit first."""
    groups = [group for group in every_group(user, text) if group.hits]
    return sorted(groups, key=lambda group: group.hits[0].rank)


def every_group(user: User, text: str) -> Iterator[Group]:
    if not text:
        yield Group("Recently opened", [entry_hit(listed) for listed in opened_entries(user)])
    elif text.startswith(ACTIONS_ONLY):
        yield Group("Actions", best(actions(user), text[1:]))
    elif text.startswith(ORDERS_ONLY):
        yield from groups_of_books(user, text[1:].strip(), ["orders"])
    elif not is_too_short(text):
        yield Group("Reports", best(report_hits(user), text))
        yield Group("Pages", best(pages(user), text))
        yield Group("Actions", best(actions(user), text))
        yield from groups_of_books(user, text, BOOKS)


def groups_of_books(user: User, text: str, resources: Iterable[str]) -> Iterator[Group]:
    for resource in resources:
        # Whether a search finds anything would already tell who is a customer.
        if text and user.may(resource, "list"):
            yield Group(resource.capitalize(), BOOKS[resource](user, text))


def best(hits: Iterator[Hit], text: str) -> list[Hit]:
    """The first ones of those that match, each address once."""
    text = text.strip().lower()
    ranked = [hit._replace(rank=rank(text, hit)) for hit in hits]
    # What only says it in its description would be noise beside what is called so.
    worst = DESCRIPTION if any(hit.rank < DESCRIPTION for hit in ranked) else NO_MATCH
    found: dict[str, Hit] = {}
    for hit in sorted(ranked, key=lambda hit: hit.rank):
        if hit.rank < worst:
            found.setdefault(hit.address, hit)
    return list(found.values())[:LIMIT]


def report_hits(user: User) -> Iterator[Hit]:
    """Entries, and the reports on their tabs by names of their own."""
    for listed in listed_entries(user):
        yield entry_hit(listed)
        for tab in listed.tabs:
            yield report_hit(tab.report, section_of(listed))


def entry_hit(listed: ListedEntry) -> Hit:
    return Hit(listed.title, listed.address, section_of(listed), listed.question)


def section_of(listed: ListedEntry) -> str:
    return SECTIONS[listed.entry.section].title


@cache
def report_hit(report: Report, section: str) -> Hit:
    labels = " ".join(column.label for column in report.columns)
    words = f"{report.definition} {labels} {report.path.replace('/', ' ').replace('-', ' ')}"
    return Hit(report.title, f"/reports/{report.path}/", section, report.description, words)


def pages(user: User) -> Iterator[Hit]:
    """Those of the menu, and the lists that sections lead to."""
    entries = [(entry.address, entry.label, entry.resource) for entry in menu_entries()]
    lists = [each for section in SECTIONS.values() for each in section.lists]
    for address, label, resource in entries + lists:
        if user.may(resource, "list"):
            yield Hit(label, address, "Page")


def actions(user: User) -> Iterator[Hit]:
    for action in all_actions():
        if user.may(action.resource, action.action):
            yield Hit(action.label, action.address, "Action")


def list_links(user: User, text: str) -> list[tuple[str, str]]:
    """The lists that have everything, searched for the same."""
    text = text.lstrip(ACTIONS_ONLY + ORDERS_ONLY).strip()
    return [
        (resource.capitalize(), f"/{resource}/?{urlencode({name: text})}")
        for resource, name in LISTS.items()
        if text and user.may(resource, "list")
    ]
