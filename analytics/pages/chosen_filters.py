"""The filters of a page: those of its address, else those that were chosen last, else its own."""

from collections.abc import Iterable
from datetime import date

from django.http import HttpRequest, QueryDict
from django.utils import timezone

from analytics.pages.explore_address import FILTER_PARTS, condition_of
from analytics.pages.typed_days import typed_day
from analytics.query.query import find_snapshot
from analytics.query.run import trading_days
from analytics.semantics import periods
from analytics.semantics.filters import Filters, Reader
from analytics.semantics.report import Report

REMEMBERED = (*periods.PARAMETERS, "compare", "country", "category")
# An address that names one of these says all of them: whoever follows it sees the same numbers.
FILTERS = (*REMEMBERED, "returns_on", "where", "snapshot", *FILTER_PARTS)
DATES = ("start", "end")
SESSION_KEY = "filters"
MONTHLY = {"month", "month_of_year", "cohort"}
# A customer, a voucher or a stock is what became of it since the beginning.
OF_ALL_TIME = {"customers", "vouchers", "recommendations", "inventory"}


def chosen_filters(
    request: HttpRequest,
    form_class: type[Filters],
    period: str,
    says_all: Iterable[str] = (),
    left_out: Iterable[str] = (),
) -> QueryDict:
    """What the address says, as the form takes it. An address without a filter gets those that were
    chosen last or, where nothing was, the named `period`; not where it `says_all` otherwise.
    Without a period it is all time."""
    given, reader = request.GET.copy(), Reader.of(request.user)
    if given.get("period") == "":  # as if nothing had been chosen yet
        request.session.pop(SESSION_KEY, None)
        del given["period"]
    is_bare = not any(name in given for name in (*FILTERS, *says_all))
    for name in left_out:
        given.pop(name, None)
    tidy(given, timezone.localdate())
    if is_bare:
        add_remembered(request, given, form_class, reader)
    if is_bare and period and "period" not in given:
        given["period"] = period_with_sales(period, reader)
    return given


def tidy(given: QueryDict, today: date) -> None:
    """Without what says nothing, and with typed dates and conditions as reports take them."""
    field, operator, value = (given.pop(name, [""])[-1] for name in FILTER_PARTS)
    if field:
        given.appendlist("where", condition_of(field, operator, value))
    if given.get("returns_on") == Filters.base_fields["returns_on"].initial:
        del given["returns_on"]
    for name, texts in [*given.lists()]:
        if not any(texts):
            del given[name]
    for name in DATES:
        if day := typed_day(given.get(name, ""), today):
            given[name] = str(day)
    choose_name_or_dates(given, today)


def choose_name_or_dates(given: QueryDict, today: date) -> None:
    """The form sends both: the dates count where they are others than those of the name."""
    dates = {name: given[name] for name in DATES if given.get(name)}
    name = given.get("period", "")
    if not dates or not name:
        return
    if dates in [dates_of(name, today, with_today) for with_today in (False, True)]:
        for each in DATES:
            del given[each]
    else:
        given["period"] = "custom"
        given.pop("include_today", None)


def dates_of(name: str, today: date, include_today: bool) -> dict[str, str]:
    if periods.OLD_NAMES.get(name, name) not in periods.NAMED:
        return {}
    days = periods.preset(name, today, include_today)
    return {"start": str(days.start), "end": str(days.end)}


def add_remembered(
    request: HttpRequest, given: QueryDict, form_class: type[Filters], reader: Reader
) -> None:
    """What was chosen last, but for what this page does not take."""
    for name, texts in request.session.get(SESSION_KEY, {}).items():
        given.setlist(name, texts)
    for name in form_class(given, reader).errors:
        if name in REMEMBERED:
            given.pop(name, None)


def remember(request: HttpRequest, given: QueryDict) -> None:
    """What was chosen, for the pages that are opened next. Links to the orders behind a number have
    dates without a `period`: they are no choice."""
    names = [name for name in REMEMBERED if name in given and request.GET.get(name)]
    chosen = {name: given.getlist(name) for name in names}
    if "period" in names and request.session.get(SESSION_KEY) != chosen:
        request.session[SESSION_KEY] = chosen


def is_remembered(request: HttpRequest, given: QueryDict) -> bool:
    """Whether the page shows what was chosen before, and its address does not say so."""
    remembered = request.session.get(SESSION_KEY, {}).get("period")
    is_said = any(name in request.GET for name in FILTERS)
    return bool(remembered) and not is_said and given.getlist("period") == remembered


def default_period(report: Report) -> str:
    """Of a report's page that is opened first. The API answers for all time."""
    if MONTHLY & {column.name for column in report.key_columns}:
        return "last_12_months"
    is_of_all_time = report.group in OF_ALL_TIME or report.path == "orders/list"
    return "all_time" if is_of_all_time else "last_90_days"


def period_with_sales(name: str, reader: Reader) -> str:
    """The name; of a shop that sold nothing since it began, its last good year."""
    if name == "all_time":
        return name
    # Without filters: the period must not depend on the chosen category.
    last_sale = trading_days(find_snapshot(None), reader.countries)["last"]
    begins = periods.preset(name, timezone.localdate()).start
    return "last_sales" if last_sale and begins and last_sale < begins else name
