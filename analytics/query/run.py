"""Runs a query: its period, its SQL and its comparison become an answer."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.conf import settings

from analytics.query.answer import Answer
from analytics.query.lazy_table import LazyTable, fetch_table
from analytics.query.level_rows import MOST_ROWS_READ
from analytics.query.pivot import has_columns
from analytics.query.query import Query, build_query
from analytics.query.statements import (
    averages_statement,
    level_statement,
    row_statements,
    totals_statement,
    trading_days_statement,
)
from analytics.semantics.comparison import Comparison, compare
from analytics.semantics.filters import Reader
from analytics.semantics.level_group import LevelGroup
from analytics.semantics.periods import UNITS, WHOLE_DAY, Period, last_of, preset
from analytics.semantics.question_report import QuestionReport
from analytics.semantics.report import reports
from ledger.models import Snapshot


def run(query: Query, read_totals: bool = False) -> Answer:
    """The answer, whose rows are read when a face needs them; with `read_totals`, the totals are
    read at the same time."""
    period = resolved_period(query)
    answer = build_answer(query, period)
    if query.params.compare:
        comparison = build_comparison(query, period)
        answer = replace(
            answer,
            compare=query.params.compare,
            comparison=comparison,
            before=build_answer(query, comparison.earlier, period),
        )
    # A pivot has the total among its levels.
    if read_totals and answer.lazy_totals and not has_columns(answer):
        answer.lazy_totals.read_ahead()
    return answer


def run_all(queries: Iterable[tuple[str, Query]]) -> dict[str, Answer]:
    """The answers by name. Their rows are read ahead, also while the next queries are built."""
    answers = {}
    for name, query in queries:
        answers[name] = answer = run(query)
        for period in filter(None, (answer, answer.before)):
            period.lazy_rows.read_ahead()
    return answers


def run_report(
    path: str, parameters: Mapping[str, Any], reader: Reader, snapshot: Snapshot | None = None
) -> Answer:
    return run(build_query(reports()[path], parameters, reader, snapshot))


def build_answer(query: Query, period: Period, asked: Period | None = None) -> Answer:
    """Of the period that was asked for, or of the earlier one that it is compared with."""
    report = query.report
    return Answer(
        report=report,
        period=period,
        filters=query.params.shown,
        currency=settings.BASE_CURRENCY,
        snapshot=query.snapshot,
        is_over=period.is_over(query.today),
        lazy_rows=LazyTable(
            query.snapshot,
            lambda: row_statements(query, period_parts(query, period)),
            report.columns,
        ),
        lazy_totals=totals_table(query, period) if report.has_totals else None,
        level_table=lambda levels: level_table(query, levels, period, asked),
        averages=averages_table(query, period),
        note=report_note(query),
    )


def totals_table(query: Query, period: Period) -> LazyTable:
    """One statement for the whole period, also by month: customers of two months are one."""
    return LazyTable(
        query.snapshot, lambda: (totals_statement(query, period),), query.report.measures
    )


def averages_table(query: Query, period: Period) -> LazyTable | None:
    averages = query.report.averages
    if averages is None:
        return None
    return LazyTable(
        query.snapshot,
        lambda: (averages_statement(query, averages, period),),
        query.report.average_columns,
    )


def level_table(
    query: Query, levels: LevelGroup, period: Period, asked: Period | None
) -> LazyTable:
    """The rows of levels of a question, or those of an earlier period to compare them with."""
    read = levels.of_earlier_period if asked else levels

    def statements() -> tuple[str, ...]:
        # One more than may be read, to find out whether there are more.
        return (level_statement(query, read, period, asked or period, MOST_ROWS_READ + 1),)

    return LazyTable(query.snapshot, statements, levels.columns)


def report_note(query: Query) -> str:
    if isinstance(query.report, QuestionReport) and query.report.is_asked:
        return query.report.note_of(is_of_goods=query.params.is_of_goods)
    is_scoped = query.reader.countries is not None
    return query.report.note(query.snapshot, is_scoped) if query.report.note else ""


def period_parts(query: Query, period: Period) -> list[Period]:
    """The periods to read one after the other: of a report `by_month`, whose rows are too many to
    sort at once, the months in which something was sold."""
    start, end = period.start, period.end
    if not query.report.by_month or start is None or end is None:
        return [period]
    months = (date.fromisoformat(f"{month}-01") for month in query.snapshot.months())
    # The first and last month may be only partly in the period.
    parts = [(max(month, start), min(last_of(month), end)) for month in months]
    # At least one: the columns of an empty answer come from a statement, too.
    return [
        Period(first, last, period.hours if last == end else WHOLE_DAY)
        for first, last in parts
        if first <= last
    ] or [period]


def resolved_period(query: Query) -> Period:
    """The requested period; an end that was left open is that of the sales the reader may see."""
    start, end = query.params.start, query.params.end
    if start and end:
        return Period(start, end, unit=UNITS.get(query.params.period, ""))
    days = trading_days(query.snapshot, query.reader.countries)
    if query.params.period == "last_sales" and days["last"]:
        return preset("last_12_months", days["last"])
    if start:
        # A start after the last sale is a period of that one day.
        return Period(start, max(start, days["last"] or start))
    end = end or days["last"]
    # An end before the first sale likewise; without any sales there is no period.
    return Period(end and min(end, days["first"] or end), end)


def build_comparison(query: Query, period: Period) -> Comparison:
    comparison = compare(period, query.params.compare, query.today, query.hours)
    # Of the countries asked for: one that opened later has nothing to compare with before that.
    opened = trading_days(query.snapshot, query.countries)["first"]
    start = comparison.earlier.start
    is_known = opened is not None and start is not None and start >= opened
    return replace(comparison, is_known=is_known)


def trading_days(snapshot: Snapshot, countries: tuple[int, ...] | None) -> dict[str, date | None]:
    """The `first` and the `last` day on which something was sold in these countries."""
    return fetch_table(snapshot, trading_days_statement(countries)).to_pylist()[0]
