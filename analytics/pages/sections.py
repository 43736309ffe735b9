"""The first page of each section: its figures, its charts, and all of its reports."""

from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.datastructures import MultiValueDict

from accounts.access import for_roles
from accounts.models import User
from analytics.pages.chosen_filters import remember
from analytics.pages.contents import (
    ListedEntry,
    by_heading,
    entries_of_section,
    may_open,
    of_model_quality,
)
from analytics.pages.filter_bar import FilterBar
from analytics.pages.overview import (
    PANELS,
    overview_filters,
    panel_parameters,
    query_string,
    report_query,
)
from analytics.pages.report_actions import file_link
from analytics.pages.report_links import ReportLinks
from analytics.pages.tiles import kpi_tile
from analytics.query.query import find_snapshot
from analytics.query.run import run_all, trading_days
from analytics.semantics.filters import Filters, Reader, Refused
from analytics.semantics.periods import Period
from analytics.semantics.report import Report, reports
from core.menu import MenuPage
from ledger.models import Snapshot

PANEL_OF_REPORT = {path: name for name, (path, _) in PANELS.items()}  # of Home
STARS_BY_DEFAULT = 5  # so many of its reports stand in the menu of who starred none


@dataclass(frozen=True)
class Section:
    title: str
    description: str
    tiles: tuple[str, ...]  # key figures
    charts: tuple[str, ...]  # reports
    lists: tuple[tuple[str, str, str], ...] = ()  # (address, label, resource) of more pages


SECTIONS = {
    "sales": Section(
        "Sales",
        "What was sold, where, and what is left of it",
        ("gross", "discounts", "returns", "revenue", "orders", "aov"),
        ("revenue/daily-trend", "revenue/by-category", "geographic/revenue-by-country"),
    ),
    "customers": Section(
        "Customers",
        "Who buys, who comes back and who stays away",
        ("customers", "new_customers", "returning_rate", "repeat_rate", "guests"),
        ("customers/new-vs-returning", "customers/rfm-groups", "customers/retention"),
        (("/customers/", "All customers", "customers"),),
    ),
    "products": Section(
        "Products",
        "What sells, what comes back and what nobody wants",
        ("units", "items_per_order", "margin", "margin_rate", "return_rate"),
        ("products/top", "products/abc", "products/over-time"),
        (("/products/", "All products", "products"),),
    ),
    "inventory": Section(
        "Inventory",
        "What is left, how long it lasts and what to reorder",
        (),
        ("inventory/low-stock", "inventory/days-left", "products/sell-through"),
    ),
    "marketing": Section(
        "Marketing",
        "What to offer, and what vouchers bring",
        (),
        ("products/bought-together", "vouchers/segments", "recommendations/voucher-lift"),
    ),
    "forecast": Section(
        "Forecast",
        "What will be sold, and how far off that may be",
        (),
        ("analytics/forecast/revenue", "products/demand", "analytics/forecast/backtest"),
    ),
}


@for_roles("reports")
def section_page(request: HttpRequest, name: str) -> HttpResponse:
    section, entries = SECTIONS[name], entries_of_section(request.user, name)
    reader, snapshot = Reader.of(request.user), find_snapshot(None)
    given = overview_filters(request, reader)
    bar = FilterBar(request, Filters(given, reader), given)
    context: dict[str, Any] = {
        "section": name,
        "page": section,
        "bar": bar,
        "is_empty": trading_days(snapshot, reader.countries)["last"] is None,
        "headings": by_heading(entries),
        "quality": of_model_quality(entries),
    }
    try:
        context |= figures_context(request.user, section, given, snapshot)
    except Refused as refused:
        context["reasons"] = refused.reasons
        return render(request, "analytics/section.html", context, status=400)
    remember(request, given)
    context["bar"] = replace(bar, answer=context["answer"])
    return render(request, "analytics/section.html", context)


def figures_context(
    user: User, section: Section, given: QueryDict, snapshot: Snapshot
) -> dict[str, Any]:
    """The tiles and the charts under the filters."""
    parameters = MultiValueDict(dict(given.lists()))
    answers = key_figures(parameters, Reader.of(user), snapshot)
    period, charts = answers["kpis"].period, charts_of(user, section)
    links = ReportLinks(answers["kpis"], user.may("orders", "list"))
    return {
        "query": query_string(parameters),
        # A remembered answer has the snapshot as it was then: not yet behind the books, or still.
        "answer": replace(answers["kpis"], snapshot=snapshot),
        "tiles": [kpi_tile(tile, links, answers["days"]) for tile in section.tiles],
        "charts": [chart_context(report, parameters, period) for report in charts],
    }


def key_figures(parameters: MultiValueDict, reader: Reader, snapshot: Snapshot) -> dict:
    """Those of Home, which remembers them too."""
    paths = {"kpis": "analytics/kpis", "days": "analytics/daily"}
    return run_all(
        (name, report_query(path, parameters, reader, snapshot)) for name, path in paths.items()
    )


def charts_of(user: User, section: Section) -> list[Report]:
    return [reports()[path] for path in section.charts if may_open(user, reports()[path])]


def chart_context(report: Report, parameters: MultiValueDict, period: Period) -> dict[str, Any]:
    """The chart of a report under those of the filters that it knows."""
    panel = PANEL_OF_REPORT.get(report.path, "")
    given = panel_parameters(panel, parameters, {}, period)
    known = {name: given.getlist(name) for name in given if name in report.form.base_fields}
    query = query_string(MultiValueDict(known))
    return {"report": report, "query": query, "drawing": file_link(report.path, "svg", query)}


def menu_pages(request: HttpRequest, address: str) -> list[MenuPage]:
    """What stands below a section in the menu: its starred reports, or its first ones."""
    name = address.strip("/").rpartition("/")[2]
    entries = entries_of_section(request.user, name)
    starred = [listed for listed in entries if listed.is_starred] or first_entries(entries)
    lists = [
        MenuPage(place, label, request.path == place)
        for place, label, resource in SECTIONS[name].lists
        if request.user.may(resource, "list")
    ]
    overview = MenuPage(address, "Overview", request.path == address)
    return [overview, *(entry_page(listed, request.path) for listed in starred), *lists]


def first_entries(entries: list[ListedEntry]) -> list[ListedEntry]:
    listed = [each for column in by_heading(entries).values() for each in column]
    return listed[:STARS_BY_DEFAULT]


def entry_page(listed: ListedEntry, path: str) -> MenuPage:
    is_current = any(tab.address == path for tab in listed.tabs)
    return MenuPage(listed.address, listed.title, is_current)
