"""Reports, memory and the hot copy with 54 million lines, a hundred times the file's.

    make bench-many [DATA=file.csv] [BENCH_LINES=5400000]

The file is imported and its ledger multiplied by DuckDB over ten years. One web process answers
the overview and ten reports; each has a new snapshot and a start date that is new, so that nothing
is cached. The last whole month is multiplied in the books too: it is the one that changes. It takes
about ten minutes and 3 GB of the disk, and is not part of `make bench`.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.databases import ROOT, manage, setup_django
from bench.load import REPORTS
from bench.reports import milliseconds, over_http, renew_snapshot
from bench.row import Row, format_number, latency_note
from bench.web import Client, memory_mb, web_server

LINES = int(os.environ.get("BENCH_LINES", 54_000_000))
RUNS = 7
MONTH = "2011-11"
ANSWER, MEMORY, DIRTY = 500, 1024, 2000


def measure(data: Path, scale: int) -> Iterator[Row]:
    with TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        books = folder / "books.sqlite3"
        setup_django(folder)
        manage("import_sales", str(data))
        manage("refresh_ledger")
        yield from made_rows(books)
        with web_server(folder, WEB_WORKERS="1") as web:
            yield from web_rows(web.sign_in(), books)
            yield from dirty_rows(books)
            yield from report_rows(web, books, ", the month not in the hot copy")
        yield from hot_copy_rows("one month changed")


def made_rows(books: Path) -> Iterator[Row]:
    from bench.many_lines import multiply_ledger, multiply_month
    from ledger.models import Snapshot
    from orders.models import OrderItem

    copies = max(1, round(LINES / OrderItem.objects.count()))
    begun = time.perf_counter()
    multiply_ledger(copies)
    files = Snapshot.objects.newest().parts.values()
    size = sum(file.size for file in files) / 1e6
    yield Row(work="Parquet of all lines", ours=size, unit="MB", note=f"{copies} copies in "
              f"{len(files)} files, made in {time.perf_counter() - begun:.0f} s")  # fmt: skip
    lines = multiply_month(books, MONTH, max(1, copies // 10))
    yield Row(work=f"lines of {MONTH}", ours=lines, unit="", note="in the books too")
    yield from hot_copy_rows("written whole")


def hot_copy_rows(what: str) -> Iterator[Row]:
    """By the command, whose memory is that of the worker while it writes."""
    from django.conf import settings

    from ledger.hot_copy import newest_copy

    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, ROOT / "manage.py", "refresh_ledger"])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    taken = time.perf_counter() - begun
    copy = newest_copy(settings.LEDGER_FOLDER)
    yield Row(work=f"hot copy, {what}", ours=taken,
              note=f"{copy.stat().st_size / 1e6:,.0f} MB; with the command's start")  # fmt: skip
    yield Row(work=f"memory of its writer, {what}", ours=usage.ru_maxrss / 1024, unit="MB")


def web_rows(web: Client, books: Path) -> Iterator[Row]:
    from bench.pages import PageTimer

    page, taken = PageTimer(web.port), []
    for _ in range(RUNS + 1):
        renew_snapshot(books)
        taken.append(page("/"))
    yield latency_row("overview", taken[1:])
    yield from report_rows(web, books, "")
    sizes = memory_mb(web.pid)
    yield Row(work="memory of the web process at most", ours=max(sizes), unit="MB", most=MEMORY,
              note=f"now {max(memory_mb(web.pid, 'VmRSS')):,.0f} MB")  # fmt: skip


def report_rows(web: Client, books: Path, when: str) -> Iterator[Row]:
    every = []
    for path in REPORTS:
        starts = (date(2002, 1, 31) - timedelta(day) for day in range(RUNS + 1))
        address = f"/api/{path}/?end=2011-12-31"
        taken = [over_http(web, books, address, start) for start in starts][1:]
        every += taken
        yield latency_row(path + when, taken)
    yield latency_row(f"the {len(REPORTS)} reports{when}", every)


def latency_row(work: str, taken: list[float]) -> Row:
    note = f"at least {format_number(min(taken))} ms; {latency_note([ms / 1000 for ms in taken])}"
    return Row(work=f"{work}, p50", ours=median(taken), unit="ms", most=ANSWER, note=note)


def dirty_rows(books: Path) -> Iterator[Row]:
    from ledger import build
    from orders.models import Order

    taken = []
    for _ in range(4):
        order = Order.objects.filter(placed_on__startswith=MONTH).first()
        # The same value: any update marks the month as dirty.
        Order.objects.filter(pk=order.pk).update(shipping=order.shipping)
        taken.append(milliseconds(build.current))
    yield Row(work="one dirty month written anew", ours=median(taken[1:]), unit="ms", most=DIRTY,
              note=f"at least {format_number(min(taken))} ms")  # fmt: skip
