"""Fits recommendations: counts of purchases, related products, and a backtest."""

from collections.abc import Callable, Hashable
from datetime import date, timedelta
from functools import partial
from itertools import groupby
from operator import itemgetter

import numpy as np
import pyarrow as pa
import scipy.sparse as sp
from ibis import _

from analytics.predictions.fit import FitResult, NotEnoughData, fit, read_query
from analytics.predictions.stopping import stop_if_outdated
from analytics.semantics.customer_queries import SOLD
from analytics.semantics.shop import ever
from ledger.engine import ledger_table
from ledger.models import Snapshot
from recommendations.backtest import NewAndPopular, Popular, prequential
from recommendations.baskets import AGAIN, BASKETS, BUYERS, RECENT
from recommendations.buy_again import BuyAgain, Recommender
from recommendations.discover import MOST_FOR_EASE, Discover
from recommendations.together import affinity, hit_rate

TESTED_WEEKS = 8
AGAIN_QUESTION, NEW_QUESTION = "what they buy next", "what they buy for the first time"
TOGETHER_QUESTION = "what else is in the order"


@fit("recommendations", "goods", "related", "recommendation_tests")
def recommendations(snapshot: Snapshot) -> FitResult:
    """Related products, counts that later orders update, and a backtest."""
    baskets = baskets_of(snapshot)
    if not baskets:
        raise NotEnoughData("No sales to known customers yet.")
    learned = BuyAgain()
    for basket in baskets:
        learned.add_basket(*basket)
    stop = partial(stop_if_outdated, snapshot)
    tests, method = backtest_rows(baskets, stop)
    discover = Discover(counts_from=learned, method=method)
    learned.rebuild(), discover.rebuild()
    stop()
    tests += tested_orders(snapshot)
    related = [related_rows(kind, one) for kind, one in (("again", learned), ("new", discover))]
    return FitResult(
        {
            "goods": goods_table(learned),
            "related": pa.concat_tables(related),
            "recommendation_tests": pa.Table.from_pylist(tests, TESTS),
        },
        recommendations_note(learned, tests),
        {"discover": method, "last_order": last_order(snapshot)},
        {f"{t['question']}: {t['method']}": t["recall"] for t in tests},
    )


def baskets_of(snapshot: Snapshot) -> list[tuple[Hashable, set, int]]:
    """The products that each customer bought on each day, in order of time."""
    sales = ever().lines.filter(SOLD & _.customer_id.notnull())
    days = sales.select("customer_id", "product_id", "day").distinct()
    table = read_query(snapshot, days.order_by("day", "customer_id", "product_id"))
    rows = zip(*(table[name].to_pylist() for name in ("day", "customer_id", "product_id")),
               strict=True)  # fmt: skip
    return [
        (customer, {product for *_, product in bought}, day.toordinal())
        for (day, customer), bought in groupby(rows, key=itemgetter(0, 1))
    ]


def last_order(snapshot: Snapshot) -> int:
    # Of the snapshot, not of the database: `catch_up` counts the orders after it.
    return read_query(snapshot, ledger_table("orders").agg(last=_.order_id.max()))["last"][
        0
    ].as_py()


def backtest_rows(baskets: list, stop: Callable[[], None]) -> tuple[list[dict], str]:
    """The accuracy of each method in the last weeks, and the best one for new products."""
    ways = {
        (AGAIN_QUESTION, "buy again"): BuyAgain,
        (AGAIN_QUESTION, "popular"): Popular,
        (NEW_QUESTION, "cosine"): partial(Discover, method="cosine"),
        (NEW_QUESTION, "popular"): NewAndPopular,
    }
    if len({item for _, items, _ in baskets for item in items}) <= MOST_FOR_EASE:
        ways[NEW_QUESTION, "ease"] = partial(Discover, method="ease")
    since = baskets[-1][2] - 7 * TESTED_WEEKS
    new = {way for way in ways if way[0] == NEW_QUESTION}
    # Neighbours are built once: at the end of the test they are weeks old, in use only a day.
    found = prequential(
        baskets, ways, new=new, since=since, every=7 * TESTED_WEEKS, before_day=stop
    )
    ours = [method for question, method in ways if question == NEW_QUESTION and method != "popular"]
    # The name breaks ties, so that the same data always choose the same method.
    method = max(ours, key=lambda name: (found[NEW_QUESTION, name].value or 0, name))
    tests = [
        {
            "question": question, "method": name, "customers": recall.customers,
            "recall": recall.value, "chosen": name in (method, "buy again"),
        }
        for (question, name), recall in found.items()
    ]  # fmt: skip
    return tests, method


def tested_orders(snapshot: Snapshot) -> list[dict]:
    """The accuracy of pairs: one product of each recent order is predicted from the others."""
    sales = ever().lines_by_product.filter(SOLD, _.first_of_product)
    table = read_query(
        snapshot,
        sales.select("order_id", "product_id", "day").order_by("order_id", "product_id"),
    )
    orders, rows = np.unique(table["order_id"].to_numpy(), return_inverse=True)
    products, columns = np.unique(table["product_id"].to_numpy(), return_inverse=True)
    ones = np.ones(len(rows), np.float32)
    held = sp.csr_matrix((ones, (rows, columns)), (len(orders), len(products)))
    held.data[:] = 1
    days = table["day"].to_numpy().astype("datetime64[D]")
    day = np.zeros(len(orders), "datetime64[D]")
    day[rows] = days
    late = day > days.max() - np.timedelta64(7 * TESTED_WEEKS, "D")
    before, after = held[~late], held[late]
    popular = sp.csr_matrix(np.tile(np.asarray(before.sum(axis=0)), (1, 1)))
    found = []
    for name, scores in (("confidence × log lift", affinity(before)), ("popular", popular)):
        if name == "popular":
            # `hit_rate` wants a row for each product: the same one for all.
            scores = scores[np.zeros(len(products), int)]
        baskets, rate = hit_rate(before, after, scores)
        found.append(
            {
                "question": TOGETHER_QUESTION, "method": name, "customers": baskets,
                "recall": rate if baskets else None, "chosen": name != "popular",
            }
        )  # fmt: skip
    return found


GOODS = pa.schema(
    {
        "product_id": pa.int64(), "buyers": pa.int64(), "again": pa.int64(),
        "baskets": pa.int64(), "recent": pa.float64(), "as_of": pa.date32(),
    }
)  # fmt: skip
# Named types: of a column without any value Arrow would infer the type null.
TESTS = pa.schema(
    {
        "question": pa.string(), "method": pa.string(), "customers": pa.int64(),
        "recall": pa.float64(), "chosen": pa.bool_(),
    }
)  # fmt: skip


def goods_table(learned: Recommender) -> pa.Table:
    counts, items = learned.item_counts.counts, learned.item_counts.items
    as_of = date.fromordinal(learned.item_counts.as_of)
    return pa.table(
        [items, *(counts[row].astype(int) for row in (BUYERS, AGAIN, BASKETS)),
         counts[RECENT], [as_of] * len(items)],
        schema=GOODS,
    )  # fmt: skip


def related_rows(kind: str, one: Recommender) -> pa.Table:
    weights = one.neighbours.tocoo()
    items = np.array(one.item_counts.items, np.int64)
    return pa.table(
        {
            "kind": pa.array([kind] * weights.nnz),
            "product_id": items[weights.row],
            "other_id": items[weights.col],
            "weight": weights.data.astype(float),
        }
    )


def recommendations_note(learned: Recommender, tests: list[dict]) -> str:
    as_of = date.fromordinal(learned.item_counts.as_of)
    basis = f"Based on {len(learned.histories):,} customers up to {as_of:%-d %b %Y}."
    by_way = {(test["question"], test["method"]): test["recall"] for test in tests}
    ours, popular = by_way[AGAIN_QUESTION, "buy again"], by_way[AGAIN_QUESTION, "popular"]
    if ours is None:
        days = timedelta(weeks=TESTED_WEEKS).days
        return f"{basis} Not enough data to test: no third purchases in the last {days} days."
    return (
        f"{basis} {ours:.1%} of the products in customers’ last purchases were among ten "
        f"recommendations, {popular:.1%} among the ten most popular products."
    )
