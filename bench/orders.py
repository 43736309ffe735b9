"""How many orders a second the shop takes, beside the same SQL in a bare transaction.

    make bench-orders [BENCH_SECONDS=3]

Clients are processes, each with a connection of its own: `orders.services.place_order` with three
products each, on every database that answers. The floor is what one such order said to the
database, word for word, sent again through the driver alone with other products. Then the same over
HTTP, and a race: many want the last pieces, and nobody may get one that is not there.
"""

import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple

from bench.clients import readers
from bench.databases import TITLES, books, why_not
from bench.table import Row, told
from bench.web import Web, served

CLIENTS = (1, 8, 32)
SECONDS = float(os.environ.get("BENCH_SECONDS", 3))
PRODUCTS, PLENTY, LINES = 1000, 10_000_000, 3
WANTED, PIECES, CROWD = 384, 100, 32
forks = get_context("fork")


def rows(data: Path, scale: int) -> Iterator[Row]:
    """Each database in a fork of its own: Django has one for the life of a process."""
    for name in TITLES:
        if reason := why_not(name):
            yield Row(work=f"orders, {TITLES[name]}", least=0, note=reason)
            continue
        with TemporaryDirectory(prefix="bench-") as folder, books(name, Path(folder)) as settings:
            heard, tell = forks.Pipe(duplex=False)
            fork = forks.Process(target=on_one, args=(tell, name, settings, Path(folder)))
            fork.start()
            tell.close()
            try:
                with suppress(EOFError):
                    while True:
                        yield heard.recv()
                fork.join()
            finally:
                fork.terminate()
                fork.join()
            if fork.exitcode:
                raise SystemExit(f"{TITLES[name]}: it broke.")


def on_one(tell, name: str, settings: dict[str, str], folder: Path) -> None:
    os.environ |= settings | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    import django

    django.setup()
    logging.disable(logging.WARNING)  # the race tells of low stock
    from bench.replay import PRODUCTS as FIRST
    from bench.replay import number_from, recorded

    number_from("catalog_product", FIRST)
    stock_up()
    order = recorded(lambda: buy(Random(0)))
    for clients in CLIENTS:
        tell.send(beside_the_floor(TITLES[name], clients, order))
    for row in over_http(TITLES[name], folder):
        tell.send(row)
    tell.send(oversold(TITLES[name]))


def stock_up() -> None:
    """Goods on the shelf, a country with a tax, somebody who buys."""
    from orders.tests.shop import Shop

    shop = Shop()
    for n in range(PRODUCTS):
        shop.product(f"mug-{n}", stock=PLENTY)


def buy(chance: Random) -> None:
    """As the API does it: products and customer are read, then the order is placed."""
    from catalog.models import Product
    from customers.models import Customer
    from orders.pricing import Line
    from orders.services import place_order

    wanted = [f"mug-{n}" for n in chance.sample(range(PRODUCTS), LINES)]
    lines = [Line(product, 1) for product in Product.objects.filter(sku__in=wanted)]
    place_order(lines, customer=Customer.objects.select_related("country").get())


def beside_the_floor(title: str, clients: int, order) -> Row:
    ours = crowd(clients, lambda n: partial(buy, Random(n)))
    floor = crowd(clients, lambda n: order.through_the_driver(n, PRODUCTS))
    return Row(work=f"orders a second, {title}, {of_clients(clients)}", ours=ours.rate, unit="/s",
               floor="the same SQL, driver alone", floor_figure=floor.rate,
               note=f"{told(ours.taken)}; floor {told(floor.taken)}")  # fmt: skip


class Crowd(NamedTuple):
    taken: list[float]  # seconds of every order
    rate: float


def crowd(clients: int, prepare: Callable[[int], Callable]) -> Crowd:
    """So many processes, each of which does it again and again until the time is over."""
    ready = forks.Barrier(clients, timeout=60)

    def one(n: int) -> tuple[float, list[float], float]:
        work, taken = prepare(n), []
        work()  # the first one connects
        ready.wait()
        start = now = time.perf_counter()
        while now < start + SECONDS:
            work()
            taken.append(time.perf_counter() - now)
            now += taken[-1]
        return start, taken, now

    starts, taken, ends = zip(*in_forks(one, clients), strict=True)
    everything = [seconds for each in taken for seconds in each]
    return Crowd(everything, len(everything) / (max(ends) - min(starts)))


def in_forks(work: Callable[[int], object], count: int) -> list:
    """What each of so many processes found; the first error ends it."""
    from django.db import connections

    connections.close_all()  # a connection does not live through a fork
    answers = forks.SimpleQueue()

    def one(n: int) -> None:
        try:
            answers.put((work(n), ""))
        except BaseException as error:
            answers.put((None, f"{type(error).__name__}: {error}"))

    people = [forks.Process(target=one, args=(n,), daemon=True) for n in range(count)]
    for person in people:
        person.start()
    found = [answers.get() for _ in people]
    for person in people:
        person.join()
    if broken := [error for _, error in found if error]:
        raise SystemExit(broken[0])
    return [answer for answer, _ in found]


def over_http(title: str, folder: Path) -> Iterator[Row]:
    from django.db import connections

    from catalog.models import Product
    from customers.models import Customer

    goods, customer = list(Product.objects.values_list("pk", flat=True)), Customer.objects.get().pk

    def order(web: Web, turn: int) -> None:
        wanted = Random(turn).sample(goods, LINES)
        items = [{"product": product, "quantity": 1} for product in wanted]
        web("POST", "/api/orders/", json.dumps({"customer": customer, "items": items}))

    with served(folder) as web:
        people = web.people(max(CLIENTS))
        for turn, visitor in enumerate(people):  # the first answers wait for imports
            order(visitor, turn)
        connections.close_all()
        for clients in CLIENTS:
            start = time.perf_counter()
            waits = readers(people[:clients], order, 0, partial(is_over, start + SECONDS))
            if waits.errors:
                raise SystemExit(f"{len(waits.errors)} refused: {waits.errors[0]}")
            yield Row(work=f"orders a second over HTTP, {title}, {of_clients(clients)}", unit="/s",
                      ours=len(waits.taken) / (time.perf_counter() - start),
                      note=told(waits.taken))  # fmt: skip


def of_clients(clients: int) -> str:
    return f"{clients} client{'s' * (clients > 1)}"


def is_over(end: float) -> bool:
    return time.perf_counter() >= end


def oversold(title: str) -> Row:
    """What was sold beyond what there was, and what counter, movements and orders disagree on."""
    from catalog.models import Inventory, Product
    from catalog.services import correct_stock, stock_differences
    from orders.models import OrderItem

    rare = Product.objects.create(sku="rare", name="Rare", price=1)
    correct_stock(rare, PIECES)
    each = WANTED // CROWD
    sold = sum(in_forks(lambda _: sum(could_buy(rare.pk) for _ in range(each)), CROWD))
    booked = OrderItem.objects.filter(product=rare).count()
    left = Inventory.objects.get(product=rare).quantity
    wrong = abs(booked - PIECES) + abs(left) + abs(sold - booked) + len(stock_differences())
    return Row(work=f"oversold, {title}, {WANTED} orders of {PIECES} pieces", ours=wrong, unit="",
               most=0, note=f"{booked} sold, {left} left, {CROWD} clients")  # fmt: skip


def could_buy(pk: int) -> bool:
    from catalog.models import Product
    from customers.models import Customer
    from orders.pricing import Line
    from orders.services import OutOfStock, place_order

    try:
        place_order([Line(Product.objects.get(pk=pk), 1)], customer=Customer.objects.get())
    except OutOfStock:
        return False
    return True
