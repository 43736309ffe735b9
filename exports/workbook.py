"""Answers as a workbook: a sheet each, and a last one with definitions."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain

from analytics.faces.as_xlsx import column_definitions, parameter_facts
from analytics.faces.grids import shown_table
from analytics.faces.sheets import Book, workbook
from analytics.faces.tables import rows_to_show, total_texts
from analytics.query.answer import Answer
from analytics.query.grid import is_grid


@dataclass
class Contents:
    """What the last sheet says of the others: their answers are no longer in memory by then."""

    about: list[tuple[str, object]] = field(default_factory=list)
    sheets: dict[str, tuple[str, int]] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)


def write_workbook(out, title: str, answers: Iterable[Answer]) -> None:
    """A sheet for each answer. The next one is computed after the one before is written."""
    # The file begins with the snapshot's time and the currency: the first answer is needed before.
    answers, contents = iter(answers), Contents()
    first = next(answers)
    with workbook(out, title, first.snapshot.created_at, first.currency) as book:
        for answer in chain([first], answers):
            write_sheet(book, sheet_name(answer.report.title, contents.sheets), answer, contents)
        write_definitions(book, title, contents)


def sheet_name(title: str, taken) -> str:
    """As Excel requires: up to 31 characters, without some signs, unique."""
    # 24 leave room for the number of a title that is taken.
    name = re.sub(r"[\[\]:*?/\\']", " ", title)[:24]
    same = sum(other.startswith(name) for other in taken)
    return f"{name} ({same + 1})" if same else name


def write_sheet(book: Book, name: str, answer: Answer, contents: Contents) -> None:
    columns, table = shown_table(answer)
    # Below a grid there is no column that a total would belong to.
    totals, more = (None, total_texts(answer)) if is_grid(answer.report) else (answer.totals, ())
    book.write_table(name, columns, rows_to_show(answer, columns, table), totals)
    text = " ".join([answer.report.description, *more])
    contents.sheets[name] = (text, table.num_rows)
    contents.words |= dict(column_definitions(answer))
    contents.about = contents.about or parameter_facts(answer)


def write_definitions(book: Book, title: str, contents: Contents) -> None:
    rows = [(name, f"{rows:,} rows. {text}") for name, (text, rows) in contents.sheets.items()]
    facts = [("Workbook", title), *contents.about]
    parts = {"Sheets": rows, "Differences": book.notes, "Words": sorted(contents.words.items())}
    for heading, lines in parts.items():
        facts += [("", ""), (heading, ""), *lines] if lines else []
    book.facts("Definitions", facts)
