"""The monthly sales report: a summary, and a sheet for each report behind it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from analytics.faces.sheets import workbook
from analytics.query.answer import Answer
from analytics.query.query import build_query, find_snapshot
from analytics.query.run import run
from analytics.semantics.filters import Reader, Refused
from analytics.semantics.periods import FIRST_DAY, LAST_DAY, last_of
from analytics.semantics.report import Report, reports
from exports.summary import write_summary
from exports.workbook import Contents, write_definitions, write_sheet
from ledger.models import Snapshot

# No dates: the month gives them.
PARAMETERS = ("country", "category", "snapshot")
SHEETS = {
    "Products": "products/sold",
    "Countries": "geographic/country-performance",
    "Categories": "revenue/by-category",
    "Customers": "customers/buyers",
    "Orders": "orders/amounts",
    "Lines": "orders/lines",
    "Tax": "revenue/tax",
    "Returns": "orders/returned",
    "Stock": "inventory/value",
    "Days": "analytics/daily",
}


@dataclass(frozen=True)
class MonthlyReport:
    """A month's sales as a reader sees them in one state of the ledger."""

    first: date
    reader: Reader
    snapshot: Snapshot
    parameters: MultiValueDict

    @property
    def title(self) -> str:
        return f"Sales of {self.first:%B %Y}"

    @property
    def file_name(self) -> str:
        return f"sales-{self.first:%Y-%m}.xlsx"

    @cached_property
    def as_of(self) -> date:
        """The day of the snapshot rather than today: a later copy of the file is the same."""
        return timezone.localdate(self.snapshot.created_at)

    def answer(self, path: str, **more: str) -> Answer:
        given = self.parameters.copy()
        days = {"start": str(self.first), "end": str(last_of(self.first))}
        given.update(days | more)
        query = build_query(reports()[path], given, self.reader, self.snapshot)
        return run(replace(query, today=self.as_of))

    def key_figures(self) -> list[Answer]:
        """Compared with the previous month, and with the same month a year earlier."""
        names = ("previous_period", "previous_year")
        return [self.answer("analytics/kpis", compare=name) for name in names]


def monthly_report(
    text: str,
    reader: Reader,
    parameters: MultiValueDict | None = None,
    patience: float | None = None,
) -> MonthlyReport:
    """Of a month such as "2011-11"; `Refused` names each wrong parameter."""
    first = first_day(text)
    parameters = MultiValueDict(parameters or {})
    if unknown := sorted(set(parameters) - set(PARAMETERS)):
        known = ", ".join(PARAMETERS)
        raise Refused({name: [f"Unknown parameter. Use {known}."] for name in unknown})
    # All sheets share these parameters: one form refuses a wrong one before anything is written.
    cleaned = reports()[SHEETS["Products"]].form(parameters, reader).params()
    parameters.pop("snapshot", None)  # the definitions name the snapshot in any case
    snapshot = find_snapshot(cleaned.snapshot, patience)
    return MonthlyReport(first, reader, snapshot, parameters)


def first_day(text: str) -> date:
    year, _, number = text.partition("-")
    reasons = {}
    if not (number.isascii() and number.isdigit() and 1 <= int(number) <= 12):
        reasons["month"] = [f"{number[:20]!r} is not a month: write 1 to 12."]
    # Each month is compared with one a year earlier, and ends the day before another one.
    years = range(FIRST_DAY.year + 1, LAST_DAY.year + 1)
    if not (year.isascii() and year.isdigit() and len(year) == 4 and int(year) in years):
        reasons["year"] = [f"{year[:20]!r} is not a year: write {years[0]} to {years[-1]}."]
    if reasons:
        raise Refused(reasons)
    return date(int(year), int(number), 1)


def write_monthly_report(
    out,
    month: MonthlyReport,
    may_see: Callable[[Report], bool] = lambda report: True,
    on_progress: Callable[[int], None] = lambda done: None,
) -> None:
    """The workbook, with the sheets of the reports that the reader may see."""
    key_figures, contents = month.key_figures(), Contents()
    figures = key_figures[0]
    with workbook(out, month.title, month.snapshot.created_at, figures.currency) as book:
        # Created first to be the first tab, though its cells are known only after the other sheets.
        summary, tables = book.sheet("Summary"), {}
        for done, (name, path) in enumerate(visible_sheets(may_see).items()):
            on_progress(done)
            answer = month.answer(path)
            write_sheet(book, name, answer, contents)
            # Only what the summary shows is kept: the lines of a large month would fill the memory.
            if name in ("Products", "Countries", "Days"):
                tables[name] = answer
        write_summary(book, summary, month.first, key_figures, tables)
        contents.words |= {c.label: c.definition for c in figures.columns if c.definition}
        write_definitions(book, month.title, contents)


def visible_sheets(may_see: Callable[[Report], bool]) -> dict[str, str]:
    return {name: path for name, path in SHEETS.items() if may_see(reports()[path])}
