"""Recall and speed of recommendations.

    make bench-recommendations [DATA=file.csv] [SCALE=10]

Recall is prequential: each customer's last shopping day is predicted from the days before it, with
neighbours rebuilt every `EVERY` days. It always uses the published file, because generated
customers have no habits to learn.
"""

import os
import statistics
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import duckdb

# Before the imports below, of which some read Django's settings.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from analytics.tests.published import DATA
from bench.row import Row, elapsed, latency_note
from recommendations import backtest
from recommendations.buy_again import BuyAgain
from recommendations.discover import Discover

EVERY = 28  # days between rebuilds
SALES = r"""
    select cast(cast(CustomerID as double) as bigint) as customer, list(distinct StockCode),
        min(InvoiceDate)::date as day
    from read_csv('{}', all_varchar = true)
    where CustomerID is not null and InvoiceNo not like 'C%' and cast(Quantity as int) > 0
        and cast(UnitPrice as double) > 0 and regexp_matches(StockCode, '^\d{{5}}')
    group by InvoiceNo, customer order by min(InvoiceDate), InvoiceNo
"""


def measure(data: Path, scale: int) -> Iterator[Row]:
    yield from speed_rows(read_baskets(data))
    published = DATA / "online_retail.csv.gz"
    if published.exists():
        yield from recall_rows(backtest.shopping_days(read_baskets(published)))
    else:
        yield Row(work="Recall@10", unit="", least=0.21, note="needs ../shared/data")


def read_baskets(file: Path) -> list:
    return duckdb.sql(SALES.format(file)).fetchall()


def speed_rows(baskets: list) -> Iterator[Row]:
    again = BuyAgain()
    discover = Discover(counts_from=again)
    took = elapsed(lambda: [again.add_basket(*basket) for basket in baskets])
    cosine, ease = elapsed(again.rebuild), elapsed(discover.rebuild)
    yield Row(work="rebuilt from nothing", ours=took + cosine + ease, most=3,
              note=f"counters {took:.2f}, neighbours {cosine:.2f}, EASE {ease:.2f} s")  # fmt: skip
    customers = list(again.histories)[::4]
    for name, way in (("buy again", again), ("discover", discover)):
        queries = [elapsed(partial(way.recommend, customer, 10)) for customer in customers]
        yield median_row(f"query, {name}", queries, most=5)
    updates = [elapsed(partial(again.add_basket, *basket)) for basket in baskets[-1000:]]
    yield median_row("a basket more", updates, most=1)


def median_row(work: str, taken: list[float], most: float) -> Row:
    half = 1000 * statistics.median(taken)
    return Row(work=f"{work}, median", ours=half, unit="ms", most=most, note=latency_note(taken))


def recall_rows(days: list) -> Iterator[Row]:
    ways = {
        "buy again": BuyAgain, "popular": backtest.Popular,
        "discover, EASE": partial(Discover, method="ease"),
        "discover, cosine": partial(Discover, method="cosine"),
        "discover, popular": backtest.NewAndPopular,
    }  # fmt: skip
    new = {name for name in ways if name.startswith("discover")}
    for fewest, targets in ((2, {"buy again": 0.21, "discover, EASE": 0.06}), (1, {})):
        found = backtest.prequential(days, ways, new=new, every=EVERY, fewest=fewest)
        for name, recall in found.items():
            floor = found["discover, popular" if name in new else "popular"]
            yield Row(work=f"Recall@10, {name}, {fewest}+ days before", ours=recall.value, unit="",
                      floor="what is popular", floor_figure=floor.value, least=targets.get(name),
                      note=f"{recall.customers:,} customers")  # fmt: skip
