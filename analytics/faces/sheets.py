"""Tables as sheets of an Excel workbook: real numbers and dates, frozen headers, filters.

A workbook is written row by row and kept in little memory. Of the same tables it is the same file,
byte for byte. What Excel cannot hold is changed as little as possible, and told in `notes`.
"""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter
from babel.numbers import get_currency_precision
from xlsxwriter.utility import quote_sheetname, xl_range

from analytics.faces.drawings.labels import currency_symbol
from analytics.semantics.kinds import KINDS, WEEKDAYS, round_half_up

ROWS = 1_048_576  # of a sheet: its header, its last line and what is between them
LONGEST = 32_767  # characters of a cell, as UTF-16 counts them
BATCH = 5_000
BEFORE_1970 = 25_569  # days, as Excel counts them
DAY = 24 * 3600 * 10**6
WIDEST = 60
UNFIT = "[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]"  # what XML cannot hold, or nobody can see
RICH = re.compile("^<r>.*</r>$", re.DOTALL)  # the writer would take it for XML of its own
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


@contextmanager
def workbook(out, title: str, created: datetime, currency: str) -> Iterator["Book"]:
    """A workbook into an open file; `created` is the only time that is told in it."""
    with (
        TemporaryDirectory(prefix="ledgerlight-") as scratch,
        xlsxwriter.Workbook(out, {**OPTIONS, "tmpdir": scratch}) as file,
    ):
        file.set_properties({"title": title, "created": created.replace(tzinfo=None)})
        yield Book(file, currency)


class Book:
    """A workbook on its way, and what one must know of it."""

    def __init__(self, file: xlsxwriter.Workbook, currency: str):
        self.file, self.made = file, {}
        self.longer: list[tuple[str, str]] = []  # tables that need several sheets
        self.changed: Counter[tuple[str, str]] = Counter()
        self.places = get_currency_precision(currency)
        symbol = f"[${currency_symbol(currency)}]#,##0" + f".{'0' * self.places}" * bool(
            self.places
        )
        self.money_format = f"{symbol};-{symbol}"

    @property
    def notes(self) -> list[tuple[str, str]]:
        """What is not in its sheet as it was in the answer."""
        changed = [(title, said.format(times)) for (title, said), times in self.changed.items()]
        return self.longer + changed

    def shape(self, kind: str = "", **more):
        """The format of a kind of value; a workbook has each only once."""
        key = kind, *sorted(more.items())
        if key not in self.made:
            number = {"num_format": self.number_format(kind)} if is_number(kind) else {}
            self.made[key] = self.file.add_format(number | more)
        return self.made[key]

    def number_format(self, kind: str) -> str:
        return self.money_format if kind == "money" else KINDS[kind].excel_format

    def sheet(self, name: str):
        return self.file.add_worksheet(name)

    def table(self, name: str, columns, table: pa.Table, totals: dict | None = None, sheet=None):
        """The table, on as many sheets as it needs; below it the totals."""
        room = ROWS - 2
        spans = []
        for start in range(0, max(1, table.num_rows), room):
            rows = table.slice(start, room)
            title = name if start == 0 else f"{name[:27]} {len(spans) + 1}"
            sheet = sheet if sheet and start == 0 else self.sheet(title)
            self.dress(sheet, columns, table)
            self.fill(sheet, title, columns, rows)
            sheet.autofilter(0, 0, rows.num_rows, len(columns) - 1)
            spans.append((title, rows.num_rows))
            if start + room < table.num_rows:
                self.go_on(sheet, f"{name[:27]} {len(spans) + 1}", name, table.num_rows)
        if totals:
            self.total(sheet, columns, table, totals, spans)

    def go_on(self, sheet, following: str, name: str, rows: int) -> None:
        sheet.write_string(
            ROWS - 1, 0, f"Goes on in the sheet “{following}”.", self.shape(bold=True)
        )
        note = f"{rows:,} rows are more than a sheet holds: they go on in “{following}”."
        self.longer.append((name, note))

    def dress(self, sheet, columns, table: pa.Table) -> None:
        """Header, widths and the look of the printed page."""
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        bold = self.shape(bold=True, bottom=1, text_wrap=True, valign="top", bg_color="#EEF1F5")
        for place, column in enumerate(columns):
            width = width_of(column, table[column.name])
            sheet.set_column(place, place, width, self.shape(column.kind))
            sheet.write_string(0, place, column.label, bold)

    def fill(self, sheet, title: str, columns, table: pa.Table) -> None:
        turn = 0
        numeric = [is_number(column.kind) for column in columns]
        puts = [
            (place, sheet.write_number if number else sheet.write_string, self.shape(column.kind))
            for place, (column, number) in enumerate(zip(columns, numeric, strict=True))
        ]
        for start in range(0, table.num_rows, BATCH):
            part = table.slice(start, BATCH)
            values = [self.values(title, column, part[column.name]) for column in columns]
            for row in zip(*values, strict=True):
                turn += 1
                for value, (place, put, shape) in zip(row, puts, strict=True):
                    if value is not None:
                        put(turn, place, value, shape)

    def values(self, title: str, column, values: pa.ChunkedArray) -> list:
        """As Excel holds them: dates are numbers of days."""
        kind = KINDS[column.kind]
        if kind.is_decimal:
            # By way of text: straight from decimals Arrow is off in the last place.
            return values.cast(pa.string()).cast(pa.float64()).to_pylist()
        if kind.is_calendar:
            days = values.cast(pa.date32()).cast(pa.int32())
            return pc.add(days, BEFORE_1970).to_pylist()
        if column.kind == "moment":
            passed = pc.divide(values.cast(pa.timestamp("us")).cast(pa.int64()).cast("double"), DAY)
            return pc.add(passed, BEFORE_1970).to_pylist()
        if column.kind == "weekday":
            return [day and WEEKDAYS[day - 1] for day in values.to_pylist()]
        if kind.is_integer:
            return values.to_pylist()
        return self.texts(title, column.label, values.cast(pa.string()))

    def texts(self, title: str, label: str, values: pa.ChunkedArray) -> list[str | None]:
        texts = values.to_pylist()
        fits = pc.max(pc.binary_length(values)).as_py() or 0
        strange = pc.any(pc.match_substring_regex(values, f"{UNFIT}|^<r>")).as_py()
        if fits <= LONGEST and not strange:
            return texts
        return [text and self.fitted(title, label, text) for text in texts]

    def fitted(self, title: str, label: str, text: str) -> str:
        """A text as a cell can hold it; what was changed is told."""
        clean, changed = re.subn(UNFIT, "\ufffd", text)
        if changed:
            self.changed[
                title, f"{label}: texts with control characters, shown as \ufffd: {{}}."
            ] += 1
        if RICH.match(clean):
            clean += " "
        if len(wide := clean.encode("utf-16-le")) > 2 * LONGEST:
            clean = wide[: 2 * (LONGEST - 1)].decode("utf-16-le", "ignore") + "…"
            self.changed[title, f"{label}: texts cut after {LONGEST - 1:,} characters: {{}}."] += 1
        return clean

    def total(self, sheet, columns, table: pa.Table, totals: dict, spans) -> None:
        """Sums as formulas; as values what does not add up, like customers of two countries."""
        turn = spans[-1][1] + 1
        bold = {"bold": True, "top": 1}
        if columns[0].name not in totals:
            sheet.write_string(turn, 0, "Total", self.shape(**bold))
        for place, column in enumerate(columns):
            value, shape = totals.get(column.name), self.shape(column.kind, **bold)
            if value is None:
                continue
            told = round_half_up(value, self.places) if column.kind == "money" else value
            if table.num_rows and pc.sum(table[column.name]).as_py() == value:
                formula = "+".join(f"SUBTOTAL(9,{cells(*span, place)})" for span in spans)
                formula = formula if told == value else f"ROUND({formula},{self.places})"
                sheet.write_formula(turn, place, f"={formula}", shape, float(told))
            else:
                sheet.write_number(turn, place, float(told), shape)

    def facts(self, name: str, facts, sheet=None) -> None:
        """Names and what there is to say of them."""
        sheet = sheet or self.sheet(name)
        sheet.set_column(0, 0, 28, self.shape(valign="top"))
        sheet.set_column(1, 1, 100, self.shape(text_wrap=True, valign="top"))
        for turn, (word, text) in enumerate(facts):
            bold = self.shape(bold=True, valign="top") if not text else self.shape(valign="top")
            sheet.write_string(turn, 0, self.fitted(name, "Name", word), bold)
            if text:
                wrapped = self.shape(text_wrap=True, valign="top")
                sheet.write_string(turn, 1, self.fitted(name, word, str(text)), wrapped)


def is_number(kind: str) -> bool:
    """Whether Excel holds it as a number, as it does dates; "" is the kind of a plain text."""
    return bool(kind and KINDS[kind].excel_format)


def width_of(column, values: pa.ChunkedArray) -> float:
    """As wide as the header's longest word and what stands below it."""
    head = max(map(len, column.label.split())) + 4
    if is_number(column.kind):
        widths = {"money": 15, "moment": 17}
        return max(widths.get(column.kind, 11), head)
    longest = pc.max(pc.utf8_length(values.cast(pa.string()))).as_py() if len(values) else 0
    return min(WIDEST, max(head, 8, (longest or 0) + 1))


def cells(title: str, rows: int, place: int) -> str:
    return f"{quote_sheetname(title)}!{xl_range(1, place, rows, place)}"
