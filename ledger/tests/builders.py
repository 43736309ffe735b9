"""What tests of builders share: the ledger read by hand, work on another connection."""

import os
import signal
from decimal import Decimal as D
from itertools import count
from pkgutil import resolve_name
from threading import Thread

import duckdb
from django.conf import settings
from django.db import connection, transaction

from catalog.models import Product
from customers.models import Customer
from ledger import build
from ledger.duckdb_engine import Duck
from ledger.sources import table_columns
from orders.pricing import Line
from orders.services import pay, place_order, return_items
from orders.tests.shop import at

JANUARY, FEBRUARY = "2026-01-15", "2026-02-15"


def revenue(snapshot) -> dict[str, D]:
    """By month, as the files of the snapshot have it."""
    return {
        part: duckdb.read_parquet(str(settings.LEDGER_FOLDER / file)).sum("revenue").fetchone()[0]
        for part, file in sorted(snapshot.files.items())
        if part.startswith("orders/")
    }


def on_another_connection(work):
    """Do it on a connection of its own, to the end."""

    def then_close():
        try:
            work()
        finally:
            connection.close()

    thread = Thread(target=then_close)
    thread.start()
    thread.join()


def sell_and_take_back(product: int, customer: int, times: int):
    """Sales of January and their returns of February, each pair in one transaction."""
    mug, anna = Product.objects.get(pk=product), Customer.objects.get(pk=customer)
    for _ in range(times):
        with transaction.atomic():
            sale = pay(place_order([Line(mug, 1)], customer=anna, at=at(JANUARY)))
            return_items(sale, {sale.items.get(): 1}, at=at(FEBRUARY))
        snapshot = build.current(0)
        file = settings.LEDGER_FOLDER / snapshot.files["orders/2026-01"]
        assert (sale.number,) in duckdb.read_parquet(str(file)).select("number").fetchall()
        assert sum(revenue(snapshot).values()) == 0


def empty_ledger() -> None:
    settings.LEDGER_FOLDER.mkdir(exist_ok=True)
    for path in settings.LEDGER_FOLDER.glob("*.*"):
        path.unlink()


def tables_that_differ(duck: Duck, snapshot) -> list[str]:
    """The tables whose rows are others with the hot copy than without it."""
    duck.look_at = 0  # for the newest copy, at once

    def rows(database, table):
        return database.fetch(snapshot, f'select * from "{table}" order by all').to_pylist()

    duck.open_newest_copy()
    database = duck.hot or duck.parquet
    return [
        table for table in table_columns() if rows(database, table) != rows(duck.parquet, table)
    ]


def die_at(function: str, call: int) -> None:
    """Have this process killed when it calls the function for the n-th time."""
    owner, _, name = function.rpartition(".")
    original, calls = getattr(resolve_name(owner), name), count(1)

    def dying(*arguments, **named):
        if next(calls) == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*arguments, **named)

    setattr(resolve_name(owner), name, dying)
