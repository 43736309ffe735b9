"""How soon the program is there, and how much memory it needs.

    make bench-start [DATA=file.csv] [SCALE=10]

The web server and the worker as `make run` starts them, on books that hold the file. At rest: a
while after the first report. At the peak: after every report was asked for and after the worker has
taken the file in once more, fitted everything and written a month. The floor is the same web
server with the smallest application there is.
"""

import http.client
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.databases import manage
from bench.reports import set_up
from bench.shapes import others
from bench.table import Row
from bench.web import OURS, Refused, Web, memory, served, working

BARE = ("-w", "2", "--threads", "4", "wsgiref.simple_server:demo_app")
WEB = 400  # megabytes of one process
PATIENCE, REST = 200, 5


def rows(data: Path, scale: int) -> Iterator[Row]:
    with TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        set_up(folder)
        manage({}, "migrate", "-v0")
        with served(folder) as web:
            token = web.sign_in().token
        manage({}, "import_sales", str(data))
        manage({}, "fit_models")
        yield from cold(folder, token)
        with served(folder) as web:
            web.token = token
            yield from of_the_web(web)
        yield from of_the_worker(folder, others(data, folder / "more.csv"))


def cold(folder: Path, token: str) -> Iterator[Row]:
    """Once with a ledger that is still to be written, and once with one that is there."""
    floor, _ = from_nothing(folder, BARE, token)
    unwritten = from_nothing(folder, OURS, token)
    start, report = from_nothing(folder, OURS, token)
    yield Row(work="cold start until the first answer", ours=start, floor_figure=floor,
              floor="gunicorn, an empty application")  # fmt: skip
    yield Row(work="first report after it", ours=report)
    yield Row(work="first report, the ledger not yet written", ours=unwritten[1])


def from_nothing(folder: Path, app: tuple[str, ...], token: str) -> tuple[float, float]:
    """Seconds until a page that asks for nothing, and then until the key figures."""
    begun = time.perf_counter()
    with served(folder, app) as web:
        with suppress(Refused):
            web("GET", "/healthz")
        answered = time.perf_counter()
        web.token = token
        with suppress(Refused, http.client.HTTPException):  # the empty one has only one page
            web("GET", "/api/analytics/kpis/")
        return answered - begun, time.perf_counter() - answered


def of_the_web(web: Web) -> Iterator[Row]:
    from analytics.semantics.report import reports

    web("GET", "/api/analytics/kpis/")
    time.sleep(REST)
    yield of("web, one process at rest", memory(web.pid, "VmRSS"))
    grown, before = {}, max(memory(web.pid))
    for path in reports():
        with suppress(Refused):  # some need to be told of which product, and so on
            web("GET", f"/api/{path}/")
            after = max(memory(web.pid))
            grown[path], before = after - before, after
    most = max(grown, key=grown.get)
    note = f"{len(grown)} reports, the whole period; {most} brought {grown[most]:,.0f} MB of it"
    yield of("web, one process at most", memory(web.pid), WEB, note)


def of_the_worker(folder: Path, more: Path) -> Iterator[Row]:
    from django_q.models import OrmQ, Schedule

    for waiting in (Schedule, OrmQ):  # what is due at night or after the import comes later
        waiting.objects.all().delete()
    command = "django.core.management.call_command"
    jobs = {
        "an import and its fits": ((command, "import_sales", str(more)), {}),
        "a monthly report too": (
            (command, "export_month", "2011-11"), {"output": folder / "november.xlsx"},
        ),
    }  # fmt: skip
    with working(folder) as worker, working(folder, Q_CLUSTER_NAME="long") as long:
        time.sleep(REST)
        yield of("worker at rest, the largest of its processes", memory(worker.pid, "VmRSS"))
        for what, (job, options) in jobs.items():
            start = time.perf_counter()
            is_done = done(job, options)
            took = f"{time.perf_counter() - start:.0f} s"
            yield of(f"worker at most, after {what}", memory(worker.pid),
                     note=took if is_done else f"it failed or was not done in {took}")  # fmt: skip
        yield of("worker of long jobs at most, after these fits", memory(long.pid))


def done(job: tuple, options: dict) -> bool:
    """With all that it brings along: nothing waits for the worker any more."""
    from django_q.models import OrmQ
    from django_q.tasks import async_task, fetch

    task, end = async_task(*job, **options), time.perf_counter() + PATIENCE
    while time.perf_counter() < end:
        if (found := fetch(task)) and not OrmQ.objects.exists():
            return found.success
        time.sleep(0.5)
    return False


def of(work: str, sizes: list[float], most: float | None = None, note: str = "") -> Row:
    together = f"{sum(sizes):,.0f} MB in {len(sizes)} processes"
    return Row(work=work, ours=max(sizes), unit="MB", most=most,
               note="; ".join(filter(None, (together, note))))  # fmt: skip
