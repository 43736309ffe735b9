"""The page of a report: filters, chart, table and files."""

from dataclasses import replace
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone

from accounts.access import for_roles
from analytics.kept.services import note_opened
from analytics.pages.chosen_filters import chosen_filters, default_period, remember
from analytics.pages.contents import Tab, listed_entries, may_open
from analytics.pages.explore_link import explore_address, row_conditions
from analytics.pages.filter_bar import FilterBar
from analytics.pages.grid_table import GridTable
from analytics.pages.report_actions import file_link, report_actions
from analytics.pages.report_links import ReportLinks
from analytics.pages.report_table import TABLE_PARAMETERS, Menu, table_context
from analytics.pages.sections import SECTIONS
from analytics.query.grid import Grid, is_grid
from analytics.query.query import Query, build_query
from analytics.query.run import run
from analytics.query.statements import is_of_period
from analytics.semantics.entries import entry_of
from analytics.semantics.filters import Missing, Reader, Refused
from analytics.semantics.report import Report, reports


@for_roles("reports")
def report_page(request: HttpRequest, path: str) -> HttpResponse:
    report = report_or_404(request, path)
    given = chosen_filters(request, report.form, default_period(report), left_out=TABLE_PARAMETERS)
    reader = Reader.of(request.user)
    bar = filter_bar(request, report, given, reader)
    context: dict[str, Any] = {
        "report": report,
        "bar": bar,
        # By the address: a period that was chosen for nobody is not that of the other tabs.
        **place_context(request, report, request.GET),
    }
    try:
        query = build_query(report, given, reader)
    except Missing:
        raise  # a page that is not there has no filters to correct
    except Refused as refused:
        context["reasons"] = refused.reasons
        return render(request, "analytics/report.html", context, status=400)
    note_opened(request.user, context["listed"].path)
    remember(request, given)
    context |= page_context(request, query, given)
    context["bar"] = replace(bar, answer=context["answer"], has_period=is_of_period(query))
    return render(request, "analytics/report.html", context)


def filter_bar(request: HttpRequest, report: Report, given: QueryDict, reader: Reader) -> FilterBar:
    """With the report's own parameters, each with its default where nothing else is given."""
    own, shown = report.form.own_names(), given.copy()
    for name in own:
        if (initial := report.form.base_fields[name].initial) is not None:
            shown.setdefault(name, str(initial))
    return FilterBar(request, report.form(shown, reader), given, own=tuple(own))


def place_context(request: HttpRequest, report: Report, given: QueryDict) -> dict[str, Any]:
    """The section, the entry and its tabs, which keep those filters that they know."""
    [listed] = listed_entries(request.user, [entry_of(report.path)])
    tabs = [
        (tab.label, tab_address(tab, given), tab.report is report)
        for tab in listed.tabs
        if len(listed.tabs) > 1
    ]
    name = listed.entry.section
    return {"section": name, "page": SECTIONS[name], "listed": listed, "tabs": tabs}


def tab_address(tab: Tab, given: QueryDict) -> str:
    known = given.copy()
    for name in [name for name in known if name not in tab.report.form.base_fields]:
        del known[name]
    return f"{tab.address}?{known.urlencode()}" if known else tab.address


def report_or_404(request: HttpRequest, path: str) -> Report:
    """The report at this address, if there is one and the role may open it."""
    report = reports().get(path)
    if report is None:
        raise Http404
    if not may_open(request.user, report):
        raise PermissionDenied
    return report


def page_context(request: HttpRequest, query: Query, given: QueryDict) -> dict:
    answer = run(query)
    report, query_string = query.report, given.urlencode()
    explore, menu = explore_address(query, given), partial(row_conditions, report)
    links = ReportLinks(answer, request.user.may("orders", "list"))
    return {
        "answer": answer,
        "query": query_string,
        "report": report,
        **report_actions(request.user, report.path, query_string),
        "csv": file_link(report.path, "csv", query_string),
        "explore": explore.link() if explore else "",
        "menu_fields": explore.hidden() if explore else [],
        "drawing": file_link(report.path, "svg", query_string),
        **table_parts(request, links, menu, given),
        "definitions": [column for column in answer.columns if column.definition],
    }


def table_parts(
    request: HttpRequest, links: ReportLinks, menu: Menu, filters: QueryDict
) -> dict[str, Any]:
    """Of a report of two keys, a table with two axes."""
    if not is_grid(links.answer.report):
        return {"table": table_context(request, links, menu, filters)}
    table = GridTable(Grid(links.answer), links, timezone.localdate(), menu)
    return {"grid": table, "rows": [*table.rows()]}
