"""Latency of reports over HTTP, beside hand-written SQL for the same answer on the same files.

    make bench-reports [DATA=file.csv] [SCALE=10]

Each report is requested with a new ledger snapshot and a start date that is new, so that nothing of
it is cached. The floor, in the same run, is DuckDB alone over the Parquet files with the SQL by
hand that the tests use, for rows and totals. Then the same while the running month is not yet in
the hot copy, repeated requests, the rebuild of one changed month, and the memory of the web
process.
"""

import json
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from statistics import median

import duckdb

from bench.databases import imported_books
from bench.row import Row, elapsed, format_number
from bench.web import Client, memory_mb, web_server

RUNS = 9
# Reports are read from the hot copy, the floor reads Parquet.
FACTOR = 0.6
SLACK, SLACK_OF_MANY = 4, 6  # milliseconds
MEDIAN = 12
REPEAT, MEMORY = 3, 400
MONTH, MONTH_OF_MANY = 120, 400  # milliseconds
MANY = {"products/top", "products/by-country", "customers/top"}  # by default only the first few


def measure(data: Path, scale: int) -> Iterator[Row]:
    with imported_books(data) as folder:
        with web_server(folder, WEB_WORKERS="1") as web:
            yield from report_rows(folder / "books.sqlite3", web.sign_in(), scale)
        yield rebuilt_month_row(scale)


def report_rows(books: Path, web: Client, scale: int) -> Iterator[Row]:
    from analytics.semantics.report import reports
    from analytics.tests import hand

    con, lines = open_ledger_in_duckdb()
    first, last = con.execute("select first_day(), last_day()").fetchone()
    answers, repeats = [], {}
    for path, sql in hand.QUESTIONS.items():
        queries = [sql, *totals_sql(reports()[path])]
        address = f"/api/{path}/?end={last}" + ("&limit=10" if path in MANY else "")
        answered = len(json.loads(web("GET", f"{address}&start={first}"))["rows"])
        floor, ours = alternate(
            first,
            partial(by_sql, con, queries),
            partial(over_http, web, books, address),
        )
        answers.append(ours)
        # By the server's clock: the client's would mostly measure the connection.
        repeats[path] = median(server_ms(web, f"{address}&start={first}") for _ in range(RUNS))
        yield Row(work=path, ours=ours, unit="ms", floor="SQL by hand", floor_figure=floor,
                  times=FACTOR, slack=SLACK if scale == 1 else SLACK_OF_MANY,
                  note=f"{answered:,} rows")  # fmt: skip
    yield Row(work="half of the reports take at most", ours=median(answers), unit="ms",
              most=MEDIAN if scale == 1 else None)  # fmt: skip
    yield changed_month_row(web, books, first, last)
    yield slowest_repeat_row(repeats)
    yield Row(work="memory of the web process after all reports", ours=max(memory_mb(web.pid)),
              unit="MB", most=MEMORY, note=f"{lines:,} lines")  # fmt: skip


def changed_month_row(web: Client, books: Path, first: date, last: date) -> Row:
    """The months that changed since the hot copy was written are read from Parquet."""
    from analytics.tests import hand
    from ledger import build

    mark_newest_month()
    build.current()
    taken = []
    for path in hand.QUESTIONS:
        address = f"/api/{path}/?end={last}" + ("&limit=10" if path in MANY else "")
        starts = [first - timedelta(days) for days in range(4)]
        taken.append(median(over_http(web, books, address, start) for start in starts[1:]))
    return Row(work="half of them, the running month not in the hot copy", ours=median(taken),
               unit="ms", note=f"at most {format_number(max(taken))} ms")  # fmt: skip


def slowest_repeat_row(taken: dict[str, float]) -> Row:
    slowest = max(taken, key=taken.get)
    over = sum(value > REPEAT for value in taken.values())
    return Row(work="a repeated question on the server, the slowest", ours=taken[slowest],
               unit="ms", most=REPEAT, note=f"{slowest}; half take "
               f"{format_number(median(taken.values()))} ms, {over} over the target")  # fmt: skip


def open_ledger_in_duckdb():
    """DuckDB over the files of the ledger, with the views that the SQL by hand reads."""
    from analytics.tests import hand
    from ledger import build
    from ledger.sources import table_files

    con = duckdb.connect()
    # Files of the ledger never change, so the floor need not read or check their footers again.
    con.execute("set parquet_metadata_cache = true")
    con.execute("set validate_external_file_cache = 'NO_VALIDATION'")
    hand.opened(con, "from_ledger", **table_files(build.current()))
    con.execute("set variable start = (select min(day) from all_orders)")
    con.execute('set variable "end" = (select max(day) from all_orders)')
    con.execute("set variable country = null")
    return con, con.execute("select count(*) from all_lines").fetchone()[0]


def totals_sql(report) -> list[str]:
    """The SQL by hand of the totals that the report returns."""
    from analytics.tests import hand

    words = [column.name for column in report.measures]
    return [hand.totals(report.totals, words)] if report.totals and words else []


def renew_snapshot(books: Path) -> None:
    """A new token for the same files, so that no cached answer belongs to it."""
    with sqlite3.connect(books, timeout=30) as connection:
        newest = "(select max(number) from analytics_snapshot)"
        connection.execute(
            f"update analytics_snapshot set token = ? where number = {newest}", [uuid.uuid4().hex]
        )
    # `with` of sqlite3 ends the transaction, not the connection.
    connection.close()


def alternate(first: date, floor: Callable, ours: Callable) -> tuple[float, float]:
    """Median milliseconds of both, which take turns so that load on the machine hits both alike.

    Each turn starts a day earlier, before the first sale: the same rows, and nothing cached.
    """
    starts = [first - timedelta(days) for days in range(RUNS + 1)]
    taken = [(floor(start), ours(start)) for start in starts]
    return tuple(median(figures) for figures in zip(*taken[1:], strict=True))  # the first warms up


def by_sql(con, queries: list[str], start: date) -> float:
    con.execute("set variable start = ?", [start])
    return milliseconds(lambda: [con.execute(query).to_arrow_table() for query in queries])


def over_http(web: Client, books: Path, address: str, start: date) -> float:
    renew_snapshot(books)
    return milliseconds(lambda: web("GET", f"{address}&start={start}"))


def milliseconds(work: Callable[[], object]) -> float:
    return elapsed(work) * 1000


def server_ms(web: Client, address: str) -> float:
    """The Server-Timing header of the response."""
    web("GET", address)
    return float(web.response_headers["Server-Timing"].partition("dur=")[2])


def rebuilt_month_row(scale: int) -> Row:
    from ledger import build

    taken = []
    for _ in range(RUNS + 1):
        mark_newest_month()
        taken.append(milliseconds(build.current))
    return Row(work="one dirty month written anew", ours=median(taken[1:]), unit="ms",
               most=MONTH if scale == 1 else MONTH_OF_MANY)  # fmt: skip


def mark_newest_month() -> None:
    from orders.models import Order

    newest = Order.objects.order_by("-placed_on").first()
    # The same value: any update marks the month as dirty.
    Order.objects.filter(pk=newest.pk).update(shipping=newest.shipping)
