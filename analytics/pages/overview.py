"""The first page: how the shop does. It asks reports and shows their answers side by side."""

from datetime import date, timedelta
from urllib.parse import urlencode

from django import forms
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from accounts.access import for_roles
from analytics.pages import inline_svg, world_map
from analytics.pages.drilldown import orders_link
from analytics.query.answer import Answer
from analytics.query.cache import cache
from analytics.query.query import Query, build_query, find_snapshot
from analytics.query.run import run, run_all, whole_period
from analytics.semantics.comparison import growth
from analytics.semantics.filters import FIRST_DAY, Filters, Reader, Refused
from analytics.semantics.kinds import display
from analytics.semantics.periods import NAMED, PRESETS, Period, a_year_before, preset
from analytics.semantics.report import reports
from imports.models import Import
from ledger.models import Snapshot

TILES = ("revenue", "orders", "aov", "customers", "returning_rate", "return_rate")
BAD_WHEN_MORE = ("return_rate",)
QUIET_DAYS = 30  # a shop that sold nothing for so long shows its last good year instead


class OverviewFilters(Filters):
    """The filters of the page: days by a name, which gives way to own dates."""

    period = forms.ChoiceField(choices=PRESETS.items())
    compare = forms.ChoiceField(
        choices=[
            ("previous_period", "previous period"),
            ("previous_year", "previous year"),
            ("none", "nothing"),
        ]
    )
    returns_on = None
    field_order = ("period", "start", "end", "country", "category", "compare")

    def __init__(self, data, reader: Reader, last_sale: date | None):
        given = data.copy()
        for name in [name for name, values in given.lists() if not any(values)]:
            del given[name]
        given.setdefault("compare", "previous_period")
        own = given.get("start") or given.get("end")
        given.setdefault("period", "custom" if own else usual(last_sale))
        name = given["period"]
        if name == "custom" and not own:  # something to begin with
            name = usual(last_sale)
        if name in NAMED:
            period = preset(name, timezone.localdate())
            given["start"], given["end"] = str(period.start), str(period.end)
        elif name == "last-sales" and last_sale:
            period = preset("12-months", last_sale)
            given["start"], given["end"] = str(period.start), str(period.end)
        super().__init__(given, reader)

    def visible_fields(self) -> list:
        """Dates are asked for where no name says them."""
        dates = () if self.data["period"] == "custom" else ("start", "end")
        return [field for field in super().visible_fields() if field.name not in dates]

    def parameters(self) -> MultiValueDict:
        """What the reports are asked."""
        asked = {name: values for name, values in self.data.lists() if name != "period"}
        if self.data["compare"] == "none":
            del asked["compare"]
        return MultiValueDict(asked)


def usual(last_sale: date | None) -> str:
    quiet = last_sale and last_sale < timezone.localdate() - timedelta(QUIET_DAYS)
    return "last-sales" if quiet else "90"


PANELS = {
    "kpis": ("analytics/kpis", {}),
    "days": ("analytics/daily", {}),
    "products": ("products/top", {"limit": "8"}),
    "countries": ("geographic/revenue-by-country", {}),
    "retention": ("customers/retention", {}),
    "hours": ("orders/heatmap", {}),
    "new": ("customers/new-vs-returning", {}),
    "low": ("inventory/low-stock", {}),
}
COMPARED = ("kpis", "days")
AHEAD = 30  # days of forecast behind the curve; of a short period half as many as it has


@for_roles("reports")
def overview(request):
    reader, form = Reader.of(request.user), None
    try:
        snapshot = find_snapshot(None)
        last_sale = days_of_page(MultiValueDict(), reader, snapshot).end
        form = OverviewFilters(request.GET, reader, last_sale)
        asked = checked(form)
        end = days_of_page(asked, reader, snapshot).end
        queries = {
            name: build_query(reports()[path], parameters(name, asked, own, end), reader, snapshot)
            for name, (path, own) in PANELS.items()
        }
    except Refused as refused:
        context = {"form": form, "reasons": refused.reasons, "section": "overview"}
        return render(request, "analytics/overview.html", context, status=400)
    answer, panels = panels_of(queries, asked, latest_imports(request.user))
    context = {
        "form": form,
        "section": "overview",
        "answer": answer,
        "panels": panels,
        "empty": last_sale is None,
    }
    return render(request, "analytics/overview.html", context)


def days_of_page(asked: MultiValueDict, reader: Reader, snapshot: Snapshot) -> Period:
    """The days of the page, with ends that were left open filled in."""
    return whole_period(build_query(reports()["analytics/kpis"], asked, reader, snapshot))


def latest_imports(user) -> list[Import]:
    return [*Import.objects.order_by("-pk")[:4]] if user.may("imports", "list") else []


def panels_of(
    queries: dict[str, Query], asked: MultiValueDict, imports: list[Import]
) -> tuple[Answer, str]:
    """The key figures, and the panels as they are shown: the same for whoever asks the same."""

    def made():
        answers = run_all(queries)
        told = {"query": query_string(asked), "imports": imports}
        told |= shapes(answers, ahead(asked, queries["days"], answers))
        return answers["kpis"], render_to_string("analytics/panels.html", told)

    listed = tuple((run.pk, run.name, run.state) for run in imports)
    key = "panels", query_string(asked), listed, *(query.key for query in queries.values())
    return cache.get(key, made, lambda kept: len(kept[1]))


def checked(form: OverviewFilters) -> MultiValueDict:
    if not form.is_valid():
        raise Refused({name: [*map(str, texts)] for name, texts in form.errors.items()})
    return form.parameters()


def query_string(asked: MultiValueDict) -> str:
    """The address of the same query for one report."""
    return urlencode([(key, value) for key, values in asked.lists() for value in values if value])


def parameters(
    name: str, asked: MultiValueDict, own: dict, end: date | None = None
) -> MultiValueDict:
    found = MultiValueDict({key: values for key, values in asked.lists() if values != [""]})
    for key, value in own.items():
        found[key] = value
    if name not in COMPARED:
        found.pop("compare", None)
    if name == "retention" and end:  # a quarter is too short to come back in
        found["start"] = str(max(FIRST_DAY, a_year_before(end).replace(day=1)))
    return found


def ahead(asked: MultiValueDict, of_days: Query, answers: dict) -> tuple[tuple, ...]:
    """The forecast that goes on where the days end; none for filters that nobody fitted for."""
    days = answers["days"]
    count = min(AHEAD, len(days.rows) // 2)
    if not count:
        return ()
    given = parameters("ahead", asked, {"periods": str(AHEAD)})
    try:
        forecast = reports()["analytics/forecast/revenue"]
        said = run(build_query(forecast, given, of_days.reader, of_days.snapshot))
    except Refused:
        return ()
    end = days.rows[-1]["date"]
    names = ("date", "forecast", "lower_80", "upper_80")
    to_come = [row for row in said.rows if row["date"] > end and row["forecast"] is not None]
    if not to_come or to_come[0]["date"] > end + timedelta(1):
        return ()
    return tuple(tuple(row[name] for name in names) for row in to_come[:count])


def shapes(answers: dict[str, Answer], ahead: tuple[tuple, ...]) -> dict:
    """The answers as the page shows them."""
    days = answers["days"]
    return {
        "answer": answers["kpis"],
        "tiles": [tile(name, answers["kpis"], days) for name in TILES],
        "curve": day_curve(days, ahead),
        "products": ranked(answers["products"], "revenue"),
        "countries": ranked(answers["countries"], "revenue")[:10],
        "world": world_map.shaded(answers["countries"]),
        "retention": triangle(answers["retention"]),
        "hours": week(answers["hours"]),
        "new": ranked(answers["new"], "new_customers"),
        "low": answers["low"].rows[:8],
    }


def tile(name: str, kpis: Answer, days: Answer) -> dict:
    column = next(column for column in kpis.columns if column.name == name)
    now = kpis.rows[0][name]
    before = kpis.before.rows[0][name] if kpis.before and kpis.comparison.is_known else None
    values = [row[name] for row in days.rows[: done(days)]]
    return {
        "column": column,
        "value": display(now, column.kind),
        **change(now, before, column),
        "spark": inline_svg.sparkline(values),
    }


def change(now, before, column) -> dict:
    """Against the earlier period: in value, and in percent or, for a share, in points."""
    if now is None or before is None:
        return {"change": "", "mood": ""}
    less_is_good = column.name in BAD_WHEN_MORE
    mood = "" if now == before else "good" if (now > before) != less_is_good else "bad"
    if column.kind == "share":
        return {"change": f"{(now - before) * 100:+.1f} pt", "mood": mood}
    grown = growth(now, before)
    percent = f"{grown * 100:+.1f} %" if grown is not None else "–" if before else "new"
    sign = "+" if now > before else ""
    difference = sign + display(now - before, column.kind)
    return {"change": percent, "difference": difference, "mood": mood}


def done(days: Answer) -> int | None:
    """How many of the days are over; a day that is not would look like a fall."""
    if days.is_over:
        return None
    today = timezone.localdate()
    return sum(row["date"] < today for row in days.rows)


def day_curve(days: Answer, ahead: tuple[tuple, ...]) -> dict:
    dates = [row["date"] for row in days.rows]
    before = days.with_earlier[1]["revenue_before"].to_pylist() if days.before else []
    pointed = days.rows if len(days.rows) <= inline_svg.MANY_DAYS else []
    titles = [f"{row['date']:%a %-d %b %Y}: {display(row['revenue'], 'money')}" for row in pointed]
    links = [orders_link(days, row) for row in pointed]
    values = [row["revenue"] for row in days.rows]
    return inline_svg.curve(dates, values, before, titles, links, done=done(days), ahead=ahead)


def ranked(answer: Answer, name: str) -> list[dict]:
    """Rows with the length of their bar, and the orders behind them."""
    largest = max((row[name] or 0 for row in answer.rows), default=0)
    return [
        {
            **told(answer, row),
            "share": inline_svg.share(row[name], largest),
            "link": orders_link(answer, row),
        }
        for row in answer.rows
    ]


def told(answer: Answer, row: dict) -> dict:
    return {column.name: display(row[column.name], column.kind) for column in answer.columns}


def triangle(answer: Answer) -> dict:
    """A row a cohort, a cell a month since: the darker, the more came back."""
    cohorts: dict[date, list[dict]] = {}
    for row in answer.rows:
        cell = {"text": f"{row['retention']:.0%}", "shade": inline_svg.depth(row["retention"], 1)}
        cohorts.setdefault(row["cohort"], []).append(cell)
    ages = range(max(map(len, cohorts.values()), default=0))
    return {"ages": ages, "rows": [(f"{month:%b %Y}", cells) for month, cells in cohorts.items()]}


def week(answer: Answer) -> dict:
    """A row a weekday, a cell an hour, and when most is ordered."""
    most = max(answer.rows, key=lambda row: row["orders"], default=None)
    days: dict[str, list[dict]] = {}
    for row in answer.rows:
        name = display(row["weekday"], "weekday")
        title = f"{name} {row['hour']:02}:00: {row['orders']:,} orders"
        shade = inline_svg.depth(row["orders"], most["orders"])
        days.setdefault(name, []).append(
            {"title": title, "shade": shade, "link": orders_link(answer, row)}
        )
    busiest = (
        most and most["orders"] and f"{display(most['weekday'], 'weekday')} {most['hour']:02}:00"
    )
    return {"rows": days.items(), "hours": range(24), "busiest": busiest}
