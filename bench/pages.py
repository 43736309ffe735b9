"""How fast the overview is, and how heavy.

    make bench-pages [DATA=file.csv] [SCALE=10]

In headless Chromium on the demo shop: until everything is drawn, warm, and what goes over the line
when nothing is cached. On the server, on the file's orders: as though the ledger had just been
written anew, and again; beside it the page of the account, which asks no report, measured in the
same run.
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

from bench.databases import manage, settings
from bench.reports import renew
from bench.table import Row
from tests.browser.site import Site, served
from tests.browser.window import Window, chromium

ROOT = Path(__file__).resolve().parent.parent
RUNS = 7
DRAWN = """const [now] = performance.getEntriesByType("navigation");
return now.loadEventEnd - now.startTime"""


def rows(data: Path, scale: int) -> Iterator[Row]:
    with TemporaryDirectory(prefix="bench-") as folder, served(Path(folder)) as site:
        yield from in_the_browser(site)
    with TemporaryDirectory(prefix="bench-") as folder:
        books = Path(folder) / "books.sqlite3"
        fill(settings("sqlite3", Path(folder)), data)
        with served(Path(folder), DATABASE_NAME=str(books)) as site:
            yield from on_the_server(site, books)
    script = gzip.compress((ROOT / "static/ledgerlight.js").read_bytes())
    yield Row(work="JavaScript of ours, gzipped", ours=len(script) / 1000, unit="kB", most=5)


def in_the_browser(site: Site) -> Iterator[Row]:
    if subprocess.run([ROOT / "bin/browser"], stdout=sys.stderr).returncode:
        yield Row(work="overview drawn in Chromium, demo shop", unit="ms", most=400,
                  note="needs Chromium")  # fmt: skip
        return
    driver = chromium()
    try:
        window = Window(driver, site)
        window.signs_in()
        window.waits_for("Overview")
        driver.execute_cdp_cmd("Network.clearBrowserCache", {})
        yield Row(work="overview over the line, nothing cached", ours=weight(window) / 1000,
                  unit="kB", most=350)  # fmt: skip
        yield Row(work="overview drawn in Chromium, demo shop", unit="ms", most=400,
                  ours=typical(lambda: drawn(window)))  # fmt: skip
    finally:
        driver.quit()


def weight(window: Window) -> float:
    """Bytes of all answers, as they were sent."""
    window.complaints()
    window.opens("/")
    events = (json.loads(e["message"])["message"] for e in window.driver.get_log("performance"))
    ends = (e["params"] for e in events if e["method"] == "Network.loadingFinished")
    return sum(end["encodedDataLength"] for end in ends)


def drawn(window: Window) -> float:
    """Milliseconds until the page and its pictures are there."""
    window.opens("/")
    return window.driver.execute_script(DRAWN)


def fill(environment: dict[str, str], data: Path) -> None:
    for command in (["migrate", "-v0"], ["import_sales", str(data)], ["demo_account", "--create"]):
        manage(environment, *command)


def on_the_server(site: Site, books: Path) -> Iterator[Row]:
    ask = Visitor(site)
    for _ in range(2):
        ask("/")
    known = {"unit": "ms", "floor": "an account page, which asks no report",
             "floor_figure": typical(lambda: ask("/account/"))}  # fmt: skip
    ours = typical(lambda: ask("/"), lambda: renew(books))
    yield Row(work="overview on the server, nothing remembered", ours=ours, most=250, **known)
    yield Row(work="overview on the server, remembered", ours=typical(lambda: ask("/")), most=40,
              **known)  # fmt: skip


class Visitor:
    """Somebody who is signed in, and measures."""

    def __init__(self, site: Site):
        self.host = site.address.removeprefix("http://")
        self.cookies: dict[str, str] = {}
        self.send("GET", "/accounts/login/")
        self.send(
            "POST",
            "/accounts/login/",
            f"username={site.email}&password={site.password}"
            f"&csrfmiddlewaretoken={self.cookies['csrftoken']}",
        )

    def __call__(self, path: str) -> float:
        begun = time.perf_counter()
        status = self.send("GET", path)
        spent = (time.perf_counter() - begun) * 1000
        if status != 200:
            raise SystemExit(f"{path}: {status}")
        return spent

    def send(self, method: str, path: str, body: str | None = None) -> int:
        connection = HTTPConnection(self.host, timeout=60)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        connection.close()
        return answer.status


def typical(measure: Callable[[], float], before: Callable[[], None] = lambda: None) -> float:
    taken = []
    for _ in range(RUNS):
        before()
        taken.append(measure())
    return median(taken)
