"""How long readers wait while the shop is busy, and how soon they see what was sold.

    make bench-load [BENCH_SECONDS=60]

The web server and the worker as `make run` starts them, on books that hold the file. Fifty readers
ask reports of all kinds, read for a second and ask again: first alone, which is the floor, then
while the file is imported once more under other numbers and orders come in through the API. After
each order its buyer asks for the day's figures until they show it: that is how late they are.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event

from bench.clients import Beside, Waits, readers, times
from bench.databases import ROOT, manage
from bench.reports import set_up
from bench.shapes import others
from bench.table import Row, percentiles, told
from bench.web import Web, served, working

PEOPLE, PAUSE = 50, 1.0
SECONDS = float(os.environ.get("BENCH_SECONDS", 60))
BETWEEN_ORDERS = 1.0
REPORTS = (
    "analytics/kpis", "revenue/monthly", "products/top", "customers/top", "orders/by-hour",
    "geographic/revenue-by-country", "customers/repeat-rate", "revenue/by-day-of-week",
    "products/abc", "customers/new-vs-returning",
)  # fmt: skip


def rows(data: Path, scale: int) -> Iterator[Row]:
    with TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        set_up(folder)
        manage({}, "migrate", "-v0")
        manage({}, "import_sales", str(data))
        more = others(data, folder / "more.csv")
        with working(folder), served(folder) as web:
            yield from busy(web.sign_in(), more, folder)


def busy(web: Web, more: Path, folder: Path) -> Iterator[Row]:
    for path in REPORTS:  # the first answers wait for imports
        web("GET", f"/api/{path}/")
    people, (seller,) = web.people(PEOPLE), web.people(1)
    quiet = read_for(people, SECONDS / 4)
    shop, imported = Orders(seller), Import(more, folder)
    with Beside(shop.sell), Beside(imported.run):
        loaded = read_for(people, SECONDS)
    yield of_readers(loaded, quiet)
    wrong = [*quiet.errors, *loaded.errors, *shop.waits.errors]
    yield Row(work="not answered", ours=len(wrong), unit="", most=0, note=" ".join(wrong[:1]))
    yield typical("sold until a report shows it", shop.lags)
    yield typical("an order through the API meanwhile", shop.waits.taken)
    yield Row(work="the import meanwhile", ours=imported.seconds, note=imported.told)


def of_readers(loaded: Waits, quiet: Waits) -> Row:
    late, floor = (1000 * percentiles(waits.taken)[1] for waits in (loaded, quiet))
    return Row(work=f"{PEOPLE} readers beside import and orders, p95", ours=late, unit="ms",
               floor="the readers alone", floor_figure=floor,
               note=f"{len(loaded.taken):,} answers; {told(loaded.taken)}")  # fmt: skip


def typical(work: str, taken: list[float]) -> Row:
    return Row(work=f"{work}, median", ours=median(taken) * 1000 if taken else None, unit="ms",
               note=f"{len(taken)} orders; at most {max(taken, default=0):.1f} s")  # fmt: skip


def read_for(people: list[Web], seconds: float) -> Waits:
    end = time.perf_counter() + seconds

    def ask(web: Web, turn: int) -> None:
        web("GET", f"/api/{REPORTS[turn % len(REPORTS)]}/")

    return readers(people, ask, PAUSE, partial(is_over, end))


def is_over(end: float) -> bool:
    return time.perf_counter() >= end


class Orders:
    """Somebody sells, and looks each time until the figures of the day know it."""

    def __init__(self, web: Web):
        self.web, self.waits, self.lags, self.sold = web, Waits(), [], 0
        self.known = 0
        self.order = wanted()

    def sell(self, over: Event) -> None:
        for turn in times(BETWEEN_ORDERS, over):
            answered = len(self.waits.taken)
            self.waits.of(self.place, self.web, turn, time.perf_counter())
            if len(self.waits.taken) > answered:
                self.sold += 1
                self.look(over)

    def place(self, web: Web, turn: int) -> None:
        web("POST", "/api/orders/", self.order)

    def look(self, over: Event) -> None:
        since, looks = time.perf_counter(), Waits()
        while not (over.is_set() or looks.errors):
            looks.of(self.shown, self.web, 0, since)
            if self.known >= self.sold:
                self.lags.append(time.perf_counter() - since)
                break
        self.waits.errors += looks.errors

    def shown(self, web: Web, turn: int) -> None:
        today = time.strftime("%Y-%m-%d", time.gmtime())
        (row,) = json.loads(web("GET", f"/api/analytics/kpis/?start={today}&end={today}"))["rows"]
        self.known = row["orders"]


def wanted() -> str:
    """One piece of what is on the shelf, to somebody at home."""
    from catalog.models import Product
    from catalog.services import restock
    from orders.tests.shop import Shop

    product = Product.objects.active().order_by("pk").first()
    restock(product, 1_000_000)
    items = [{"product": product.pk, "quantity": 1}]
    return json.dumps({"customer": Shop().anna.pk, "items": items})


class Import:
    """The command, once, as soon as the readers are there."""

    def __init__(self, file: Path, folder: Path):
        self.file, self.folder, self.seconds, self.told = file, folder, None, "not done in time"

    def run(self, over: Event) -> None:
        start = time.perf_counter()
        with (self.folder / "import.log").open("w+") as log:
            command = [sys.executable, "manage.py", "import_sales", str(self.file)]
            code = subprocess.run(command, cwd=ROOT, stdout=log, stderr=log).returncode
            log.seek(0)
            self.told = (
                log.read().splitlines()[1] if not code else f"it failed: {log.read()[-200:]}"
            )
        if not code:
            self.seconds = time.perf_counter() - start
