"""Rejected rows: their place in the file, their text and what is wrong with them."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from imports.files import Table
from imports.formats import Format, normal
from imports.staging import RECORD_NUMBER, Staging
from imports.steps import step

LONGEST_RAW = 20_000
# record, line (null in Parquet), column, code, reason, raw
RejectedRow = tuple[int, int | None, str, str, str, str]


def separate_malformed(table: Table, folder: Path) -> tuple[Table, list[RejectedRow]]:
    """Split a file into its well-formed records, with their numbers, and the malformed ones.

    Only for files that DuckDB refused: it does not say which records it could not read.
    """
    path, width = folder / "well-formed.csv", len(table.header)
    malformed: list[RejectedRow] = []
    with path.open("w", newline="", encoding="utf-8") as out:
        write = csv.writer(out).writerow
        write([RECORD_NUMBER, *table.header])
        for record, line, cells, raw in records(table):
            if isinstance(cells, str):
                malformed.append((record, line, "", "bad_quotes", cells, raw))
            elif len(cells) != width:
                code = "missing_column" if len(cells) < width else "extra_column"
                reason = f"{len(cells)} columns where the header has {width}"
                malformed.append((record, line, "", code, reason, raw))
            else:
                write([record, *cells])
    header = (RECORD_NUMBER, *table.header)
    return replace(table, path=path, delimiter=",", header=header), malformed


def records(table: Table) -> Iterator[tuple[int, int, list[str] | str, str]]:
    """(record, first line, cells or the error in them, raw text) of every record of a CSV."""
    with table.path.open(newline="", encoding="utf-8") as file:
        lines = LineRecorder(file)
        reader = csv.reader(lines, delimiter=table.delimiter, strict=True)
        record, last_line = -1, 0  # the header is record 0
        while True:
            cells: list[str] | str
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                cells = f"the quotes are not right: {error}"
            raw, first_line, last_line = lines.pop_text(), last_line + 1, reader.line_num
            if cells or raw.strip():  # an empty line is no record
                record += 1
                if record:
                    yield record, first_line, cells, raw.rstrip("\r\n")


class LineRecorder:
    """Passes lines on to a reader and remembers their text until `pop_text`."""

    def __init__(self, lines: Iterable[str]):
        self.lines = iter(lines)
        self.read: list[str] = []

    def __iter__(self) -> "LineRecorder":
        return self

    def __next__(self) -> str:
        line = next(self.lines)
        self.read.append(line)
        return line

    def pop_text(self) -> str:
        text, self.read = "".join(self.read), []
        return text


@step(reads="rejected", writes="reject_rows")
def list_rejects(
    staging: Staging, table: Table, format: Format, malformed: list[RejectedRow]
) -> int:
    """List every rejected row with its place and text in the file; returns how many there are."""
    broken_rules = dict(staging.run("select record, rule from rejected"))
    places = dict(locate_records(table, set(broken_rules)))
    titles = {format.canonical_name(title): title for title in table.header}
    rows = list(malformed)
    for record, number in sorted(broken_rules.items()):
        rule, (line, raw) = staging.rules[number], places[record]
        column = column_title(rule.column, format, titles)
        rows.append(
            (record, line if table.has_lines else None, column, rule.code, rule.reason, raw)
        )
    # PostgreSQL cannot store NUL.
    staging.create("reject_rows")
    staging.insert_rows(
        "reject_rows", [(*row[:5], row[5][:LONGEST_RAW].replace("\0", "␀")) for row in sorted(rows)]
    )
    return len(rows)


def unused_rows(staging: Staging, tables: list[Table], format: Format) -> list[RejectedRow]:
    """Rows of the other tables that no row of the main one uses, numbered after its rows."""
    unused: list[RejectedRow] = []
    for table in tables:
        name = normal(Path(table.name).stem)
        if (rule := format.unused_rules.get(name)) is None:
            continue
        numbers = {n for (n,) in staging.run(f"select record from {name} where {rule.when}")}
        for _, (line, raw) in locate_records(table, numbers):
            number = staging.last_record + len(unused) + 1
            reason = f"{rule.reason} ({table.name})"
            unused.append((number, line, rule.column, rule.code, reason, raw))
    return unused


def column_title(field: str, format: Format, titles: dict[str, str]) -> str:
    """The file's title of the column that the field comes from."""
    sql = format.fields.get(field, field)
    used = (title for name, title in titles.items() if re.search(rf"\b{name}\b", sql))
    return titles.get(sql) or titles.get(field) or next(used, field)


def locate_records(table: Table, wanted: set[int]) -> Iterator[tuple[int, tuple[int | None, str]]]:
    """(record, (line, raw text)) of the wanted records, in one pass over the file."""
    if not wanted:
        return
    if table.simple_lines:
        # Only line feeds end a line: a lone \r inside a value would shift all further numbers.
        with table.path.open(encoding="utf-8", newline="\n") as file:
            for record, raw in enumerate(file):
                if record in wanted:
                    yield record, (record + 1, raw.rstrip("\r\n"))
    else:
        for record, line, _, raw in records(table):
            if record in wanted:
                yield record, (line, raw)
