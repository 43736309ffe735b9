"""What an alert watches and what a schedule sends, as sentences."""

from decimal import Decimal

from django.conf import settings
from django.utils.datastructures import MultiValueDict

from analytics.pages.condition_words import plain_words
from analytics.semantics.filters import Reader
from analytics.semantics.kinds import KINDS, WEEKDAYS, display
from analytics.semantics.periods import OLD_NAMES, period_label
from analytics.semantics.question_report import inside_a_sentence
from analytics.semantics.report import Column, Report, reports
from customers.models import Country
from exports.models import MONTHLY, Alert, Schedule

ROWS = Column("rows", "count", "How many rows the report has.", "Number of rows")
WITH_ARTICLE = ("last_7_days", "last_30_days", "last_90_days", "last_12_months", "year_to_date")
TESTS = {
    Alert.Test.BELOW: "is below {}",
    Alert.Test.ABOVE: "is above {}",
    Alert.Test.FALLS: "falls by more than {} compared with {}",
    Alert.Test.RISES: "rises by more than {} compared with {}",
}
EARLIER = {
    "previous_year": "the year before",
    "previous_year_weekdays": "the same weekdays of the year before",
}
ABOUT = {
    Alert.About.LOW_STOCK: "The stock of a product{} falls to its reorder level.",
    Alert.About.IMPORT_FAILED: "The import of a file fails.",
    Alert.About.FORECAST_MISSED: "Yesterday’s net sales{} are outside the 95 % forecast interval.",
}


def asked_report(path: str, parameters: dict) -> Report | None:
    """As these parameters ask it: of explore the question. None if it has been removed since."""
    report = reports().get(path)
    if report is None:
        return None
    names = report.form.base_fields
    given = MultiValueDict({name: v for name, v in parameters.items() if name in names})
    form = report.form(given, Reader())
    return form.report(report) if form.is_valid() else report


def columns_with_one_value(report: Report) -> list[Column]:
    """The columns that an alert can watch: those with a total, with a latest value, or of a single
    row."""
    is_timed = KINDS[report.columns[0].kind].is_calendar
    is_keyed = any(KINDS[column.kind].is_key for column in report.columns)
    amounts = [column for column in report.columns if KINDS[column.kind].is_amount]
    # A series of dates is watched by its last value, a report of a single row by that row.
    if is_timed or not is_keyed:
        return [*amounts, ROWS]
    return [*(c for c in amounts if report.totals and c.is_measure), ROWS]


def describe_alert(alert: Alert) -> str:
    """When the alert is raised: "Net sales (Key figures) of yesterday is below 20.00 EUR."."""
    if alert.about != Alert.About.REPORT:
        return ABOUT[alert.about].format(filter_text(alert.parameters))
    report = asked_report(alert.report, alert.parameters)
    # An alert outlives its report: it is still listed, to be edited or deleted.
    columns = {column.name: column for column in (ROWS, *(report.columns if report else ()))}
    column = columns.get(alert.column) or Column(alert.column, "number")
    title = report.title if report else alert.report
    days, where = period_text(alert.period, alert.parameters), filter_text(alert.parameters)
    return f"{column.label} ({title}) of {days}{where} {condition_text(alert, column)}."


def condition_text(alert: Alert, column: Column) -> str:
    compare = next(iter(alert.parameters.get("compare", ())), "")
    earlier = EARLIER.get(compare, "the previous period")
    return TESTS[alert.test].format(limit_text(alert.limit, alert.test, column), earlier)


def limit_text(limit: Decimal, test: str, column: Column) -> str:
    if test in (Alert.Test.FALLS, Alert.Test.RISES):
        # `:f`, as normalize() writes 20 as 2E+1.
        return f"{limit.normalize():f} %"
    if column.kind == "money":
        return f"{display(limit, 'money')} {settings.BASE_CURRENCY}"
    return display(limit, "share") if column.kind == "share" else f"{limit.normalize():,f}"


def period_text(period: str, parameters: dict) -> str:
    period = period or next(iter(parameters.get("period", ())), "")
    if period and period != "custom":
        article = "the " if OLD_NAMES.get(period, period) in WITH_ARTICLE else ""
        return article + period_label(period).lower()
    ends = (("from", "start"), ("to", "end"))
    own = [f"{word} {parameters[name][-1]}" for word, name in ends if parameters.get(name)]
    return " ".join(["the days", *own]) if own else "all time"


def filter_text(parameters: dict) -> str:
    """Where and of what: " in France and Germany, category Tea, where weekday is Saturday"."""
    codes = parameters.get("country", [])
    names = dict(Country.objects.filter(code__in=codes).values_list("code", "name"))
    countries = " and ".join(names.get(code, code) for code in codes if code)
    category = next(iter(parameters.get("category", ())), "")
    within = f" in {countries}" if countries else ""
    of = f", category {category}" if category else ""
    texts = [*parameters.get("where", ()), *parameters.get("having", ())]
    where = " and ".join(inside_a_sentence(plain_words(text)) for text in texts)
    return f"{within}{of}" + (f", where {where}" if where else "")


def describe_schedule(schedule: Schedule) -> str:
    """What is sent and when: "Top products as Excel, every Monday at 08:00."."""
    titles = ", ".join(report_title(path, schedule.parameters) for path in schedule.reports)
    # The labels go on with an explanation: "CSV, of a single report".
    format_name = schedule.get_format_display().partition(",")[0]
    days = f" of {period_text(schedule.period, schedule.parameters)}"
    days = "" if schedule.reports == [MONTHLY] else days + filter_text(schedule.parameters)
    return f"{titles}{days} as {format_name}, {frequency_text(schedule)} at {schedule.at:%H:%M}."


def report_title(path: str, parameters: dict) -> str:
    if path == MONTHLY:
        return "Monthly sales report"
    report = asked_report(path, parameters)
    return report.title if report else path


def frequency_text(schedule: Schedule) -> str:
    if schedule.weekday:
        return f"every {WEEKDAYS[schedule.weekday - 1]}"
    return f"on day {schedule.day} of each month" if schedule.day else "every day"
