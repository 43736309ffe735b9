"""How fast the overview is, and how heavy.

    make bench-pages [DATA=file.csv]

In headless Chromium on the demo shop: until everything is drawn, warm, and what goes over the line
when nothing is cached. On the server, on the file's orders: as though the ledger had just been
written anew, and again; beside it the page of the account, which asks no report, measured in the
same run.
"""

import argparse
import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.reports import renew  # noqa: E402  after the path
from tests.browser.site import Site, served  # noqa: E402
from tests.browser.window import Window, chromium  # noqa: E402

RUNS = 7
DRAWN = """const [now] = performance.getEntriesByType("navigation");
return now.loadEventEnd - now.startTime"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    options = parser.parse_args()
    print(f"{'the overview':54}{'target':>8}{'reached':>9}")
    with TemporaryDirectory() as folder, served(Path(folder)) as site:
        in_the_browser(site)
    with TemporaryDirectory() as folder:
        books = Path(folder) / "books.sqlite3"
        fill(books, Path(folder), options.data)
        with served(Path(folder), DATABASE_NAME=str(books)) as site:
            on_the_server(site, books)
    script = gzip.compress((ROOT / "static/ledgerlight.js").read_bytes())
    tell("JavaScript of ours, kB gzipped", 5, len(script) / 1000)


def tell(what: str, target: float | None, reached: float) -> None:
    print(f"{what:54}{target or '':>8}{reached:9.1f}")


def in_the_browser(site: Site) -> None:
    driver = chromium()
    try:
        window = Window(driver, site)
        window.signs_in()
        window.waits_for("Overview")
        driver.execute_cdp_cmd("Network.clearBrowserCache", {})
        tell("over the line when nothing is cached, kB", 350, weight(window) / 1000)
        tell("Chromium, demo shop, drawn, warm, ms", 400, typical(lambda: drawn(window)))
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


def fill(books: Path, folder: Path, data: Path) -> None:
    environment = os.environ | {
        "DATABASE_ENGINE": "django.db.backends.sqlite3",
        "DATABASE_NAME": str(books),
        "LEDGER_URL": str(folder / "ledger"),
    }
    for command in (["migrate", "-v0"], ["import_sales", str(data)], ["demo_account", "--create"]):
        manage = [sys.executable, "manage.py", *command]
        subprocess.run(manage, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)


def on_the_server(site: Site, books: Path) -> None:
    ask = Visitor(site)
    for _ in range(2):
        ask("/")
    tell("server, the file, not cached, ms", 250, typical(lambda: ask("/"), lambda: renew(books)))
    tell("server, the file, cached, ms", 40, typical(lambda: ask("/")))
    tell("a page that asks nothing, ms", None, typical(lambda: ask("/account/")))


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


if __name__ == "__main__":
    main()
