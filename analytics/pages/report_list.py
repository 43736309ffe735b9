"""The list of all reports by section, with a search, the stars, and what was opened last."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.access import for_roles
from accounts.models import User
from analytics.kept.services import opened_paths, set_star
from analytics.pages.contents import ListedEntry, listed_entries, matching_tabs
from analytics.pages.sections import SECTIONS
from analytics.semantics.entries import entries_by_path
from core.redirects import next_address


@for_roles("reports")
def report_list(request: HttpRequest) -> HttpResponse:
    """All entries with a report that the reader may open; `q` searches them."""
    search = request.GET.get("q", "").strip()[:100]
    groups: dict[str, dict[str, Any]] = {
        name: {"title": section.title, "entries": []} for name, section in SECTIONS.items()
    }
    for listed in listed_entries(request.user):
        if tabs := matching_tabs(listed, search.casefold()):
            groups[listed.entry.section]["entries"].append((listed, tabs))
    context = {
        "groups": {name: group for name, group in groups.items() if group["entries"]},
        "opened": opened_entries(request.user),
        "search": search,
        "section": "reports",
    }
    return render(request, "analytics/reports.html", context)


def opened_entries(user: User) -> list[ListedEntry]:
    """The newest first; reports come and go, and so do rights to open them."""
    known = entries_by_path()
    return listed_entries(user, [known[path] for path in opened_paths(user) if path in known])


@for_roles("reports")
@require_POST
def star(request: HttpRequest, path: str) -> HttpResponse:
    """Star an entry, or take its star away."""
    entry = entries_by_path().get(path)
    if entry is None or not (listed := listed_entries(request.user, [entry])):
        raise Http404
    set_star(request.user, entry.path, request.POST.get("star") != "off")
    return redirect(next_address(request, listed[0].address))
