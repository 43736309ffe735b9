"""Start-up time, and memory of the web server and the worker.

    make bench-start [DATA=file.csv] [SCALE=10]

The web server and the worker as `make run` starts them, with the file imported. At rest: some
seconds after the first report. At the peak: after a request of every report, and after the worker
has imported the file again, fitted the models and written a monthly report. The floor is the same
web server with an empty application.
"""

import http.client
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.databases import manage, setup_django
from bench.row import Row
from bench.shapes import with_new_invoice_numbers
from bench.web import LEDGERLIGHT, Client, UnexpectedStatus, memory_mb, web_server, worker

# As many processes and threads as config/gunicorn.py has.
BARE = ("-w", "2", "--threads", "4", "wsgiref.simple_server:demo_app")
WEB = 400  # megabytes of one process
START = 1.2  # seconds
PATIENCE, REST = 200, 5


def measure(data: Path, scale: int) -> Iterator[Row]:
    with TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        setup_django(folder)
        with web_server(folder) as web:
            token = web.sign_in().token
        manage("import_sales", str(data))
        manage("fit_models")
        yield from cold_start_rows(folder, token)
        with web_server(folder) as web:
            web.token = token
            yield from web_memory_rows(web)
        yield from worker_memory_rows(folder, with_new_invoice_numbers(data, folder / "more.csv"))


def cold_start_rows(folder: Path, token: str) -> Iterator[Row]:
    """First without a ledger on disk, then with one."""
    floor, _ = start_and_first_report(folder, BARE, token)
    # The order matters: this start writes the ledger that the next one finds.
    unwritten = start_and_first_report(folder, LEDGERLIGHT, token)
    start, report = start_and_first_report(folder, LEDGERLIGHT, token)
    yield Row(work="cold start until the first answer", ours=start, most=START, floor_figure=floor,
              floor="gunicorn, an empty application")  # fmt: skip
    yield Row(work="first report after it", ours=report)
    yield Row(work="first report, the ledger not yet written", ours=unwritten[1])


def start_and_first_report(folder: Path, app: tuple[str, ...], token: str) -> tuple[float, float]:
    """Seconds until the health page answers, and from then until the key figures do."""
    begun = time.perf_counter()
    with web_server(folder, app) as web:
        with suppress(UnexpectedStatus):
            web("GET", "/healthz")
        answered = time.perf_counter()
        web.token = token
        with suppress(
            UnexpectedStatus, http.client.HTTPException
        ):  # the empty one has only one page
            web("GET", "/api/analytics/kpis/")
        return answered - begun, time.perf_counter() - answered


def web_memory_rows(web: Client) -> Iterator[Row]:
    from analytics.semantics.report import reports

    web("GET", "/api/analytics/kpis/")
    time.sleep(REST)
    yield memory_row("web, one process at rest", memory_mb(web.pid, "VmRSS"))
    grown, before = {}, max(memory_mb(web.pid))
    for path in reports():
        with suppress(UnexpectedStatus):  # some need to be told of which product, and so on
            web("GET", f"/api/{path}/")
            after = max(memory_mb(web.pid))
            grown[path], before = after - before, after
    most = max(grown, key=grown.get)
    note = f"{len(grown)} reports, the whole period; {most} brought {grown[most]:,.0f} MB of it"
    yield memory_row("web, one process at most", memory_mb(web.pid), WEB, note)


def worker_memory_rows(folder: Path, more: Path) -> Iterator[Row]:
    from django_q.models import OrmQ, Schedule

    for model in (Schedule, OrmQ):  # what is due at night or after the import comes later
        model.objects.all().delete()
    command = "django.core.management.call_command"
    jobs = {
        "an import and its fits": ((command, "import_sales", str(more)), {}),
        "a monthly report too": (
            (command, "export_month", "2011-11"), {"output": folder / "november.xlsx"},
        ),
    }  # fmt: skip
    with worker(folder) as short, worker(folder, Q_CLUSTER_NAME="long") as long:
        time.sleep(REST)
        yield memory_row(
            "worker at rest, the largest of its processes", memory_mb(short.pid, "VmRSS")
        )
        for what, (job, options) in jobs.items():
            start = time.perf_counter()
            succeeded = run_job(job, options)
            took = f"{time.perf_counter() - start:.0f} s"
            note = took if succeeded else f"it failed or was not done in {took}"
            yield memory_row(f"worker at most, after {what}", memory_mb(short.pid), note=note)
        yield memory_row("worker of long jobs at most, after these fits", memory_mb(long.pid))


def run_job(job: tuple, options: dict) -> bool:
    """Waits for the job and all jobs that it starts; whether it succeeded."""
    from django_q.models import OrmQ
    from django_q.tasks import async_task, fetch

    task, end = async_task(*job, **options), time.perf_counter() + PATIENCE
    while time.perf_counter() < end:
        if (found := fetch(task)) and not OrmQ.objects.exists():
            return found.success
        time.sleep(0.5)
    return False


def memory_row(work: str, sizes: list[float], most: float | None = None, note: str = "") -> Row:
    together = f"{sum(sizes):,.0f} MB in {len(sizes)} processes"
    return Row(work=work, ours=max(sizes), unit="MB", most=most,
               note="; ".join(filter(None, (together, note))))  # fmt: skip
