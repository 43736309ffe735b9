"""Imports that are killed: the file, the process, and what the books may hold afterwards."""

import os
import subprocess
import sys
import time
from decimal import Decimal as D
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import Count, F, Sum

from customers.models import Customer
from imports.models import Created, Document, Import, Reject
from imports.tests.desk import HEADER
from orders.models import Order, OrderItem

ROWS = 20_000
BROKEN = range(100, ROWS, 1000)


def row(n):
    price = "-1" if n in BROKEN else "2.5"
    article, pieces = f"P{n % 500},Thing {n % 500}", n % 7 + 1
    return f"{n // 5},{article},{pieces},2011-01-05 08:00:00,{price},{n // 50},France"


def start(*command):
    """A process of its own on the test's database."""
    environment = os.environ | {
        "DATABASE_ENGINE": connection.settings_dict["ENGINE"],
        "DATABASE_NAME": str(connection.settings_dict["NAME"]),
        "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
        "SECRET_KEY": "only-for-tests-that-start-programs-0123",
    }
    return subprocess.Popen(
        [sys.executable, *command], env=environment, cwd=settings.BASE_DIR,
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


def settled_books():
    """States of imports and counts of rows, once three readings in a row are the same: a server may
    still be committing or rolling back for a client that is gone."""
    readings = [(states(), counted())]
    while len(readings) < 3 or any(reading != readings[-1] for reading in readings[-3:]):
        time.sleep(0.2)
        readings.append((states(), counted()))
    return readings[-1]


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


def write_sales_file(folder: Path) -> Path:
    path = folder / "many.csv"
    path.write_text("\n".join([HEADER, *map(row, range(ROWS))]) + "\n")
    return path
