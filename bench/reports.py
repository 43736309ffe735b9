"""How fast reports are over HTTP, beside SQL written by hand for the same answer on the same files.

    make bench-reports [DATA=file.csv]

Each question is asked of gunicorn as though the ledger had just been written anew, so that nothing
of the answer is remembered, and in the same run of DuckDB alone: its rows and totals by the SQL of
`analytics/tests/hand`. Then the repeat, one dirty month, and the memory of the web process.
"""

import argparse
import http.client
import json
import os
import secrets
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import duckdb

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

RUNS = 5
SLACK = 0.008
FACTOR = {1: 1.3, 10: 1.2}  # by how many times the file's lines
REPEAT, MONTH, MEMORY = 0.005, 0.150, 400
MANY = {"products/top", "products/by-country", "customers/top"}  # by default only the first few


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--copies", type=int, default=1, choices=FACTOR)
    parser.add_argument("--only", default="", help="reports whose path has this in it")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        books = Path(folder) / "books.sqlite3"
        set_up(books, Path(folder))
        fill(options.data, Path(folder), options.copies)
        with served(Path(folder)) as ask:
            measure(books, ask, options)
        rebuild_a_month()


def set_up(books: Path, folder: Path) -> None:
    """Django in this process, and in those that it starts."""
    os.environ |= {
        "DATABASE_ENGINE": "django.db.backends.sqlite3",
        "DATABASE_NAME": str(books),
        "LEDGER_URL": str(folder / "ledger"),
        "LEDGER_ENGINE": "duckdb",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "API_RATE": "100000/minute",
        "WEB_WORKERS": "1",
    }
    import django

    django.setup()


def fill(data: Path, folder: Path, copies: int) -> None:
    """The file's lines so many times: other invoices, other customers, the same days and goods."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    file = folder / "lines.csv"
    duckdb.execute(f"""
        copy (select InvoiceNo || if(copy = 0, '', '-' || copy) as InvoiceNo, StockCode,
                Description, Quantity, InvoiceDate, UnitPrice,
                try_cast(CustomerID as double)::int + copy * 100000 as CustomerID, Country
            from read_csv('{data}', header = true, all_varchar = true), range({copies}) t(copy)
            order by copy)
        to '{file}' (header)""")
    with (folder / "import.log").open("w") as log:
        call_command("import_sales", str(file), stdout=log)
    file.unlink()


@contextmanager
def served(folder: Path) -> Iterator[Callable]:
    """A web server of its own, and how to ask it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "config.wsgi"],
        cwd=ROOT,
        env=os.environ | {"PORT": str(port)},
        stdout=(folder / "web.log").open("w"),
        stderr=subprocess.STDOUT,
    )
    try:
        wait_for(port)
        yield Web(port, server.pid)
    finally:
        server.terminate()
        server.wait()


def wait_for(port: int) -> None:
    for _ in range(300):
        try:
            return socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.1)
    raise SystemExit("The web server did not start.")


class Web:
    def __init__(self, port: int, pid: int):
        self.pid = pid
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.token = ""
        self.token = self.sign_in()

    def sign_in(self) -> str:
        from django.contrib.auth import get_user_model

        account = {"email": "bench@example.com", "password": secrets.token_urlsafe()}
        get_user_model().objects.create_superuser(**account)
        return json.loads(self("POST", "/api/token/", json.dumps(account)))["access"]

    def __call__(self, method: str, path: str, body: str | None = None) -> bytes:
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        self.connection.close()  # a server that waited too long may have closed it already
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {content[:500].decode()}")
        return content

    def memory(self) -> float:
        """Megabytes of the largest process of the server."""
        pids = [self.pid, *children(self.pid)]
        return max(resident(pid) for pid in pids)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def measure(books: Path, ask: Web, options) -> None:
    from analytics.report import reports
    from analytics.tests import hand

    con, files = by_hand()
    factor = FACTOR[options.copies]
    print(f"{files} lines, medians of {RUNS}, in milliseconds; allowed: {factor} × floor + 8")
    print(f"{'report':34}{'rows':>7}{'floor':>9}{'ours':>9}{'allowed':>9}{'repeat':>8}")
    days = "start={}&end={}".format(*con.execute("select first_day(), last_day()").fetchone())
    late, slow = [], []
    for path, sql in hand.QUESTIONS.items():
        if options.only not in path:
            continue
        words = totals_of(reports()[path])
        queries = [sql, *words]
        floor = typical(lambda queries=queries: [con.execute(q).to_arrow_table() for q in queries])
        address = f"/api/{path}/?{days}" + ("&limit=10" if path in MANY else "")
        rows = len(json.loads(ask("GET", address))["rows"])
        ours = typical(lambda address=address: ask("GET", address), lambda: renew(books))
        repeat = typical(lambda address=address: ask("GET", address))
        allowed = floor * factor + SLACK
        late += [path] * (ours > allowed)
        slow += [path] * (repeat > REPEAT)
        shown = "".join(f"{seconds * 1000:9.1f}" for seconds in (floor, ours, allowed))
        print(f"{path:34}{rows:7}{shown}{repeat * 1000:8.1f}{'  late' if ours > allowed else ''}")
    print(f"late: {len(late)}; repeats over {REPEAT * 1000:.0f} ms: {len(slow)} {' '.join(slow)}")
    print(f"memory of the web process: {ask.memory():.0f} MB (target: under {MEMORY})")


def by_hand():
    """DuckDB over the files of the ledger, with the views that the statements ask."""
    from analytics.ledger import build
    from analytics.ledger.sources import sources
    from analytics.tests import hand

    con = duckdb.connect()
    con.execute("set parquet_metadata_cache = true")
    con.execute("set validate_external_file_cache = 'NO_VALIDATION'")
    hand.opened(con, "from_ledger", **sources(build.current()))
    con.execute("set variable start = (select min(day) from all_orders)")
    con.execute('set variable "end" = (select max(day) from all_orders)')
    con.execute("set variable country = null")
    return con, con.execute("select count(*) from all_lines").fetchone()[0]


def totals_of(report) -> list[str]:
    """The SQL by hand of the totals that the answer has."""
    from analytics.tests import hand

    words = [column.name for column in report.columns if column.is_measure]
    return [hand.totals(report.totals, words)] if report.totals and words else []


def renew(books: Path) -> None:
    """The same files as another state of the ledger: of it nothing was asked before."""
    with sqlite3.connect(books, timeout=30) as connection:
        newest = "(select max(number) from analytics_snapshot)"
        connection.execute(
            f"update analytics_snapshot set token = ? where number = {newest}", [uuid.uuid4().hex]
        )
    connection.close()


def typical(work: Callable, before: Callable = lambda: None) -> float:
    taken = []
    for _ in range(RUNS + 1):
        before()
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return median(taken[1:])  # the first one warms up


def rebuild_a_month() -> None:
    from analytics.ledger import build
    from orders.models import Order

    newest = Order.objects.order_by("-placed_on").first()

    def write() -> None:
        Order.objects.filter(pk=newest.pk).update(shipping=newest.shipping)

    largest = typical(build.current, write)
    print(f"one dirty month: {largest * 1000:.0f} ms (target: {MONTH * 1000:.0f})")


if __name__ == "__main__":
    main()
