"""Latency of Explore over HTTP, beside hand-written SQL for all levels of the same answer.

    make bench-explore [DATA=file.csv] [SCALE=10]

Each of thirty questions is asked with a new ledger snapshot and a start date that is new, so that
nothing of it is cached. The floor, in the same run, is DuckDB alone over the same hot copy.
"""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median

import duckdb

from bench.databases import imported_books
from bench.explore_questions import QUESTIONS, Asked
from bench.reports import alternate, by_sql, over_http
from bench.row import Row
from bench.web import Client, web_server

FACTOR, SLACK = 1.3, 8  # milliseconds


def measure(data: Path, scale: int) -> Iterator[Row]:
    with imported_books(data) as folder, web_server(folder, WEB_WORKERS="1") as web:
        yield from question_rows(folder / "books.sqlite3", web.sign_in())


def question_rows(books: Path, web: Client) -> Iterator[Row]:
    con = open_hot_copy()
    first, last = con.execute("select min(day), max(day) from orders").fetchone()
    ratios = []
    for asked in QUESTIONS:
        address = f"/api/explore/?{asked.parameters}&end={last}"
        answered = json.loads(web("GET", f"{address}&start={first}"))
        floor, ours = alternate(
            first,
            partial(by_sql, con, asked.queries),
            partial(over_http, web, books, address),
        )
        ratios.append(ours / floor)
        yield question_row(asked, floor, ours, len(answered["rows"]))
    yield Row(work="half of the questions take at most, of their floor", ours=median(ratios),
              unit="")  # fmt: skip


def question_row(asked: Asked, floor: float, ours: float, rows: int) -> Row:
    return Row(work=asked.name, ours=ours, unit="ms", floor="SQL by hand, hot copy",
               floor_figure=floor, times=FACTOR, slack=SLACK,
               note=f"{rows:,} rows, {len(asked.queries)} levels")  # fmt: skip


def open_hot_copy() -> duckdb.DuckDBPyConnection:
    from django.conf import settings

    from ledger.hot_copy import newest_copy

    con = duckdb.connect(str(newest_copy(settings.LEDGER_FOLDER)), read_only=True)
    con.execute("set variable start = (select min(day) from orders)")
    return con
