"""The checks of alerts. Each returns the issues it finds, as {"key": "text"}.

A key stands for one subject: a second product that runs low is a new issue although the first one
still runs low.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from analytics.api.reports import resource_of
from analytics.predictions.models import Fit
from analytics.query.answer import Answer
from analytics.query.query import build_query, find_snapshot
from analytics.query.run import run
from analytics.semantics.comparison import growth
from analytics.semantics.filters import Reader, Refused
from analytics.semantics.kinds import KINDS, display
from analytics.semantics.report import reports
from exports.models import Alert
from imports.models import Import
from ledger.models import Snapshot

Issues = dict[str, str]
ROWS = "rows"  # watches the number of rows instead of a column
FORECAST, DAILY, LOW = "analytics/forecast/revenue", "analytics/daily", "inventory/low-stock"
AHEAD = "7"
COMPARED = (Alert.Test.FALLS, Alert.Test.RISES)


def find_issues(alert: Alert) -> Issues:
    """As the owner of the alert sees the data now."""
    return CHECKS[alert.about](alert)


def report_answer(alert: Alert, path: str, parameters: MultiValueDict, snapshot=None) -> Answer:
    if path not in reports():
        raise Refused({"report": [f"{path!r} is not a report."]})
    # At each check: the owner may have lost the role since the alert was created.
    if not alert.user.may(resource_of(reports()[path]), "retrieve"):
        raise Refused({"report": [f"Your role may not open {path!r}."]})
    return run(build_query(reports()[path], parameters, Reader.of(alert.user), snapshot))


def check_number(alert: Alert) -> Issues:
    parameters = MultiValueDict(alert.parameters)
    if alert.period:
        parameters["period"] = alert.period
    if alert.test in COMPARED:
        # Falls and rises need something to compare with; a choice of the owner's stays.
        parameters.setdefault("compare", "previous_period")
    answer = report_answer(alert, alert.report, parameters)
    now = watched_value(answer, alert.column)
    is_compared = answer.before and answer.comparison.is_known
    then = watched_value(answer.before, alert.column) if is_compared else None
    if not TESTS[alert.test](now, then, alert.limit):
        return {}
    # The same key for any number: one that stays beyond its limit is reported once.
    return {"value": issue_text(alert, answer, now, then)}


def watched_value(answer: Answer, name: str) -> Decimal | int | None:
    """The total of a column, else its only value, else the last one of a series of dates."""
    if name == ROWS:
        return answer.table.num_rows
    if name not in answer.table.column_names:
        known = ", ".join([ROWS, *(c.name for c in answer.columns if KINDS[c.kind].is_amount)])
        raise Refused({"column": [f"The report has no numbers named {name!r}. It has {known}."]})
    if answer.totals and name in answer.totals:
        return answer.totals[name]
    # The last row of a ranking would be whatever ranks last: no value to watch.
    if len(answer.rows) > 1 and not KINDS[answer.columns[0].kind].is_calendar:
        raise Refused({"column": [f"{name!r} has a value for each row but no total to watch."]})
    return answer.rows[-1][name] if answer.rows else None


def fell(now, then, limit) -> bool:
    percent = growth_percent(now, then)
    return percent is not None and -percent > limit


def rose(now, then, limit) -> bool:
    percent = growth_percent(now, then)
    return percent is not None and percent > limit


def growth_percent(now, then) -> Decimal | None:
    share = growth(now, then)
    return None if share is None else share * 100


TESTS: dict[str, Callable] = {
    Alert.Test.BELOW: lambda now, then, limit: now is not None and now < limit,
    Alert.Test.ABOVE: lambda now, then, limit: now is not None and now > limit,
    Alert.Test.FALLS: fell,
    Alert.Test.RISES: rose,
}


def issue_text(alert: Alert, answer: Answer, now, then) -> str:
    column = next((c for c in answer.columns if c.name == alert.column), None)
    label, kind = (column.label, column.kind) if column else ("Number of rows", "count")
    currency = f" {answer.currency}" if kind == "money" else ""
    days = f"{answer.period.start} to {answer.period.end}" if answer.period.start else "no days"
    start = f"{answer.report.title}: {label} of {days} is {display(now, kind)}{currency}"
    if alert.test not in COMPARED:
        return f"{start}, {alert.test} {alert.limit.normalize():f}."
    percent = growth_percent(now, then)
    return f"{start}, before it was {display(then, kind)}{currency}: {percent:+.1f} %."


def check_stock(alert: Alert) -> Issues:
    rows = report_answer(alert, LOW, MultiValueDict(alert.parameters)).rows
    return {
        # Text, as keys of JSON come back from the database as text.
        str(row["product_id"]): f"{row['product']} ({row['sku']}): {row['on_hand']} on hand, "
        f"reorder level {row['reorder_level']}."
        for row in rows
    }


def check_imports(alert: Alert) -> Issues:
    """Imports that failed after the alert was created, within the last month."""
    failed = Import.objects.for_user(alert.user).filter(state=Import.State.FAILED)
    # A failed import stays failed: without an end its issue would be kept and shown for ever.
    failed = failed.filter(finished_at__gte=max(alert.created_at, month_ago()))
    return {str(run.pk): f"{run.name}: {run.error}" for run in failed.order_by("pk")}


def month_ago() -> datetime:
    return timezone.now() - timedelta(30)


def check_forecast(alert: Alert) -> Issues:
    """Yesterday, against what was forecast before any of its sales were known."""
    day = timezone.localdate() - timedelta(1)
    snapshot = snapshot_before(day)
    if snapshot is None:
        return {}
    parameters = MultiValueDict(alert.parameters)
    horizon = with_parameters(parameters, periods=AHEAD)
    forecast = report_answer(alert, FORECAST, horizon, snapshot).rows
    expected = next(
        (row for row in forecast if row["date"] == day and row["lower_95"] is not None), None
    )
    if expected is None:
        return {}
    one_day = with_parameters(parameters, start=str(day), end=str(day))
    # From the newest snapshot, as the older one of the forecast knows no sales of this day.
    sold = report_answer(alert, DAILY, one_day, find_snapshot(None)).rows[0]["revenue"]
    if expected["lower_95"] <= sold <= expected["upper_95"]:
        return {}
    low, high = (display(expected[name], "money") for name in ("lower_95", "upper_95"))
    sales = display(sold, "money")
    text = f"Net sales on {day.day} {day:%b %Y} were {sales}, forecast was {low} to {high}."
    return {str(day): text}


def snapshot_before(day: date) -> Snapshot | None:
    """The newest state of the ledger whose forecast knew no sales of this day."""
    fits = Fit.objects.filter(name="forecast", is_refusal=False).order_by("-used_from")
    # ISO dates sort as their text does.
    fit = next((fit for fit in fits if fit.parameters["last_day"] < str(day)), None)
    return fit and Snapshot.objects.filter(number__gte=fit.used_from).order_by("number").first()


def with_parameters(parameters: MultiValueDict, **changes: str) -> MultiValueDict:
    merged = parameters.copy()
    for name, value in changes.items():
        merged[name] = value
    return merged


CHECKS: dict[str, Callable[[Alert], Issues]] = {
    Alert.About.REPORT: check_number,
    Alert.About.LOW_STOCK: check_stock,
    Alert.About.IMPORT_FAILED: check_imports,
    Alert.About.FORECAST_MISSED: check_forecast,
}
