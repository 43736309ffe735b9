"""Report latency while an import runs and orders arrive, and how soon reports show an order.

    make bench-load [BENCH_SECONDS=60]

The web server and the worker as `make run` starts them, with the file imported. Fifty readers
request reports of ten kinds and pause for a second after each: first alone, which is the floor,
then while the file is imported again under other invoice numbers and orders come in through the
API. After each order its client polls the day's key figures until they include it.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event

from bench.clients import Latencies, background, closed_loop
from bench.databases import ROOT, manage, setup_django
from bench.row import Row, latency_note, percentiles
from bench.shapes import with_new_invoice_numbers
from bench.web import Client, web_server, worker

READERS, PAUSE = 50, 1.0
SECONDS = float(os.environ.get("BENCH_SECONDS", 60))
BETWEEN_ORDERS = 1.0
REPORTS = (
    "analytics/kpis", "revenue/monthly", "products/top", "customers/top", "orders/by-hour",
    "geographic/revenue-by-country", "customers/repeat-rate", "revenue/by-day-of-week",
    "products/abc", "customers/new-vs-returning",
)  # fmt: skip


def measure(data: Path, scale: int) -> Iterator[Row]:
    with TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        setup_django(folder)
        manage("import_sales", str(data))
        more = with_new_invoice_numbers(data, folder / "more.csv")
        with worker(folder), web_server(folder) as web:
            yield from busy_rows(web.sign_in(), more, folder)


def busy_rows(web: Client, more: Path, folder: Path) -> Iterator[Row]:
    for path in REPORTS:  # the first answers load modules
        web("GET", f"/api/{path}/")
    readers, (buyer,) = web.signed_in_clients(READERS), web.signed_in_clients(1)
    quiet = read_for(readers, SECONDS / 4)
    shop, imported = OrderStream(buyer), ImportRun(more, folder)
    with background(shop.run), background(imported.run):
        loaded = read_for(readers, SECONDS)
    yield from reader_rows(loaded, quiet)
    # Kept apart from latencies: a server that refuses quickly must not look fast.
    wrong = [*quiet.errors, *loaded.errors, *shop.latencies.errors]
    yield Row(work="not answered", ours=len(wrong), unit="", most=0, note=" ".join(wrong[:1]))
    yield order_row("sold until a report shows it", shop.lags, most=2)
    yield order_row("an order through the API meanwhile", shop.latencies.seconds)
    yield Row(work="the import meanwhile", ours=imported.seconds, note=imported.note)


def reader_rows(loaded: Latencies, quiet: Latencies) -> Iterator[Row]:
    alone, late = percentiles(quiet.seconds), percentiles(loaded.seconds)
    note = f"{len(loaded.seconds):,} answers; {latency_note(loaded.seconds)}"
    for index, name, most in ((1, "p95", 400), (2, "p99", 1000)):
        yield Row(work=f"{READERS} readers beside import and orders, {name}", unit="ms",
                  ours=1000 * late[index], most=most, note=note,
                  floor="the readers alone", floor_figure=1000 * alone[index])  # fmt: skip


def order_row(work: str, taken: list[float], most: float | None = None) -> Row:
    """The longest: a rare wait for the import is what is looked for."""
    middle = f"; median {median(taken):.2f} s" if taken else ""
    return Row(work=f"{work}, at most", ours=max(taken, default=None), most=most,
               note=f"{len(taken)} orders{middle}")  # fmt: skip


def read_for(readers: list[Client], seconds: float) -> Latencies:
    def get_report(web: Client, index: int) -> None:
        web("GET", f"/api/{REPORTS[index % len(REPORTS)]}/")

    return closed_loop(readers, get_report, PAUSE, seconds)


class OrderStream:
    """Places an order every second, and after each one polls the key figures until they show it."""

    def __init__(self, web: Client):
        self.web, self.latencies, self.lags = web, Latencies(), []
        self.placed = self.reported = 0
        self.order = order_body()

    def run(self, ended: Event) -> None:
        while not ended.wait(BETWEEN_ORDERS):
            errors = len(self.latencies.errors)
            self.latencies.measure(self.place_order, self.web, 0, time.perf_counter())
            if len(self.latencies.errors) == errors:
                self.placed += 1
                self.poll(ended)

    def place_order(self, web: Client, index: int) -> None:
        web("POST", "/api/orders/", self.order)

    def poll(self, ended: Event) -> None:
        since, polls = time.perf_counter(), Latencies()
        # Without a pause: the lag is measured as closely as an answer takes.
        while not (ended.is_set() or polls.errors):
            polls.measure(self.read_orders_today, self.web, 0, since)
            if self.reported >= self.placed:
                self.lags.append(time.perf_counter() - since)
                break
        self.latencies.errors += polls.errors

    def read_orders_today(self, web: Client, index: int) -> None:
        # UTC is the default of TIME_ZONE.
        today = time.strftime("%Y-%m-%d", time.gmtime())
        (row,) = json.loads(web("GET", f"/api/analytics/kpis/?start={today}&end={today}"))["rows"]
        self.reported = row["orders"]


def order_body() -> str:
    """One piece of a product that is in stock, for a domestic customer."""
    from catalog.models import Product
    from catalog.services import restock
    from orders.tests.shop import Shop

    product = Product.objects.active().order_by("pk").first()
    # More than can be ordered: running out of stock would count as an error.
    restock(product, 1_000_000)
    items = [{"product": product.pk, "quantity": 1}]
    return json.dumps({"customer": Shop().anna.pk, "items": items})


class ImportRun:
    """The command, run once while the readers are active."""

    def __init__(self, file: Path, folder: Path):
        self.file, self.folder, self.seconds, self.note = file, folder, None, "not done in time"

    def run(self, ended: Event) -> None:
        start = time.perf_counter()
        with (self.folder / "import.log").open("w+") as log:
            command = [sys.executable, "manage.py", "import_sales", str(self.file)]
            code = subprocess.run(command, cwd=ROOT, stdout=log, stderr=log).returncode
            log.seek(0)
            self.note = (
                # The second line has the counts of rows.
                log.read().splitlines()[1] if not code else f"it failed: {log.read()[-200:]}"
            )
        if not code:
            self.seconds = time.perf_counter() - start
