"""Load time and size of the overview page.

    make bench-pages [DATA=file.csv] [SCALE=10]

In headless Chromium on the demo shop: the load time with a warm cache, and the bytes transferred
with an empty one. On the server, on the file's orders: with a new ledger snapshot, of which nothing
is cached, and again. The floor is the account page, which runs no report.
"""

import gzip
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench import web
from bench.databases import manage, setup_django
from bench.reports import renew_snapshot
from bench.row import Row
from tests.browser.site import Site, served
from tests.browser.window import Window, chromium

ROOT = Path(__file__).resolve().parent.parent
RUNS = 7
DRAWN = """const [now] = performance.getEntriesByType("navigation");
return now.loadEventEnd - now.startTime"""


def measure(data: Path, scale: int) -> Iterator[Row]:
    with TemporaryDirectory(prefix="bench-") as folder, served(Path(folder)) as site:
        yield from browser_rows(site)
    with TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        setup_django(folder)
        manage("import_sales", str(data))
        # Before the server starts: the overview has its forecast, and no fit runs beside it.
        manage("fit_models")
        manage("refresh_ledger")
        # One process, as each has a cache of its own: the second request must meet the first one's.
        with web.web_server(folder, WEB_WORKERS="1") as server:
            yield from server_rows(PageTimer(server.port), folder / "books.sqlite3")
    scripts = (gzip.compress(file.read_bytes()) for file in (ROOT / "static").glob("*.js"))
    yield Row(work="JavaScript of ours, gzipped", ours=sum(map(len, scripts)) / 1000, unit="kB",
              most=15)  # fmt: skip


def browser_rows(site: Site) -> Iterator[Row]:
    if subprocess.run([ROOT / "bin/browser"], stdout=sys.stderr).returncode:
        yield Row(work="overview drawn in Chromium, demo shop", unit="ms", most=400,
                  note="needs Chromium")  # fmt: skip
        return
    driver = chromium()
    try:
        window = Window(driver, site)
        window.signs_in()
        window.waits_for("Home")
        driver.execute_cdp_cmd("Network.clearBrowserCache", {})
        yield Row(work="overview over the line, nothing cached",
                  ours=bytes_transferred(window) / 1000, unit="kB", most=60)  # fmt: skip
        yield Row(work="stops of the Tab key on the overview", unit="", most=120,
                  ours=window.tab_stops())  # fmt: skip
        yield Row(work="overview drawn in Chromium, demo shop", unit="ms", most=400,
                  ours=median_of(lambda: load_time(window)))  # fmt: skip
    finally:
        driver.quit()


def bytes_transferred(window: Window) -> float:
    """Of all responses, compressed as they were sent."""
    # Reads the log to its end, so that only the events of the next page are left in it.
    window.complaints()
    window.opens("/")
    events = (json.loads(e["message"])["message"] for e in window.driver.get_log("performance"))
    ends = (e["params"] for e in events if e["method"] == "Network.loadingFinished")
    return sum(end["encodedDataLength"] for end in ends)


def load_time(window: Window) -> float:
    """Milliseconds until the load event of the page has ended."""
    window.opens("/")
    return window.driver.execute_script(DRAWN)


def server_rows(page: "PageTimer", books: Path) -> Iterator[Row]:
    # The first requests load modules and templates and compile the SQL of the reports.
    for _ in range(2):
        page("/")
    known = {"unit": "ms", "floor": "an account page, which asks no report",
             "floor_figure": median_of(lambda: page("/account/"))}  # fmt: skip
    ours = median_of(lambda: page("/"), lambda: renew_snapshot(books))
    yield Row(work="overview on the server, nothing remembered", ours=ours, most=80, **known)
    yield Row(work="overview on the server, remembered", ours=median_of(lambda: page("/")), most=12,
              **known)  # fmt: skip


class PageTimer:
    """Requests pages with the session of a signed-in user."""

    def __init__(self, port: int):
        from django.conf import settings
        from django.contrib.auth import get_user_model
        from django.test import Client

        user = get_user_model().objects.create_superuser(email="a@example.com", password=None)
        client = Client()
        # The last backend finds users; the first only locks accounts.
        client.force_login(user, settings.AUTHENTICATION_BACKENDS[-1])
        self.port, self.cookies = port, client.cookies.output(header="", attrs=[]).strip()

    def __call__(self, path: str) -> float:
        """Milliseconds until the page is read."""
        begun = time.perf_counter()
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", path, headers={"Cookie": self.cookies})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status}")
        return (time.perf_counter() - begun) * 1000


def median_of(measure: Callable[[], float], before: Callable[[], None] = lambda: None) -> float:
    taken = []
    for _ in range(RUNS):
        before()
        taken.append(measure())
    return median(taken)
