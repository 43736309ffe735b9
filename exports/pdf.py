"""Reports as a PDF, printed by the server's browser if it has one."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import mark_safe

from analytics.faces import as_chart
from analytics.faces.grids import shown_table
from analytics.faces.html import whole_table
from analytics.pages.grid_table import GridTable
from analytics.pages.report_links import ReportLinks
from analytics.query.answer import Answer
from analytics.query.grid import Grid, is_grid
from analytics.semantics import periods
from analytics.semantics.filters import Refused

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MAX_ROWS = 5_000  # of a report: nobody reads more on paper
MOST_COLUMNS = 13  # of a table with two axes: a year of ages fits on a page
TIMEOUT_SECONDS = 120
NO_BROWSER = "A PDF needs Chromium on the server. Without it, open the report and print the page."
TOO_LONG = "{title} has {rows:,} rows; a PDF holds up to {most:,}. Choose xlsx, csv or zip."


def find_browser() -> str | None:
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def write_pdf(path: Path, title: str, answers: Iterator[Answer]) -> None:
    """Each report begins a new page. The document has no links: the browser loads nothing else."""
    style = Path(finders.find("ledgerlight.css")).read_text()
    context = {"title": title, "reports": map(report_context, answers), "style": mark_safe(style)}  # noqa: S308
    print_page(render_to_string("exports/pdf.html", context), path)


def report_context(answer: Answer) -> dict:
    columns, rows = shown_table(answer)
    if rows.num_rows > MAX_ROWS:
        reason = TOO_LONG.format(title=answer.report.title, rows=rows.num_rows, most=MAX_ROWS)
        raise Refused({"reports": [reason]})
    if is_grid(answer.report):
        shown = grid_context(answer)
    else:
        shown = {"table": whole_table(answer, columns, rows)}
    drawing = as_chart.svg(answer).decode()
    return {
        "report": answer.report,
        "answer": answer,
        "drawing": mark_safe(drawing),  # noqa: S308
        **shown,
        "filters": " · ".join(filter_texts(answer)),
        "definitions": [column for column in answer.columns if column.definition],
    }


def grid_context(answer: Answer) -> dict:
    links = ReportLinks(answer, may_list_orders=False)
    grid, today = Grid(answer), timezone.localdate()
    parts = paper_parts(len(grid.heads))
    tables = [GridTable(grid, links, today, places=part) for part in parts]
    return {"grids": [(table, [*table.rows()]) for table in tables]}


def paper_parts(columns: int) -> list[slice]:
    """A wide table as several below each other, of about as many columns each."""
    parts = -(-columns // MOST_COLUMNS) or 1
    limits = [columns * part // parts for part in range(parts + 1)]
    return [slice(first, last) for first, last in pairwise(limits)]


def filter_texts(answer: Answer) -> Iterator[str]:
    for name, value in answer.filters.items():
        # The period is shown by itself; without conditions there is nothing to say.
        if name not in periods.PARAMETERS and value != ():
            text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
            yield f"{name.replace('_', ' ').capitalize()}: {text}"


def print_page(page: str, path: Path) -> None:
    with TemporaryDirectory() as folder:
        source = Path(folder) / "page.html"
        source.write_text(page)
        command = [
            find_browser(), "--headless", "--disable-gpu", "--no-pdf-header-footer",
            # A profile for each run: Chromiums cannot share one, and two workers may print.
            f"--user-data-dir={folder}/profile", f"--print-to-pdf={path}", source.as_uri(),
        ]  # fmt: skip
        if os.geteuid() == 0:  # Chromium has no sandbox for root; the page runs no script
            command.insert(1, "--no-sandbox")
        subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT_SECONDS)  # noqa: S603
