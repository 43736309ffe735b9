"""kill -9 at any moment of an import: it is not there or whole, and done again it is right.

KILLS=20 kills more often than the usual 8 times.
"""

import io
import os
import random
import subprocess
import sys
import time
from decimal import Decimal as D

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection
from django.db.models import Count, F, Sum

from customers.models import Country, Customer
from imports import jobs, uploads
from imports.models import Created, Document, Import, Reject
from imports.tests.desk import HEADER
from imports.undo import undo
from orders.models import Order, OrderItem

pytestmark = pytest.mark.django_db(transaction=True)

KILLS = int(os.environ.get("KILLS", "8"))
ROWS = 20_000
BROKEN = range(100, ROWS, 1000)


def row(n):
    price = "-1" if n in BROKEN else "2.5"
    article, pieces = f"P{n % 500},Thing {n % 500}", n % 7 + 1
    return f"{n // 5},{article},{pieces},2011-01-05 08:00:00,{price},{n // 50},France"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("kill") / "many.csv"
    path.write_text("\n".join([HEADER, *map(row, range(ROWS))]) + "\n")
    return path


def start(*command):
    """A process of its own on the test's database."""
    environment = os.environ | {
        "DATABASE_ENGINE": connection.settings_dict["ENGINE"],
        "DATABASE_NAME": str(connection.settings_dict["NAME"]),
        "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
        "SECRET_KEY": "only-for-tests-that-start-programs-0123",
    }
    return subprocess.Popen(
        [sys.executable, *command], env=environment, cwd=django_settings.BASE_DIR,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


def outcome(command, seconds=None):
    """Run it to its end, or kill it after so many seconds; what it said and how it ended."""
    process = start(*command)
    try:
        _, said = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        _, said = process.communicate()
    return process.returncode, said.decode()


def counted():
    return {
        "orders": Order.objects.count(),
        "lines": OrderItem.objects.count(),
        "sum": OrderItem.objects.aggregate(n=Sum(F("quantity") * F("unit_price")))["n"],
        "customers": Customer.objects.count(),
        "documents": Document.objects.count(),
        "made": Created.objects.count(),
        "rejects": Reject.objects.count(),
        "twice": Order.objects.values("number").annotate(n=Count("id")).filter(n__gt=1).count(),
    }


def in_the_books():
    """Counted until it holds still: a server may be at the commit of a client that is gone."""
    before = None
    while (now := (states(), counted())) != before:
        before = now
        time.sleep(0.2)
    return now[1]


def states():
    return list(Import.objects.exclude(state="undone").values_list("state", flat=True))


NOTHING = dict.fromkeys(
    ("orders", "lines", "customers", "documents", "made", "rejects", "twice"), 0
)
NOTHING["sum"] = None
WHOLE = {
    "orders": ROWS // 5, "lines": ROWS - len(BROKEN), "customers": ROWS // 50,
    "sum": sum(D("2.5") * (n % 7 + 1) for n in range(ROWS) if n not in BROKEN),
    "documents": ROWS // 5, "made": ROWS // 50 + 500, "rejects": len(BROKEN), "twice": 0,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _france_is_known(transactional_db):
    Country.objects.get_or_create(name="France", defaults={"code": "FR"})


def killed_at_random(command, seed):
    """After each of the kills, whether it came before the end."""
    arguments, started = command(), time.monotonic()
    code, said = outcome(arguments)
    assert (code, in_the_books()) == (0, WHOLE), said
    undisturbed, chance = time.monotonic() - started, random.Random(seed)
    undo(Import.objects.get())
    Import.objects.all().delete()
    hits = 0
    while hits < KILLS:
        arguments, started = command(), time.monotonic()
        code, said = outcome(arguments, undisturbed * chance.uniform(0.4, 1.0))
        assert code in (0, -9), said
        hits += code == -9
        if code == 0:  # the machine is faster now than it was
            undisturbed = time.monotonic() - started
        yield code == -9


def test_a_killed_command_leaves_nothing_or_everything(file):
    command = ["manage.py", "import_sales", str(file)]
    for killed in killed_at_random(lambda: command, seed=3):
        books = in_the_books()
        assert (states(), books) in [([], NOTHING), (["done"], WHOLE)]
        if killed:
            call_command("import_sales", file, stdout=io.StringIO())
        assert in_the_books() | {"rejects": len(BROKEN)} == WHOLE
        for run in Import.objects.filter(state="done"):
            undo(run)
        Import.objects.all().delete()


def test_what_a_killed_worker_began_ends_right(file, desk, monkeypatch):
    def job():
        pk = desk.preview(file.read_text())
        desk.step(pk, "commit")
        return ["-c", WORKER.format(django_settings.MEDIA_ROOT, pk)]

    for _ in killed_at_random(job, seed=4):
        books, run = in_the_books(), Import.objects.first()
        assert (run.state, books) in [("writing", NOTHING), ("done", WHOLE)]
        with monkeypatch.context() as later:
            later.setattr(uploads, "PATIENCE", 0)
            later.setattr(uploads, "ORPHANED", 0)
            jobs.resume()
        assert (desk.shown(run.pk)["state"], in_the_books()) == ("done", WHOLE)
        assert list(uploads.folder().iterdir()) == []
        desk.step(run.pk, "undo")
        Import.objects.all().delete()


WORKER = """
import django
django.setup()
from django.conf import settings
settings.MEDIA_ROOT = '{}'
from imports import jobs
jobs.write_import({})
"""
