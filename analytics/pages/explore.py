"""Explore: any measures by any dimensions, put together on a page."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.access import for_roles
from accounts.models import User
from analytics.faces.question_chart import chart_of
from analytics.pages.chosen_filters import chosen_filters, remember
from analytics.pages.explore_address import PAGE, SHELVES, Address, edited
from analytics.pages.explore_examples import EXAMPLES
from analytics.pages.explore_fields import condition_chips, condition_form, field_groups, shelves
from analytics.pages.explore_hints import empty_hint
from analytics.pages.filter_bar import FilterBar
from analytics.pages.pivot_links import PivotLinks
from analytics.pages.pivot_table import PivotTable
from analytics.pages.report_actions import file_link, report_actions
from analytics.query.pivot import Pivot
from analytics.query.query import build_query
from analytics.query.run import run
from analytics.semantics.chart_choice import CHOICES
from analytics.semantics.explore_form import ExploreForm
from analytics.semantics.filters import Reader, Refused
from analytics.semantics.question import Question
from analytics.semantics.report import reports

OPTIONS = ("top", "other", "totals", "returns_on")
CHART_LABELS = {
    "auto": "Suggested", "line": "Lines", "area": "Areas", "bars": "Bars", "stacked": "Stacked",
    "share": "Shares", "heatmap": "Heatmap", "table": "No chart",
}  # fmt: skip


@for_roles("reports")
def explore(request: HttpRequest) -> HttpResponse:
    if edit := edited(request.GET):
        return redirect(edit)
    # An address with a question and without a period asks for all time.
    given = chosen_filters(request, ExploreForm, "", says_all=[*SHELVES, "having"])
    address, reader = Address(given), Reader.of(request.user)
    context = {**page_context(address, reader), "section": "explore"}
    form = ExploreForm(address.changed(), reader)
    bar = FilterBar(request, form, address.changed(), own=OPTIONS, has_conditions=False)
    context["conditions"] = condition_chips(address, reader, request.user)
    context |= report_actions(request.user, "explore", address.query)
    try:
        context |= answer_context(address, reader, request.user)
    except Refused as refused:
        context |= {"bar": bar, "reasons": refused.reasons}
        return render(request, "analytics/explore.html", context, status=400)
    remember(request, given)
    context["bar"] = replace(bar, answer=context["answer"])
    return render(request, "analytics/explore.html", context)


@for_roles("reports")
def moved(request: HttpRequest) -> HttpResponse:
    """Where a report of this name would be."""
    query = request.GET.urlencode()
    return redirect(f"{PAGE}?{query}" if query else PAGE)


def page_context(address: Address, reader: Reader) -> dict[str, Any]:
    """All but the answer: it stands there, too, where there is none."""
    return {
        "groups": field_groups(address, reader),
        "shelves": shelves(address, reader),
        "condition_form": condition_form(address, reader),
        "examples": EXAMPLES if address.is_first_visit else (),
        "query": address.query,
    }


def answer_context(address: Address, reader: Reader, user: User) -> dict[str, Any]:
    # An address without a question asks the first one: named, so that all links agree.
    given = address.changed()
    answer = run(build_query(reports()["explore"], given, reader))
    pivot = Pivot(answer)
    links = PivotLinks(pivot, user.may("orders", "list"))
    table = PivotTable(pivot, address, timezone.localdate(), links)
    return {
        "answer": answer,
        "report": answer.report,
        "table": table,
        # Before the page is written: what is refused now is still a page with reasons.
        "rows": [*table.rows()],
        "charts": chart_links(address, table.pivot.question),
        "shows_chart": given.get("chart") != "table",
        "csv": file_link("explore", "csv", address.query),
        "drawing": file_link("explore", "svg", address.query),
        "hidden": address.hidden(),
        "empty": empty_hint(address, user.may("imports", "create")) if table.is_empty else None,
    }


def chart_links(address: Address, question: Question) -> list[dict[str, Any]]:
    """The charts that suit the question, and none."""
    chosen = address.given.get("chart") or "auto"
    return [
        {
            "label": CHART_LABELS[name],
            "link": address.link(chart=None if name == "auto" else name),
            "is_chosen": name == chosen,
        }
        for name in CHOICES
        if name == chosen or not chart_of(question, name).reason
    ]
