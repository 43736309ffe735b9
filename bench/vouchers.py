"""How fast the voucher for a customer is found.

    make bench-vouchers [BENCH_SECONDS=30]

In this process, over a table of 200 countries in the cache; and over HTTP, with requests sent at a
steady rate whether or not the last ones are answered, in rounds of which the middle one counts. The
floor is the cheapest answer that somebody signed in can get, at the same rate: their own name.
"""

import csv
import json
import os
import time
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

from bench.clients import steady
from bench.databases import manage
from bench.reports import set_up
from bench.table import Row, number, percentiles, told
from bench.web import Web, served

RATE, PEOPLE, ROUNDS = 200, 64, 5
SECONDS = float(os.environ.get("BENCH_SECONDS", 30))
COUNTRIES = ("Peru", "Germany", "Japan", "Brazil")
HEADER = ("timestamp", "country_code", "last_order_ts", "first_order_ts", "total_orders",
          "voucher_amount")  # fmt: skip


def rows(data: Path, scale: int) -> Iterator[Row]:
    with TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        set_up(folder)
        yield in_the_process()
        manage({}, "migrate", "-v0")
        manage({}, "vouchers", "prepare", history(folder / "sent.csv", scale), "--country", "Peru")
        with served(folder) as web:
            yield from over_http(web.people(PEOPLE))


def in_the_process() -> Row:
    from django.core.cache import cache

    from customers.models import Country
    from recommendations.segments import Known, advice, kinds

    kind = kinds()["frequent_segment"]
    for pk in range(200):
        known = {(kind.name, place): Known(Decimal(2640), 10, 20) for place in range(4)}
        cache.set(f"vouchers:{pk}", known, 600)
    asked = [partial(advice, Country(pk=n % 200, name="Peru"), kind, n % 50) for n in range(2000)]
    taken = [timed(one) for one in asked]
    return Row(work="voucher amount in the process, median", ours=median(taken) * 1000, unit="ms",
               most=1, note=told(taken))  # fmt: skip


def timed(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def over_http(people: list[Web]) -> Iterator[Row]:
    def name(web: Web, turn: int) -> None:
        web("GET", "/api/users/me/")

    def amount(web: Web, turn: int) -> None:
        web("POST", "/api/vouchers/amount/", question(turn))

    for ask in (name, amount):  # the first answers wait for imports
        steady(people, ask, RATE // 4, 2)
    rounds = [[steady(people, ask, RATE, SECONDS / ROUNDS) for ask in (name, amount)]
              for _ in range(ROUNDS)]  # fmt: skip
    floor, ours = ([late(waits) for waits in asked] for asked in zip(*rounds, strict=True))
    taken = [one for _, waits in rounds for one in waits.taken]
    errors = [one for _, waits in rounds for one in waits.errors]
    yield Row(work=f"voucher amount over HTTP, {RATE}/s, p95", ours=median(ours), unit="ms",
              most=20, floor="one's own name, the same rate", floor_figure=median(floor),
              note=f"of {ROUNDS} rounds {', '.join(map(number, sorted(ours)))} ms; {told(taken)}",
              )  # fmt: skip
    yield Row(work=f"not answered, of {len(taken) + len(errors):,}", ours=len(errors), unit="",
              most=0, note=" ".join(errors[:1]))  # fmt: skip


def late(waits) -> float:
    """The time in milliseconds in which 95 of 100 are answered."""
    return 1000 * percentiles(waits.taken)[1]


def question(turn: int) -> str:
    """As the shop asks: all that is known of the customer."""
    return json.dumps({
        "customer_id": 1 + turn % 4000, "country_code": COUNTRIES[turn % len(COUNTRIES)],
        "last_order_ts": "2018-05-03 00:00:00", "first_order_ts": "2017-05-03 00:00:00",
        "total_orders": turn % 50, "reference_date": f"2018-{5 + turn % 7:02}-20",
        "segment_name": ("frequent_segment", "recency_segment")[turn % 2],
    })  # fmt: skip


def history(path: Path, scale: int) -> str:
    """Vouchers that were sent: each segment of each country has some."""
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
