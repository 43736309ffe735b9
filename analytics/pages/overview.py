"""The first page: how the shop does. It runs several reports and shows them side by side."""

from collections.abc import Iterator, Mapping
from contextlib import nullcontext, suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.datastructures import MultiValueDict

from accounts.access import for_roles
from accounts.models import User
from analytics.pages.chosen_filters import chosen_filters, period_with_sales, remember
from analytics.pages.explore_address import SAFE
from analytics.pages.explore_link import explore_address
from analytics.pages.filter_bar import FilterBar
from analytics.pages.main_chart import FORECAST_DAYS
from analytics.pages.overview_panels import TILES, panels_context
from analytics.query.answer import Answer
from analytics.query.cache import cache
from analytics.query.query import Query, build_query, find_snapshot
from analytics.query.run import resolved_period, run_all, trading_days
from analytics.reports.overview import SPANS
from analytics.semantics import periods
from analytics.semantics.filters import Filters, Reader, Refused
from analytics.semantics.periods import FIRST_DAY, Period, months_before
from analytics.semantics.report import reports
from ledger.models import Snapshot

PERIOD = "last_30_days"  # until one is chosen
# In the order in which the page needs them: what comes later is read while it is drawn.
PANELS: dict[str, tuple[str, dict[str, str]]] = {
    "kpis": ("analytics/kpis", {}),
    "days": ("analytics/daily", {}),
    "spans": ("analytics/daily", {}),
    "forecast": ("analytics/forecast/revenue", {"periods": str(FORECAST_DAYS)}),
    "products": ("products/top", {"limit": "8"}),
    "countries": ("geographic/revenue-by-country", {}),
    "retention": ("customers/retention", {}),
    "hours": ("orders/heatmap", {}),
    "stock": ("inventory/reorder", {}),
    "low": ("inventory/low-stock", {}),
}
# The other panels show no comparison, which would read a second period for nothing.
COMPARED = ("kpis", "days", "spans", "countries")
OPTIONAL = ("forecast", "stock")  # they take fewer filters than the page, which is whole without
RETENTION_MONTHS = 9


class View(forms.Form):
    """What the page shows of its figures, which its filters do not say."""

    chart = forms.ChoiceField(required=False, choices=[(name, name) for name in TILES])
    grain = forms.ChoiceField(required=False, choices=[(name, name) for name in SPANS])

    def clean(self) -> dict[str, str]:
        first = {"chart": TILES[0], "grain": SPANS[0]}
        return {name: self.cleaned_data.get(name) or usual for name, usual in first.items()}

    def choices(self) -> dict[str, str]:
        if not self.is_valid():
            raise Refused({name: [*map(str, texts)] for name, texts in self.errors.items()})
        return self.cleaned_data


@for_roles("reports")
def overview(request: HttpRequest) -> HttpResponse:
    reader = Reader.of(request.user)
    given = overview_filters(request, reader)
    view = View(given)
    parameters = MultiValueDict({k: v for k, v in given.lists() if k not in view.fields})
    context: dict[str, Any] = {"section": "home"}
    bar = FilterBar(request, Filters(given, reader), given)
    try:
        # All of one snapshot: a sale between two queries must not make the panels disagree.
        snapshot = find_snapshot(None)
        figures = report_query("analytics/kpis", parameters, reader, snapshot)
        answer, panels = render_panels(figures, parameters, given, view.choices(), request.user)
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


def report_query(
    path: str, parameters: MultiValueDict, reader: Reader, snapshot: Snapshot
) -> Query:
    return build_query(reports()[path], parameters, reader, snapshot)


def render_panels(
    figures: Query,
    parameters: MultiValueDict,
    given: QueryDict,
    view: dict[str, str],
    user: User,
) -> tuple[Answer, str]:
    """The key figures, and the HTML of the panels, which everyone with the same query shares."""
    may_list_orders = user.may("orders", "list")

    def render_them() -> tuple[Answer, str]:
        queries: dict[str, Query] = {}

        def noted() -> Iterator[tuple[str, Query]]:
            for name, query in panel_queries(figures, parameters, view["grain"]):
                queries[name] = query
                yield name, query

        answers = run_all(noted())
        context = panels_context(answers, view, may_list_orders)
        context |= view_links(context["tiles"], given, view)
        context["cards"] = found = cards(queries, parameters)
        context["chart_card"] = found[context["chart"]["card"]]
        return answers["kpis"], render_to_string("analytics/panels.html", context)

    # The queries of all panels follow from that of the key figures. They are built when needed:
    # each checks a form.
    key = "panels", given.urlencode(), may_list_orders, figures.key
    # The HTML is what weighs: the key figures are a single row.
    return cache.get(key, render_them, lambda rendered: len(rendered[1]))


def panel_queries(
    figures: Query, parameters: MultiValueDict, grain: str
) -> Iterator[tuple[str, Query]]:
    period = resolved_period(figures)
    for name, (path, own) in PANELS.items():
        if name == "spans":
            if grain == SPANS[0]:
                continue  # those are the days
            own = {"grain": grain}
        given = panel_parameters(name, parameters, own, period)
        with suppress(Refused) if name in OPTIONAL else nullcontext():
            yield name, report_query(path, given, figures.reader, figures.snapshot)


def cards(queries: dict[str, Query], parameters: MultiValueDict) -> dict[str, dict[str, str]]:
    """Where the menu of each panel leads to."""
    period, found = resolved_period(queries["kpis"]), {}
    for name, query in queries.items():
        own = {"grain": str(dict(query.params.own)["grain"])} if name == "spans" else {}
        given = panel_parameters(name, parameters, own, period)
        explore = explore_address(query, QueryDict(query_string(given)))
        found[name] = {
            "path": query.report.path,
            "query": query_string(given),
            "explore": explore.link() if explore else "",
        }
    return found


def view_links(tiles: list[dict], given: QueryDict, view: dict[str, str]) -> dict[str, Any]:
    """The addresses of the same page with another chart, or with longer spans of time."""
    return {
        "tiles": [(tile, address_with(given, "chart", tile["column"].name)) for tile in tiles],
        "grains": [
            (name.capitalize(), address_with(given, "grain", name), name == view["grain"])
            for name in SPANS
        ],
    }


def address_with(given: QueryDict, name: str, value: str) -> str:
    changed = given.copy()
    changed[name] = value
    return f"?{changed.urlencode(safe=SAFE)}"


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
        first = months_before(period.end, RETENTION_MONTHS - 1).replace(day=1)
        found["start"] = str(max(FIRST_DAY, first))
        found["end"] = str(period.end)
    return found


def query_string(parameters: MultiValueDict) -> str:
    """The address of the same query for one report."""
    return urlencode(
        [(key, value) for key, values in parameters.lists() for value in values if value]
    )
