"""What an exported file holds, and the writers of its formats."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.utils.datastructures import MultiValueDict

from analytics.api.reports import resource_of
from analytics.faces.as_csv import render_csv
from analytics.query.answer import Answer
from analytics.query.query import Query, build_query, find_snapshot
from analytics.query.run import run
from analytics.semantics.filters import Reader, Refused
from analytics.semantics.report import Report, reports
from exports import monthly, pdf, workbook
from exports.models import MONTHLY, FileRequest
from ledger.background import PATIENCE_OF_JOBS
from ledger.models import Snapshot

Progress = Callable[[int], None]
MAX_REPORTS = 50  # in one file
# The first day that the zip format can hold.
FIXED_DATE = (1980, 1, 1, 0, 0, 0)  # in a zip: the same answers give the same file


@dataclass(frozen=True)
class ExportSpec:
    """Reports with parameters and a format; `validated` for a user who may see them."""

    user: object
    reports: tuple[str, ...]
    parameters: MultiValueDict
    format: str
    reader: Reader = field(default_factory=Reader)

    @classmethod
    def validated(cls, user, paths: list[str], parameters, format: str) -> "ExportSpec":
        spec = cls(user, tuple(paths), MultiValueDict(parameters), format, Reader.of(user))
        spec.check()
        return spec

    @property
    def is_monthly(self) -> bool:
        return self.reports == (MONTHLY,)

    @property
    def table_count(self) -> int:
        return len(monthly.visible_sheets(self.may_see)) if self.is_monthly else len(self.reports)

    def may_see(self, report: Report) -> bool:
        return self.user.may(resource_of(report), "retrieve")

    def check(self) -> None:
        if self.is_monthly:
            if self.format != FileRequest.Format.XLSX:
                raise Refused({"format": ["The monthly sales report is an Excel workbook."]})
            self.month()
            return
        for path in self.reports:
            # First of all: the checks below look each report up by its path.
            self.check_report(path)
        if not 1 <= len(set(self.reports)) == len(self.reports) <= MAX_REPORTS:
            raise Refused({"reports": [f"Choose 1 to {MAX_REPORTS} different reports."]})
        if self.format == FileRequest.Format.CSV and len(self.reports) > 1:
            raise Refused({"format": ["A CSV file holds a single report. Choose zip or xlsx."]})
        if self.format == FileRequest.Format.PDF and not pdf.find_browser():
            raise Refused({"format": [pdf.NO_BROWSER]})
        known = {name for path in self.reports for name in reports()[path].form.base_fields}
        if unknown := sorted(set(self.parameters) - known):
            raise Refused({name: ["None of these reports has this parameter."] for name in unknown})
        for path in self.reports:
            reports()[path].form(self.parameters_of(path), self.reader).params()

    def check_report(self, path: str) -> None:
        if path not in reports():
            raise Refused({"reports": [f"{path!r} is not a report."]})
        if not self.may_see(reports()[path]):
            raise Refused({"reports": [f"Your role may not open {path!r}."]})

    def parameters_of(self, path: str) -> MultiValueDict:
        names = reports()[path].form.base_fields
        return MultiValueDict({n: v for n, v in self.parameters.lists() if n in names})

    def month(self, patience: float | None = None) -> monthly.MonthlyReport:
        parameters = self.parameters.copy()
        (month,) = parameters.pop("month", [""])[-1:] or [""]
        return monthly.monthly_report(month, self.reader, parameters, patience)

    def queries(self, snapshot: Snapshot) -> list[Query]:
        return [
            build_query(reports()[path], self.parameters_of(path), self.reader, snapshot)
            for path in self.reports
        ]

    def file_name(self) -> str:
        if self.is_monthly:
            return self.month().file_name
        stem = self.reports[0].replace("/", "-") if len(self.reports) == 1 else "reports"
        days = [self.parameters[name] for name in ("start", "end") if self.parameters.get(name)]
        return "-".join([stem, *days]) + f".{self.format}"

    def snapshot(self) -> Snapshot:
        number = self.parameters.get("snapshot")
        return find_snapshot(int(number) if number else None, PATIENCE_OF_JOBS)

    def write(self, path: Path, on_progress: Progress) -> Snapshot:
        """Returns the snapshot that was read. `on_progress` gets the number of tables written."""
        if self.is_monthly:
            month = self.month(PATIENCE_OF_JOBS)
            with path.open("wb") as file:
                monthly.write_monthly_report(file, month, self.may_see, on_progress)
            return month.snapshot
        snapshot = self.snapshot()
        queries = self.queries(snapshot)
        title = queries[0].report.title if len(queries) == 1 else "Reports"
        WRITERS[self.format](path, title, results_of(queries, on_progress))
        return snapshot


def results_of(queries: list[Query], on_progress: Progress) -> Iterator[Answer]:
    for done, query in enumerate(queries):
        # Lazily: the answer before is written, and may leave memory, when the next one is run.
        on_progress(done)
        yield run(query)


def write_xlsx(path: Path, title: str, answers: Iterator[Answer]) -> None:
    with path.open("wb") as file:
        workbook.write_workbook(file, title, answers)


def write_csv(path: Path, title: str, answers: Iterator[Answer]) -> None:
    with path.open("wb") as file:
        file.writelines(render_csv(next(answers)))


def write_zip(path: Path, title: str, answers: Iterator[Answer]) -> None:
    with ZipFile(path, "w", ZIP_DEFLATED) as file:
        for answer in answers:
            name = ZipInfo(answer.report.path.replace("/", "-") + ".csv", FIXED_DATE)
            # A ZipInfo brings its own method, which is to store, whatever that of the archive.
            name.compress_type = ZIP_DEFLATED
            with file.open(name, "w") as entry:
                entry.writelines(render_csv(answer))


WRITERS = {"xlsx": write_xlsx, "csv": write_csv, "zip": write_zip, "pdf": pdf.write_pdf}
