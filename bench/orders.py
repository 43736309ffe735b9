"""Orders placed a second, beside the same SQL sent through the database driver alone.

    make bench-orders [BENCH_SECONDS=3]

Clients are processes with their own connection that call `orders.services.place_order` with three
products, on every database that is available. The floor replays the recorded SQL of one such order
with other products. Then the same over HTTP, and a race for the last pieces in stock.
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

from bench.clients import closed_loop
from bench.databases import TITLES, empty_database, unavailable
from bench.row import Row, latency_note, percentiles
from bench.web import Client, web_server

CLIENTS = (1, 8, 32)
RATE, P99 = 110, 0.25  # targets: of one client, and of the most on SQLite
SECONDS = float(os.environ.get("BENCH_SECONDS", 3))
PRODUCTS, PLENTY, LINES = 1000, 10_000_000, 3
WANTED, PIECES, CROWD = 384, 100, 32
# Fork: a spawned process would have to pickle the closures that it runs.
forks = get_context("fork")


def measure(data: Path, scale: int) -> Iterator[Row]:
    """Each database in its own fork: Django keeps its settings for the life of a process."""
    for name in TITLES:
        if reason := unavailable(name):
            # With a target: a database that is missing must not look like one that passed.
            yield Row(work=f"orders, {TITLES[name]}", least=0, note=reason)
            continue
        with (
            TemporaryDirectory(prefix="bench-") as folder,
            empty_database(name, Path(folder)) as env,
        ):
            receiver, sender = forks.Pipe(duplex=False)
            fork = forks.Process(target=measure_database, args=(sender, name, env, Path(folder)))
            fork.start()
            # The fork has the only other end: when it ends, recv() raises EOFError.
            sender.close()
            try:
                with suppress(EOFError):
                    while True:
                        yield receiver.recv()
                fork.join()
            finally:
                fork.terminate()
                fork.join()
            if fork.exitcode:
                raise SystemExit(f"The measurement on {TITLES[name]} failed.")


def measure_database(sender, name: str, env: dict[str, str], folder: Path) -> None:
    os.environ |= env | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    import django

    django.setup()
    logging.disable(logging.WARNING)  # the race logs low stock
    from bench.replay import PRODUCTS as FIRST
    from bench.replay import record_order, set_next_id

    # The replay finds products among the parameters by their ids, which no other number equals.
    set_next_id("catalog_product", FIRST)
    create_products()
    order = record_order(lambda: place_random_order(Random(0)))
    for clients in CLIENTS:
        sender.send(throughput_row(TITLES[name], clients, order))
    for row in http_rows(TITLES[name], folder):
        sender.send(row)
    sender.send(oversold_row(TITLES[name]))


def create_products() -> None:
    """With stock, a country with a tax rate, and a customer."""
    from orders.tests.shop import Shop

    shop = Shop()
    for n in range(PRODUCTS):
        shop.product(f"mug-{n}", stock=PLENTY)


def place_random_order(random: Random) -> None:
    """As the API does: products and customer are read, then the order is placed."""
    from catalog.models import Product
    from customers.models import Customer
    from orders.pricing import Line
    from orders.services import place_order

    wanted = [f"mug-{n}" for n in random.sample(range(PRODUCTS), LINES)]
    lines = [Line(product, 1) for product in Product.objects.filter(sku__in=wanted)]
    place_order(lines, customer=Customer.objects.select_related("country").get())


def throughput_row(title: str, clients: int, order) -> Row:
    ours = run_clients(clients, lambda n: partial(place_random_order, Random(n)))
    floor = run_clients(clients, lambda n: order.replayer(n, PRODUCTS))
    note = f"{latency_note(ours.seconds)}; floor {latency_note(floor.seconds)}"
    return Row(work=f"orders a second, {title}, {client_count(clients)}", unit="/s",
               ours=ours.rate, floor="the same SQL, driver alone", floor_figure=floor.rate,
               note=note)  # fmt: skip


class Throughput(NamedTuple):
    seconds: list[float]  # of each order
    rate: float


def run_clients(clients: int, prepare: Callable[[int], Callable]) -> Throughput:
    """Each in its own process, which repeats the prepared function until the time is over."""
    ready = forks.Barrier(clients, timeout=60)

    def repeat(n: int) -> tuple[float, list[float], float]:
        work, taken = prepare(n), []
        work()  # the first one connects
        ready.wait()
        start = now = time.perf_counter()
        while now < start + SECONDS:
            work()
            taken.append(time.perf_counter() - now)
            now += taken[-1]
        return start, taken, now

    starts, taken, ends = zip(*in_forks(repeat, clients), strict=True)
    everything = [seconds for each in taken for seconds in each]
    # From the first start to the last end, so that no client's spare time is left out.
    return Throughput(everything, len(everything) / (max(ends) - min(starts)))


def in_forks(work: Callable[[int], object], count: int) -> list:
    """The result of each process; exits with the first error."""
    from django.db import connections

    connections.close_all()  # a connection does not live through a fork
    answers = forks.SimpleQueue()

    def send_result(n: int) -> None:
        try:
            answers.put((work(n), ""))
        except BaseException as error:
            answers.put((None, f"{type(error).__name__}: {error}"))

    people = [forks.Process(target=send_result, args=(n,), daemon=True) for n in range(count)]
    for person in people:
        person.start()
    # Read before they are joined: a process does not end while its result waits in the pipe.
    found = [answers.get() for _ in people]
    for person in people:
        person.join()
    if broken := [error for _, error in found if error]:
        raise SystemExit(broken[0])
    return [answer for answer, _ in found]


def http_rows(title: str, folder: Path) -> Iterator[Row]:
    from django.db import connections

    from catalog.models import Product
    from customers.models import Customer

    products, customer = (
        list(Product.objects.values_list("pk", flat=True)),
        Customer.objects.get().pk,
    )

    def place_order(web: Client, index: int) -> None:
        wanted = Random(index).sample(products, LINES)
        items = [{"product": product, "quantity": 1} for product in wanted]
        web("POST", "/api/orders/", json.dumps({"customer": customer, "items": items}))

    with web_server(folder) as web:
        signed_in = web.signed_in_clients(max(CLIENTS))
        for index, client in enumerate(signed_in):  # the first answers load modules
            place_order(client, index)
        connections.close_all()
        for clients in CLIENTS:
            start = time.perf_counter()
            latencies = closed_loop(signed_in[:clients], place_order, 0, SECONDS)
            if latencies.errors:
                raise SystemExit(f"{len(latencies.errors)} failed: {latencies.errors[0]}")
            rate = len(latencies.seconds) / (time.perf_counter() - start)
            yield Row(work=f"orders a second over HTTP, {title}, {client_count(clients)}",
                      ours=rate, unit="/s", least=RATE if clients == 1 else None,
                      note=latency_note(latencies.seconds))  # fmt: skip
        if title == TITLES["sqlite3"]:
            # One writer at a time: whether the queue is fair shows in the slowest orders.
            yield Row(work=f"p99 of an order over HTTP, {title}, {client_count(clients)}",
                      ours=percentiles(latencies.seconds)[2], most=P99)  # fmt: skip


def client_count(clients: int) -> str:
    return f"{clients} client{'s' * (clients > 1)}"


def oversold_row(title: str) -> Row:
    """Pieces sold beyond the stock, and disagreements of counter, movements and orders."""
    from catalog.models import Inventory, Product
    from catalog.services import correct_stock, stock_differences
    from orders.models import OrderItem

    rare = Product.objects.create(sku="rare", name="Rare", price=1)
    correct_stock(rare, PIECES)
    each = WANTED // CROWD
    sold = sum(in_forks(lambda _: sum(try_to_buy(rare.pk) for _ in range(each)), CROWD))
    booked = OrderItem.objects.filter(product=rare).count()
    left = Inventory.objects.get(product=rare).quantity
    # Fewer than all pieces sold is wrong too: somebody was refused although there was one.
    wrong = abs(booked - PIECES) + abs(left) + abs(sold - booked) + len(stock_differences())
    return Row(work=f"oversold, {title}, {WANTED} orders of {PIECES} pieces", ours=wrong, unit="",
               most=0, note=f"{booked} sold, {left} left, {CROWD} clients")  # fmt: skip


def try_to_buy(pk: int) -> bool:
    from catalog.models import Product
    from customers.models import Customer
    from orders.pricing import Line
    from orders.services import OutOfStock, place_order

    try:
        place_order([Line(Product.objects.get(pk=pk), 1)], customer=Customer.objects.get())
    except OutOfStock:
        return False
    return True
