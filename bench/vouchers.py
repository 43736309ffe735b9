"""Latency of the voucher for a customer.

    make bench-vouchers [BENCH_SECONDS=30]

In this process, with 200 countries in the cache; and over HTTP, with requests at a constant rate
whether or not the earlier ones are answered, as the median of several rounds. The floor is the
cheapest authenticated request, the user's own name, at the same rate.
"""

import csv
import json
import os
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

from bench.clients import Latencies, open_loop
from bench.databases import manage, setup_django
from bench.row import Row, elapsed, format_number, latency_note, percentiles
from bench.web import Client, web_server

RATE, CLIENTS, ROUNDS = 200, 64, 5
SECONDS = float(os.environ.get("BENCH_SECONDS", 30))
COUNTRIES = ("Peru", "Germany", "Japan", "Brazil")
HEADER = ("timestamp", "country_code", "last_order_ts", "first_order_ts", "total_orders",
          "voucher_amount")  # fmt: skip


def measure(data: Path, scale: int) -> Iterator[Row]:
    with TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        setup_django(folder)
        yield in_process_row()
        manage(
            "vouchers",
            "prepare",
            write_sent_vouchers(folder / "sent.csv", scale),
            "--country",
            "Peru",
        )
        with web_server(folder) as web:
            yield from http_rows(web.signed_in_clients(CLIENTS))


def in_process_row() -> Row:
    from django.core.cache import cache

    from customers.models import Country
    from recommendations.segments import Known, advice, kinds

    kind = kinds()["frequent_segment"]
    # Under the key that `cached_vouchers` reads, so that no call reads the database.
    for pk in range(200):
        known = {(kind.name, place): Known(Decimal(2640), 10, 20) for place in range(4)}
        cache.set(f"vouchers:{pk}", known, 600)
    calls = [partial(advice, Country(pk=n % 200, name="Peru"), kind, n % 50) for n in range(2000)]
    taken = [elapsed(call) for call in calls]
    return Row(work="voucher amount in the process, median", ours=median(taken) * 1000, unit="ms",
               most=1, note=latency_note(taken))  # fmt: skip


def http_rows(clients: list[Client]) -> Iterator[Row]:
    def name(web: Client, index: int) -> None:
        web("GET", "/api/users/me/")

    def request_amount(web: Client, index: int) -> None:
        web("POST", "/api/vouchers/amount/", request_body(index))

    for request in (name, request_amount):  # the first answers load modules
        open_loop(clients, request, RATE // 4, 2)
    requests = name, request_amount
    # In turn: load on the machine meets floor and figure alike. The median drops bad rounds.
    rounds = [[open_loop(clients, request, RATE, SECONDS / ROUNDS) for request in requests]
              for _ in range(ROUNDS)]  # fmt: skip
    floor, ours = ([p95(latencies) for latencies in column] for column in zip(*rounds, strict=True))
    taken = [value for _, latencies in rounds for value in latencies.seconds]
    p95s = ", ".join(map(format_number, sorted(ours)))
    errors = [error for _, latencies in rounds for error in latencies.errors]
    yield Row(work=f"voucher amount over HTTP, {RATE}/s, p95", ours=median(ours), unit="ms",
              most=20, floor="one's own name, the same rate", floor_figure=median(floor),
              note=f"of {ROUNDS} rounds {p95s} ms; {latency_note(taken)}")  # fmt: skip
    yield Row(work=f"not answered, of {len(taken) + len(errors):,}", ours=len(errors), unit="",
              most=0, note=" ".join(errors[:1]))  # fmt: skip


def p95(latencies: Latencies) -> float:
    """In milliseconds."""
    return 1000 * percentiles(latencies.seconds)[1]


def request_body(index: int) -> str:
    """A request of the shop, with all fields of the customer."""
    # Orders and dates run through all segments of both kinds.
    return json.dumps({
        "customer_id": 1 + index % 4000, "country_code": COUNTRIES[index % len(COUNTRIES)],
        "last_order_ts": "2018-05-03 00:00:00", "first_order_ts": "2017-05-03 00:00:00",
        "total_orders": index % 50, "reference_date": f"2018-{5 + index % 7:02}-20",
        "segment_name": ("frequent_segment", "recency_segment")[index % 2],
    })  # fmt: skip


def write_sent_vouchers(path: Path, scale: int) -> str:
    """A file of sent vouchers, with some in each segment of each country."""
    chance = Random(7)
    with path.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(HEADER)
        for n in range(20_000 * scale):
            sent = date(2018, 6, 1) + timedelta(n % 60)
            last = sent - timedelta(chance.randrange(300))
            orders, amount = chance.randrange(60), chance.choice((1320, 2640, 4400))
            rows.writerow((sent, COUNTRIES[n % 4], last, last - timedelta(200), orders, amount))
    return str(path)
