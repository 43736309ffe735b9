"""Tables as sheets of an Excel workbook: real numbers and dates, frozen headers, filters.

A workbook is written row by row and kept in little memory. The same tables make the same file, byte
for byte. What Excel cannot hold is changed as little as possible, and said in `notes`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from tempfile import TemporaryDirectory
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter
from babel.numbers import get_currency_precision
from xlsxwriter.format import Format
from xlsxwriter.utility import quote_sheetname, xl_range
from xlsxwriter.worksheet import Worksheet

from analytics.faces.drawings.labels import currency_symbol
from analytics.semantics.columns import Column
from analytics.semantics.kinds import KINDS, round_half_up

ROWS = 1_048_576  # of a sheet, with its header and its last line
LONGEST = 32_767  # characters of a cell, as UTF-16 counts them
BATCH = 5_000
BEFORE_1970 = 25_569  # days, as Excel counts them
DAY = 24 * 3600 * 10**6
WIDEST = 60  # characters
NUMBER_WIDTHS = {"money": 15, "moment": 17, "date_hour": 17}  # others need 11
UNFIT = "[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]"  # what XML cannot hold, or nobody can see
RICH = re.compile("^<r>.*</r>$", re.DOTALL)  # the writer would take it for XML of its own
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


Fact = tuple[str, object]  # a name and its value
Span = tuple[str, int]  # a sheet of a table, and how many rows of it are there


@contextmanager
def workbook(out: IO[bytes], title: str, created: datetime, currency: str) -> Iterator["Book"]:
    """A workbook into an open file; `created` is the only time in it."""
    # A folder of its own: xlsxwriter's temporary files go even if the writing fails.
    with (
        TemporaryDirectory(prefix="ledgerlight-") as scratch,
        xlsxwriter.Workbook(out, {**OPTIONS, "tmpdir": scratch}) as file,
    ):
        file.set_properties({"title": title, "created": created.replace(tzinfo=None)})
        yield Book(file, currency)


class Book:
    """A workbook that is being written, with its formats and the notes on what was changed."""

    def __init__(self, file: xlsxwriter.Workbook, currency: str):
        self.file = file
        self.formats: dict[tuple, Format] = {}
        self.split_tables: list[tuple[str, str]] = []  # those that need several sheets
        self.changed: Counter[tuple[str, str]] = Counter()
        self.places = get_currency_precision(currency)
        cents = f".{'0' * self.places}" if self.places else ""
        # In brackets the symbol is a text; a plain $ would become the currency of the reader's
        # Excel.
        amount = f"[${currency_symbol(currency)}]#,##0{cents}"
        self.money_format = f"{amount};-{amount}"

    @property
    def notes(self) -> list[Fact]:
        """What is not in its sheet as it was in the answer."""
        changed = [(title, text.format(times)) for (title, text), times in self.changed.items()]
        return [*self.split_tables, *changed]

    def cell_format(self, kind: str = "", **more: Any) -> Format:
        """The format of a kind of value; a workbook has each only once."""
        key = kind, *sorted(more.items())
        if key not in self.formats:
            number = {"num_format": self.number_format(kind)} if is_number(kind) else {}
            self.formats[key] = self.file.add_format(number | more)
        return self.formats[key]

    def number_format(self, kind: str) -> str:
        return self.money_format if kind == "money" else KINDS[kind].excel_format

    def sheet(self, name: str) -> Worksheet:
        return self.file.add_worksheet(name)

    def write_table(
        self,
        name: str,
        columns: Sequence[Column],
        table: pa.Table,
        totals: dict[str, Any] | None = None,
    ) -> None:
        """The table, on as many sheets as it needs; below it the totals."""
        # One row for the header, and one for the totals or the note where it goes on.
        room = ROWS - 2
        spans: list[Span] = []
        # At least one sheet: an empty table has a header, too.
        for start in range(0, max(1, table.num_rows), room):
            rows = table.slice(start, room)
            # Excel refuses names of sheets above 31 characters.
            title = name if start == 0 else f"{name[:27]} {len(spans) + 1}"
            sheet = self.sheet(title)
            self.write_header(sheet, columns, table)
            self.write_rows(sheet, title, columns, rows)
            sheet.autofilter(0, 0, rows.num_rows, len(columns) - 1)
            spans.append((title, rows.num_rows))
            if start + room < table.num_rows:
                following = f"{name[:27]} {len(spans) + 1}"
                self.write_continuation(sheet, following, name, table.num_rows)
        if totals:
            self.write_totals(sheet, columns, table, totals, spans)

    def write_continuation(self, sheet: Worksheet, following: str, name: str, rows: int) -> None:
        text = f"Continued in the sheet “{following}”."
        sheet.write_string(ROWS - 1, 0, text, self.cell_format(bold=True))
        note = f"{rows:,} rows are more than a sheet holds: they continue in “{following}”."
        self.split_tables.append((name, note))

    def write_header(self, sheet: Worksheet, columns: Sequence[Column], table: pa.Table) -> None:
        """Labels, widths and the layout of the printed page."""
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        # A4
        sheet.set_paper(9)
        # One page wide, and as many long as it takes.
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        bold = self.cell_format(
            bold=True, bottom=1, text_wrap=True, valign="top", bg_color="#EEF1F5"
        )
        for index, column in enumerate(columns):
            width = column_width(column, table[column.name])
            sheet.set_column(index, index, width, self.cell_format(column.kind))
            sheet.write_string(0, index, column.label, bold)

    def write_rows(
        self, sheet: Worksheet, title: str, columns: Sequence[Column], table: pa.Table
    ) -> None:
        writers = [
            (index, sheet.write_number if is_number(column.kind) else sheet.write_string,
             self.cell_format(column.kind))
            for index, column in enumerate(columns)
        ]  # fmt: skip
        row_index = 0
        for start in range(0, table.num_rows, BATCH):
            batch = table.slice(start, BATCH)
            values = [self.values(title, column, batch[column.name]) for column in columns]
            for row in zip(*values, strict=True):
                row_index += 1
                for value, (index, write, cell_format) in zip(row, writers, strict=True):
                    # An unknown value is an empty cell, which Excel leaves out of means.
                    if value is not None:
                        write(row_index, index, value, cell_format)

    def values(self, title: str, column: Column, values: pa.ChunkedArray) -> list[Any]:
        """As Excel holds them: dates are numbers of days."""
        kind = KINDS[column.kind]
        if kind.is_decimal:
            # By way of text: straight from decimals Arrow is off in the last place.
            return values.cast(pa.string()).cast(pa.float64()).to_pylist()
        if column.kind in ("moment", "date_hour"):
            passed = pc.divide(values.cast(pa.timestamp("us")).cast(pa.int64()).cast("double"), DAY)
            return pc.add(passed, BEFORE_1970).to_pylist()
        if kind.is_calendar and is_number(column.kind):
            days = values.cast(pa.date32()).cast(pa.int32())
            return pc.add(days, BEFORE_1970).to_pylist()
        if kind.is_integer:
            return values.to_pylist()
        return self.texts(title, column.label, kind.exact(values).cast(pa.string()))

    def texts(self, title: str, label: str, values: pa.ChunkedArray) -> list[str | None]:
        texts = values.to_pylist()
        # UTF-8 never has fewer bytes than UTF-16 has units, so no text that is too long is missed.
        longest = pc.max(pc.binary_length(values)).as_py() or 0
        is_unfit = pc.any(pc.match_substring_regex(values, f"{UNFIT}|^<r>")).as_py()
        if longest <= LONGEST and not is_unfit:
            return texts
        return [text and self.fitting_text(title, label, text) for text in texts]

    def fitting_text(self, title: str, label: str, text: str) -> str:
        """A text as a cell can hold it; changes are counted for the notes."""
        clean, changed = re.subn(UNFIT, "\ufffd", text)
        if changed:
            note = f"{label}: texts with control characters, shown as \ufffd: {{}}."
            self.changed[title, note] += 1
        if RICH.match(clean):
            clean += " "
        if len(wide := clean.encode("utf-16-le")) > 2 * LONGEST:
            # "ignore" drops half of a character of two units at the cut.
            clean = wide[: 2 * (LONGEST - 1)].decode("utf-16-le", "ignore") + "…"
            self.changed[title, f"{label}: texts cut after {LONGEST - 1:,} characters: {{}}."] += 1
        return clean

    def write_totals(
        self,
        sheet: Worksheet,
        columns: Sequence[Column],
        table: pa.Table,
        totals: dict[str, Any],
        spans: list[Span],
    ) -> None:
        """Sums as formulas; as values what does not add up, like customers of two countries."""
        row_index = spans[-1][1] + 1
        style: dict[str, Any] = {"bold": True, "top": 1}
        if columns[0].name not in totals:
            sheet.write_string(row_index, 0, "Total", self.cell_format(**style))
        for index, column in enumerate(columns):
            exact, cell_format = totals.get(column.name), self.cell_format(column.kind, **style)
            if exact is None:
                continue
            value = round_half_up(exact, self.places) if column.kind == "money" else exact
            # Only where the rows add up. SUBTOTAL and not SUM: it follows the filter of the sheet.
            if table.num_rows and pc.sum(table[column.name]).as_py() == exact:
                ranges = (cell_range(title, rows, index) for title, rows in spans)
                formula = "+".join(f"SUBTOTAL(9,{cells})" for cells in ranges)
                # Rows keep four places, the total is rounded once, as in every other face.
                formula = formula if value == exact else f"ROUND({formula},{self.places})"
                # With its value: programs that do not calculate would show 0.
                sheet.write_formula(row_index, index, f"={formula}", cell_format, float(value))
            else:
                sheet.write_number(row_index, index, float(value), cell_format)

    def facts(self, name: str, facts: Iterable[Fact]) -> None:
        """A sheet of names and their values; a name without a value is a heading."""
        sheet = self.sheet(name)
        top, bold = self.cell_format(valign="top"), self.cell_format(bold=True, valign="top")
        wrapped = self.cell_format(text_wrap=True, valign="top")
        sheet.set_column(0, 0, 28, top)
        sheet.set_column(1, 1, 100, wrapped)
        for row_index, (label, value) in enumerate(facts):
            text = self.fitting_text(name, "Name", label)
            sheet.write_string(row_index, 0, text, top if value else bold)
            if value:
                sheet.write_string(
                    row_index, 1, self.fitting_text(name, label, str(value)), wrapped
                )


def is_number(kind: str) -> bool:
    """Whether Excel holds it as a number, as it does dates; "" is the kind of a plain text."""
    return bool(kind and KINDS[kind].excel_format)


def column_width(column: Column, values: pa.ChunkedArray) -> float:
    """As wide as the header's longest word and the values below it."""
    header = max(map(len, column.label.split())) + 4
    if is_number(column.kind):
        return max(NUMBER_WIDTHS.get(column.kind, 11), header)
    longest = pc.max(pc.utf8_length(values.cast(pa.string()))).as_py() if len(values) else 0
    return min(WIDEST, max(header, 8, (longest or 0) + 1))


def cell_range(title: str, rows: int, column_index: int) -> str:
    return f"{quote_sheetname(title)}!{xl_range(1, column_index, rows, column_index)}"
