"""Rows that are set aside: where they stand in the file, what they say, what is wrong with them."""

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from imports.files import Table
from imports.formats import Format, normal
from imports.staging import RECORD_NUMBER, Staging
from imports.steps import step

LONGEST_RAW = 20_000
Broken = tuple[int, int, str, str, str, str]  # record, line, column, code, reason, raw


def separate_malformed(table: Table, folder: Path) -> tuple[Table, list[Broken]]:
    """Set aside records that do not have the header's shape; the rest as a file with numbers.

    Only for files that the fast reader refused: it cannot say which records it did not take.
    """
    path, width, broken = folder / "sifted.csv", len(table.header), []
    with path.open("w", newline="", encoding="utf-8") as out:
        write = csv.writer(out).writerow
        write([RECORD_NUMBER, *table.header])
        for record, line, cells, raw in records(table):
            if isinstance(cells, str):
                broken.append((record, line, "", "bad_quotes", cells, raw))
            elif len(cells) != width:
                code = "missing_column" if len(cells) < width else "extra_column"
                reason = f"{len(cells)} columns where the header has {width}"
                broken.append((record, line, "", code, reason, raw))
            else:
                write([record, *cells])
    return replace(table, path=path, delimiter=",", header=(RECORD_NUMBER, *table.header)), broken


def records(table: Table) -> Iterator[tuple[int, int, list[str] | str, str]]:
    """(record, first line, cells or what is wrong with them, raw text) of every record of a CSV."""
    with table.path.open(newline="", encoding="utf-8") as file:
        lines = LineRecorder(file)
        reader = csv.reader(lines, delimiter=table.delimiter, strict=True)
        record, before = -1, 0
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                cells = f"the quotes are not right: {error}"
            raw, first, before = lines.pop_lines(), before + 1, reader.line_num
            if cells or raw.strip():  # an empty line is no record
                record += 1
                if record:
                    yield record, first, cells, raw.rstrip("\r\n")


class LineRecorder:
    """Lines that are read on are kept until they are taken."""

    def __init__(self, lines):
        self.lines, self.kept = lines, []

    def __iter__(self):
        return self

    def __next__(self):
        line = next(self.lines)
        self.kept.append(line)
        return line

    def pop_lines(self) -> str:
        kept, self.kept = "".join(self.kept), []
        return kept


@step(reads="rejected", writes="reject_rows")
def list_rejects(staging: Staging, table: Table, known: Format, broken: list[Broken]) -> int:
    """`reject_rows`: every row set aside, with the place and text that it has in the file."""
    found = dict(staging.run("select record, rule from rejected"))
    places = dict(locate_records(table, set(found)))
    titles = {known.canonical_name(title): title for title in table.header}
    rows = list(broken)
    for record, number in sorted(found.items()):
        rule, (line, raw) = staging.rules[number], places[record]
        column = column_title(rule.column, known, titles)
        rows.append(
            (record, line if table.has_lines else None, column, rule.code, rule.reason, raw)
        )
    staging.create("reject_rows")
    staging.insert_rows(
        "reject_rows", [(*row[:5], row[5][:LONGEST_RAW].replace("\0", "␀")) for row in sorted(rows)]
    )
    return len(rows)


def unused_rows(staging: Staging, tables: list[Table], known: Format) -> list[Broken]:
    """Rows of the tables beside the main one that come to nothing, numbered behind its rows."""
    found: list[Broken] = []
    for table in tables:
        if (rule := known.left_over.get(normal(Path(table.name).stem))) is None:
            continue
        name = normal(Path(table.name).stem)
        records = {n for (n,) in staging.run(f"select record from {name} where {rule.when}")}
        for _, (line, raw) in locate_records(table, records):
            number = staging.last_record + len(found) + 1
            reason = f"{rule.reason} ({table.name})"
            found.append((number, line, rule.column, rule.code, reason, raw))
    return found


def column_title(field: str, known: Format, titles: dict[str, str]) -> str:
    """The column, by the file's own words, that the field comes from."""
    sql = known.fields.get(field, field)
    used = (title for name, title in titles.items() if re.search(rf"\b{name}\b", sql))
    return titles.get(sql) or titles.get(field) or next(used, field)


def locate_records(table, wanted: set[int]) -> Iterator[tuple[int, tuple[int | None, str]]]:
    """(record, (line, raw text)) of the wanted records, by one walk through the file."""
    if not wanted:
        return
    if table.simple_lines:
        with table.path.open(encoding="utf-8", newline="\n") as file:
            for record, raw in enumerate(file):
                if record in wanted:
                    yield record, (record + 1, raw.rstrip("\r\n"))
    else:
        for record, line, _, raw in records(table):
            if record in wanted:
                yield record, (line, raw)
