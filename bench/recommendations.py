"""How good and how fast recommendations and voucher lookups are, beside their targets.

    make bench-recommendations [DATA=online_retail.csv.gz]

Recall is prequential: each customer's last shopping day, foretold from what was known before it;
neighbours are rebuilt every so many days. Nothing here is asserted in tests.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from recommendations import backtest  # noqa: E402
from recommendations.buy_again import BuyAgain  # noqa: E402
from recommendations.discover import Discover  # noqa: E402

SALES = r"""
    select cast(cast(CustomerID as double) as bigint) as customer, list(distinct StockCode),
        min(InvoiceDate)::date as day
    from read_csv('{}', all_varchar = true)
    where CustomerID is not null and InvoiceNo not like 'C%' and cast(Quantity as int) > 0
        and cast(UnitPrice as double) > 0 and regexp_matches(StockCode, '^\d{{5}}')
    group by InvoiceNo, customer order by min(InvoiceDate), InvoiceNo
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--every", type=int, default=28, help="days between rebuilds")
    options = parser.parse_args()
    baskets = duckdb.sql(SALES.format(options.data)).fetchall()
    print(f"{'':58}{'target':>8}{'reached':>9}")
    speed(baskets)
    quality(backtest.shopping_days(baskets), options.every)
    lookups()


def row(name: str, target: str, reached: float, digits: int = 3) -> None:
    print(f"{name:58}{target:>8}{reached:9.{digits}f}", flush=True)


def speed(baskets: list) -> None:
    again = BuyAgain()
    discover = Discover(beside=again)
    took = timed(lambda: [again.add_basket(*basket) for basket in baskets])
    rebuilt = timed(again.rebuild), timed(discover.rebuild)
    row("rebuild from nothing, s: counters", "", took)
    row("    neighbours by cosine", "", rebuilt[0])
    row("    EASE", "", rebuilt[1])
    row("    all together", "<= 3", took + sum(rebuilt))
    customers = list(again.people)[::4]
    for name, way in (("buy again", again), ("discover", discover)):
        queries = [timed(partial(way.recommend, customer, 10)) for customer in customers]
        row(f"query, {name}, ms: median", "<= 5", 1000 * statistics.median(queries))
        row("    of a hundred the slowest", "", 1000 * statistics.quantiles(queries, n=100)[-1])
    updates = [timed(partial(again.add_basket, *basket)) for basket in baskets[-1000:]]
    row("update by a basket, ms: median", "<= 1", 1000 * statistics.median(updates))


def quality(days: list, every: int) -> None:
    ways = {
        "buy again": BuyAgain, "popular": backtest.Popular,
        "discover, EASE": partial(Discover, method="ease"),
        "discover, cosine": partial(Discover, method="cosine"),
        "discover, popular": backtest.NewAndPopular,
    }  # fmt: skip
    new = {name for name in ways if name.startswith("discover")}
    for fewest, targets in ((2, {"buy again": ">= .21", "discover, EASE": ">= .06"}), (1, {})):
        found = backtest.prequential(days, ways, new=new, every=every, fewest=fewest)
        for name, recall in found.items():
            told = f"Recall@10, {name}, {fewest}+ days before, {recall.customers:,} customers"
            row(told, targets.get(name, ""), recall.value)


def lookups() -> None:
    """The voucher lookup in this process, over a table of 200 countries in the cache."""
    import django

    django.setup()
    from decimal import Decimal

    from django.core.cache import cache

    from customers.models import Country
    from recommendations.segments import Known, advice, kinds

    kind = kinds()["frequent_segment"]
    for pk in range(200):
        known = {(kind.name, place): Known(Decimal(2640), 10, 20) for place in range(4)}
        cache.set(f"vouchers:{pk}", known, 600)
    asked = [partial(advice, Country(pk=n % 200, name="Peru"), kind, n % 50) for n in range(2000)]
    took = [timed(one) for one in asked]
    row("voucher lookup in the process, ms: median", "<= 1", 1000 * statistics.median(took))
    row("    of a hundred the slowest", "", 1000 * statistics.quantiles(took, n=100)[-1])


def timed(work: Callable) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
