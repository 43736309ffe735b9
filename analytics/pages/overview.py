"""The first page: how the shop does. It runs several reports and shows them side by side."""

from collections.abc import Iterator, Mapping
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.datastructures import MultiValueDict

from accounts.access import for_roles
from accounts.models import User
from analytics.pages.chosen_filters import chosen_filters, period_with_sales, remember
from analytics.pages.filter_bar import FilterBar
from analytics.pages.overview_panels import panels_context
from analytics.query.answer import Answer
from analytics.query.cache import cache
from analytics.query.query import Query, build_query, find_snapshot
from analytics.query.run import resolved_period, run_all, trading_days
from analytics.semantics import periods
from analytics.semantics.filters import Filters, Reader, Refused
from analytics.semantics.periods import FIRST_DAY, Period, a_year_before
from analytics.semantics.report import reports
from imports.models import Import
from ledger.models import Snapshot

PERIOD = "last_30_days"  # until one is chosen
FORECAST_DAYS = 30  # at most, and half as many as the period has
# In the order in which the page needs them: what comes later is read while it is drawn.
PANELS: dict[str, tuple[str, dict[str, str]]] = {
    "kpis": ("analytics/kpis", {}),
    "days": ("analytics/daily", {}),
    "forecast": ("analytics/forecast/revenue", {"periods": str(FORECAST_DAYS)}),
    "products": ("products/top", {"limit": "8"}),
    "countries": ("geographic/revenue-by-country", {}),
    "retention": ("customers/retention", {}),
    "hours": ("orders/heatmap", {}),
    "new": ("customers/new-vs-returning", {}),
    "low": ("inventory/low-stock", {}),
}
# The other panels show no comparison, which would read a second period for nothing.
COMPARED = ("kpis", "days")


@for_roles("reports")
def overview(request: HttpRequest) -> HttpResponse:
    reader = Reader.of(request.user)
    given = overview_filters(request, reader)
    parameters = MultiValueDict(dict(given.lists()))
    context: dict[str, Any] = {"section": "home"}
    bar = FilterBar(request, Filters(given, reader), given)
    try:
        # All of one snapshot: a sale between two queries must not make the panels disagree.
        snapshot = find_snapshot(None)
        figures = report_query("analytics/kpis", parameters, reader, snapshot)
        answer, panels = render_panels(figures, parameters, request.user)
    except Refused as refused:
        refusal = context | {"bar": bar, "reasons": refused.reasons}
        return render(request, "analytics/overview.html", refusal, status=400)
    remember(request, given)
    # A remembered answer has the snapshot as it was then: not yet behind the books, or still.
    answer = replace(answer, snapshot=snapshot)
    context |= {
        "bar": replace(bar, answer=answer),
        "answer": answer,
        "panels": panels,
        "empty": trading_days(snapshot, reader.countries)["last"] is None,
    }
    return render(request, "analytics/overview.html", context)


def overview_filters(request: HttpRequest, reader: Reader) -> QueryDict:
    given = chosen_filters(request, Filters, PERIOD)
    if not any(name in given for name in periods.PARAMETERS):
        given["period"] = period_with_sales(PERIOD, reader)
    given.setdefault("compare", "previous_period")
    return given


def latest_imports(user: User) -> list[Import]:
    if not user.may("imports", "list"):
        return []
    return [*Import.objects.order_by("-pk").only("name", "state", "created_at")[:4]]


def report_query(
    path: str, parameters: MultiValueDict, reader: Reader, snapshot: Snapshot
) -> Query:
    return build_query(reports()[path], parameters, reader, snapshot)


def render_panels(figures: Query, parameters: MultiValueDict, user: User) -> tuple[Answer, str]:
    """The key figures, and the HTML of the panels, which everyone with the same query shares."""
    imports, may_list_orders = latest_imports(user), user.may("orders", "list")

    def render_them() -> tuple[Answer, str]:
        answers = run_all(panel_queries(figures, parameters))
        context: dict[str, Any] = {"query": query_string(parameters), "imports": imports}
        context |= panels_context(answers, forecast_points(answers), may_list_orders)
        return answers["kpis"], render_to_string("analytics/panels.html", context)

    # Imports are not in the ledger, so the snapshot in the key says nothing about them.
    listed = tuple((run.pk, run.name, run.state) for run in imports)
    # The queries of all panels follow from that of the key figures. They are built when needed:
    # each checks a form.
    key = "panels", query_string(parameters), listed, may_list_orders, figures.key
    # The HTML is what weighs: the key figures are a single row.
    return cache.get(key, render_them, lambda rendered: len(rendered[1]))


def panel_queries(figures: Query, parameters: MultiValueDict) -> Iterator[tuple[str, Query]]:
    period = resolved_period(figures)
    for name, (path, own) in PANELS.items():
        given = panel_parameters(name, parameters, own, period)
        # The forecast takes fewer filters than the page; without it the page is whole.
        with suppress(Refused) if name == "forecast" else nullcontext():
            yield name, report_query(path, given, figures.reader, figures.snapshot)


def panel_parameters(
    name: str, parameters: MultiValueDict, own: Mapping[str, str], period: Period
) -> MultiValueDict:
    """The filters of the page with the panel's own parameters."""
    found = MultiValueDict({key: values for key, values in parameters.lists() if values != [""]})
    for key, value in own.items():
        found[key] = value
    if name not in COMPARED:
        found.pop("compare", None)
    if name == "retention" and period.end:  # a quarter is too short to come back in
        for each in periods.PARAMETERS:
            found.pop(each, None)
        found["start"] = str(max(FIRST_DAY, a_year_before(period.end).replace(day=1)))
        found["end"] = str(period.end)
    return found


def query_string(parameters: MultiValueDict) -> str:
    """The address of the same query for one report."""
    return urlencode(
        [(key, value) for key, values in parameters.lists() for value in values if value]
    )


def forecast_points(answers: dict[str, Answer]) -> tuple[tuple, ...]:
    """(day, forecast, lower, upper) from the day after the last one on; none where the forecast
    report has no model for these filters."""
    days = answers["days"].rows
    if "forecast" not in answers or len(days) < 2:
        return ()
    # It begins after its model's last day, so it may have days before `end`.
    end = days[-1]["date"]
    rows = answers["forecast"].rows
    rows = [row for row in rows if row["date"] > end and row["forecast"] is not None]
    if not rows or rows[0]["date"] > end + timedelta(1):
        return ()  # a gap between the days and the forecast
    names = ("date", "forecast", "lower_80", "upper_80")
    count = min(FORECAST_DAYS, len(days) // 2)
    return tuple(tuple(row[name] for name in names) for row in rows[:count])
