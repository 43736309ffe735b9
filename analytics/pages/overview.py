"""The first page: how the shop does. It runs several reports and shows them side by side."""

from collections.abc import Iterator, Mapping
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from accounts.access import for_roles
from accounts.models import User
from analytics.pages.overview_panels import panels_context
from analytics.query.answer import Answer
from analytics.query.cache import cache
from analytics.query.query import Query, build_query, find_snapshot
from analytics.query.run import resolved_period, run_all, trading_days
from analytics.semantics.fields import OneSelect
from analytics.semantics.filters import Filters, Reader, Refused
from analytics.semantics.periods import FIRST_DAY, NAMED, PRESETS, a_year_before, preset
from analytics.semantics.report import reports
from imports.models import Import
from ledger.models import Snapshot

QUIET_DAYS = 30  # a shop that sold nothing for so long shows its last good year instead
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


class OverviewFilters(Filters):
    """The filters of the page: a period by its name, or by its first and last day."""

    period = forms.ChoiceField(choices=PRESETS.items(), widget=OneSelect)
    compare = forms.ChoiceField(
        widget=OneSelect,
        choices=[
            ("previous_period", "previous period"),
            ("previous_year", "previous year"),
            ("previous_year_weekdays", "year ago by weekday"),
            ("none", "nothing"),
        ],
    )
    # None takes the inherited field away.
    returns_on = None
    field_order = ("period", "start", "end", "country", "category", "compare")

    def __init__(self, data: QueryDict, reader: Reader, last_sale: date | None):
        given = data.copy()
        # Forms send their empty fields too, which must not keep the defaults away.
        for name in [name for name, values in given.lists() if not any(values)]:
            del given[name]
        given.setdefault("compare", "previous_period")
        has_dates = given.get("start") or given.get("end")
        given.setdefault("period", "custom" if has_dates else default_preset(last_sale))
        name = given["period"]
        if name == "custom" and not has_dates:  # something to begin with
            name = default_preset(last_sale)
        if name in NAMED:
            period = preset(name, timezone.localdate())
            given["start"], given["end"] = str(period.start), str(period.end)
        elif name == "last-sales" and last_sale:
            period = preset("12-months", last_sale)
            given["start"], given["end"] = str(period.start), str(period.end)
        super().__init__(given, reader)

    def visible_fields(self) -> list:
        """The dates are shown only where no name sets them."""
        dates = () if self.data["period"] == "custom" else ("start", "end")
        return [field for field in super().visible_fields() if field.name not in dates]

    def report_parameters(self) -> MultiValueDict:
        """The checked filters as the reports take them."""
        if not self.is_valid():
            raise Refused({name: [*map(str, texts)] for name, texts in self.errors.items()})
        parameters = {name: values for name, values in self.data.lists() if name != "period"}
        if self.data["compare"] == "none":
            del parameters["compare"]
        return MultiValueDict(parameters)


def default_preset(last_sale: date | None) -> str:
    is_quiet = last_sale and last_sale < timezone.localdate() - timedelta(QUIET_DAYS)
    return "last-sales" if is_quiet else "90"


@for_roles("reports")
def overview(request: HttpRequest) -> HttpResponse:
    reader, form = Reader.of(request.user), None
    try:
        snapshot = find_snapshot(None)
        # Without filters: the default period must not depend on the chosen category.
        last_sale = trading_days(snapshot, reader.countries)["last"]
        form = OverviewFilters(request.GET, reader, last_sale)
        parameters = form.report_parameters()
        # All of one snapshot: a sale between two queries must not make the panels disagree.
        figures = report_query("analytics/kpis", parameters, reader, snapshot)
        answer, panels = render_panels(figures, parameters, request.user)
    except Refused as refused:
        refusal = {"form": form, "reasons": refused.reasons, "section": "home"}
        return render(request, "analytics/overview.html", refusal, status=400)
    # A remembered answer has the snapshot as it was then: not yet behind the books, or still.
    answer = replace(answer, snapshot=snapshot)
    context = {
        "form": form,
        "section": "home",
        "answer": answer,
        "panels": panels,
        "empty": last_sale is None,
    }
    return render(request, "analytics/overview.html", context)


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
    end = resolved_period(figures).end
    for name, (path, own) in PANELS.items():
        given = panel_parameters(name, parameters, own, end)
        # The forecast takes fewer filters than the page; without it the page is whole.
        with suppress(Refused) if name == "forecast" else nullcontext():
            yield name, report_query(path, given, figures.reader, figures.snapshot)


def panel_parameters(
    name: str, parameters: MultiValueDict, own: Mapping[str, str], end: date | None = None
) -> MultiValueDict:
    """The filters of the page with the panel's own parameters."""
    found = MultiValueDict({key: values for key, values in parameters.lists() if values != [""]})
    for key, value in own.items():
        found[key] = value
    if name not in COMPARED:
        found.pop("compare", None)
    if name == "retention" and end:  # a quarter is too short to come back in
        found["start"] = str(max(FIRST_DAY, a_year_before(end).replace(day=1)))
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
