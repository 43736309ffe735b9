"""Asks a report: parameters and reader make a Question, its answer is a Result for every face."""

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache

import pyarrow as pa
from django.conf import settings
from django.utils import timezone
from ibis import _

from analytics.query.result import Found, fetch
from analytics.semantics.comparison import CALENDAR, Comparison, compare
from analytics.semantics.filters import Asked, Id, Reader, Refused
from analytics.semantics.periods import Period, last_of
from analytics.semantics.placeholders import CATEGORIES, COUNTRIES, SCOPE, filled, one
from analytics.semantics.report import Column, Report, reports
from analytics.semantics.shop import Shop, ever
from ledger import background
from ledger.engine import engine
from ledger.models import Snapshot
from ledger.sources import is_on_disk

KEYS = ("text", "id", "hour", "weekday")  # kinds that say what a row speaks of
GIVEN = object()  # stands for an id where it makes no difference which


@dataclass(frozen=True)
class Result:
    """The answer of a report. Faces are functions of it."""

    report: Report
    period: Period
    filters: dict
    currency: str
    snapshot: Snapshot
    is_over: bool
    found: Found
    summed: Found | None
    compare: str = ""
    comparison: Comparison | None = None
    before: "Result | None" = None
    note: str = ""  # what the model says of itself, or what it lacks

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.report.columns

    def begin(self) -> "Result":
        """Ask for the rows while others are asked for, too."""
        for result in filter(None, (self, self.before)):
            result.found.begin()
        return self

    @property
    def table(self) -> pa.Table:
        return self.found.table

    @cached_property
    def rows(self) -> list[dict]:
        return self.table.to_pylist()

    @cached_property
    def sums(self) -> pa.Table | None:
        """One row with the totals."""
        return self.summed and self.summed.table

    @cached_property
    def totals(self) -> dict | None:
        return self.sums and self.sums.to_pylist()[0]

    @cached_property
    def wide(self) -> tuple[tuple[Column, ...], pa.Table]:
        """Columns and rows, with the numbers of the earlier period if it was asked for."""
        columns, table = list(self.columns), self.table
        for column in self.columns if self.before else ():
            if column.kind not in KEYS + CALENDAR:
                name, label = f"{column.name}_before", f"{column.label} before"
                columns.append(replace(column, name=name, label=label))
                table = table.append_column(name, self.before.table[column.name].take(self.matches))
        return tuple(columns), table

    @cached_property
    def matches(self) -> pa.Array:
        """For each row the index of the earlier row that it is compared with."""
        found = self.comparison.matches(self.report.key_columns, self.rows, self.before.rows)
        return pa.array(found, pa.int64())


@dataclass(frozen=True)
class Question:
    """A report with checked parameters, a reader and one state of the ledger: it has one answer."""

    report: Report
    asked: Asked
    reader: Reader
    snapshot: Snapshot
    today: date

    @property
    def key(self) -> tuple:
        return self.report.path, self.asked, self.reader, self.snapshot.token, self.today

    def answer(self) -> Result:
        period = self.whole_period()
        result = self.result(period)
        if not self.asked.compare:
            return result
        comparison = self.compared(period)
        return replace(
            result,
            compare=self.asked.compare,
            comparison=comparison,
            before=self.result(comparison.earlier),
        )

    def compared(self, period: Period) -> Comparison:
        comparison = compare(period, self.asked.compare, self.today)
        opened = self.days_of_trade(self.countries)["first"]
        is_known = opened is not None and comparison.earlier.start >= opened
        return replace(comparison, is_known=is_known)

    def note(self) -> str:
        is_scoped = self.reader.countries is not None
        return self.report.note(self.snapshot, is_scoped) if self.report.note else ""

    def result(self, period: Period) -> Result:
        rows, sums = sql_of_rows(*self.shape), sql_of_sums(*self.shape)
        parts = tuple(filled(rows, self.values(part)) for part in self.parts_of(period))
        measures = tuple(column for column in self.report.columns if column.is_measure)
        return Result(
            report=self.report,
            period=period,
            filters=self.asked.shown,
            currency=settings.BASE_CURRENCY,
            snapshot=self.snapshot,
            is_over=period.is_over(self.today),
            found=Found(self.snapshot, parts, self.report.columns),
            summed=sums and Found(self.snapshot, (filled(sums, self.values(period)),), measures),
            note=self.note(),
        )

    @cached_property
    def shape(self) -> tuple:
        """What the SQL hangs on."""
        own = tuple((name, GIVEN if name in self.ids else value) for name, value in self.asked.own)
        return (
            *(self.report, own),
            *(self.reader.countries is not None, self.asked.countries is not None),
            *(self.asked.categories is not None, self.asked.returns_on),
        )

    def values(self, period: Period) -> dict:
        """What is filled into it."""
        before = compare(period, "previous_period", self.today).earlier
        return {
            "START": period.start,
            "END": period.end,
            "TODAY": self.today,
            "START_BEFORE": before.start,
            "END_BEFORE": before.end,
            "SCOPE": self.reader.countries,
            "COUNTRIES": self.asked.countries,
            "CATEGORIES": self.asked.categories,
            **{name.upper(): value for name, value in self.ids.items()},
        }

    @cached_property
    def ids(self) -> dict[str, int]:
        """Of the things that are asked about."""
        fields = self.report.form.base_fields
        own = {name: value for name, value in self.asked.own if isinstance(fields[name], Id)}
        return {name: value for name, value in own.items() if value is not None}

    def parts_of(self, period: Period) -> list[Period]:
        """One after the other they have the rows of the whole: the months in which something was
        sold, where those of a month are many and go by days."""
        if not self.report.by_month or period.start is None:
            return [period]
        months = (date.fromisoformat(f"{month}-01") for month in self.snapshot.months())
        parts = [
            Period(max(month, period.start), min(last_of(month), period.end)) for month in months
        ]
        return [part for part in parts if part.start <= part.end] or [period]

    def whole_period(self) -> Period:
        """What was asked for; what was left open ends with what the reader can see."""
        start, end = self.asked.start, self.asked.end
        if start and end:
            return Period(start, end)
        days = self.days_of_trade(self.reader.countries)
        if start:
            return Period(start, max(start, days["last"] or start))
        end = end or days["last"]
        return Period(end and min(end, days["first"] or end), end)

    @property
    def countries(self) -> tuple[int, ...] | None:
        return self.reader.countries if self.asked.countries is None else self.asked.countries

    def days_of_trade(self, countries: tuple[int, ...] | None) -> dict[str, date | None]:
        """The first and the last day on which something was sold in these countries."""
        sql = filled(bounds(countries is not None), {"COUNTRIES": countries})
        return fetch(self.snapshot, sql).to_pylist()[0]


def ask(report: Report, parameters, reader: Reader, snapshot: Snapshot | None = None) -> Question:
    """The question with these parameters; `Refused` if they are not right.

    Pages that ask several name the snapshot, so that all answers are of one state.
    """
    asked = report.form(parameters, reader).asked()
    snapshot = snapshot or snapshot_of(asked.snapshot)
    return Question(report, asked, reader, snapshot, timezone.localdate())


def answer(path: str, parameters, reader: Reader, snapshot: Snapshot | None = None) -> Result:
    return ask(reports()[path], parameters, reader, snapshot).answer()


def snapshot_of(number: int | None) -> Snapshot:
    if number is None:
        return background.current()
    snapshot = Snapshot.objects.filter(number=number).first()
    if snapshot is None:
        raise Refused({"snapshot": ["There is no such snapshot, or not any longer."]})
    if not all(map(is_on_disk, snapshot.books().values())):
        raise Refused({"snapshot": ["Files of this snapshot are gone or damaged."]})
    return snapshot


@lru_cache(maxsize=2)
def bounds(some_countries: bool) -> str:
    orders = ever(COUNTRIES if some_countries else None).orders
    return engine().compile(orders.agg(first=_.day.min(), last=_.day.max()))


@lru_cache(maxsize=1024)
def sql_of_rows(report: Report, own: tuple, *cuts) -> str:
    """Made once for all that it is filled with."""
    return engine().compile(report.rows(shop(*cuts), with_blanks(own)))


@lru_cache(maxsize=1024)
def sql_of_sums(report: Report, own: tuple, *cuts) -> str | None:
    """Of the totals, where the report has such."""
    sums = report.sums(shop(*cuts), with_blanks(own))
    return None if sums is None else engine().compile(sums)


def shop(is_scoped: bool, some_countries: bool, some_categories: bool, returns_on: str) -> Shop:
    scope = SCOPE if is_scoped else None
    return Shop(
        countries=COUNTRIES if some_countries else scope,
        categories=CATEGORIES if some_categories else None,
        returns_on=returns_on,
        scope=scope,
    )


def with_blanks(own: tuple) -> dict:
    return {name: one(name) if value is GIVEN else value for name, value in own}
