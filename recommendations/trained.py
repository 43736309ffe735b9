"""The recommenders of the newest fit, as each process keeps them.

They use the counts of the fit, updated by each order since.
"""

import threading
from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp
from ibis import _

from analytics.predictions.fit import read_query
from analytics.predictions.models import Fit
from ledger.engine import ledger_table
from ledger.models import Snapshot
from orders.models import Order, OrderItem
from recommendations.baskets import AGAIN, BASKETS, BUYERS, RECENT, History
from recommendations.buy_again import BuyAgain, Recommender
from recommendations.discover import Discover

CATCH_UP = 500  # newest orders to count at once; older ones wait for the next fit


class TrainedRecommenders:
    """The recommenders of the newest fit, kept in this process and updated by new orders."""

    def __init__(self, fit: Fit | None, snapshot: Snapshot | None):
        self.key = fit and fit.pk
        self.last_order = 0
        self.again = BuyAgain()
        # Else it stays 0, and `catch_up` counts the newest orders of all.
        if fit and self.load_counts(snapshot):
            self.last_order = fit.parameters["last_order"]
        self.discover = Discover(counts_from=self.again)
        self.discover.neighbours = self.neighbours(snapshot, "new")
        self.again.neighbours = self.neighbours(snapshot, "again")
        # Threads of a web process share the counts, and numpy's `+=` is not atomic.
        self.lock = threading.Lock()

    def load_counts(self, snapshot: Snapshot) -> bool:
        """False without rows: the fit was refused for lack of data, or its files are missing."""
        item_counts = self.again.item_counts
        # By id, because `neighbours` looks ids up by bisection.
        table = read_query(snapshot, ledger_table("goods").order_by("product_id"))
        if not table.num_rows:
            return False
        for product in table["product_id"].to_pylist():
            item_counts.index_of(product)
        for row, name in ((BUYERS, "buyers"), (AGAIN, "again"), (BASKETS, "baskets")):
            item_counts.counts[row] = table[name].to_numpy()
        item_counts.counts[RECENT] = table["recent"].to_numpy()
        item_counts.as_of = table["as_of"][0].as_py().toordinal()
        return True

    def neighbours(self, snapshot: Snapshot | None, kind: str) -> sp.csr_matrix:
        size = len(self.again.item_counts.items)
        if not size:
            return sp.csr_matrix((0, 0), dtype=np.float32)
        related = ledger_table("related").filter(_.kind == kind)
        table = read_query(snapshot, related.select("product_id", "other_id", "weight"))
        ids = np.array(self.again.item_counts.items)  # in the order of the ids, as they were loaded
        rows, columns = (np.searchsorted(ids, table[name]) for name in ("product_id", "other_id"))
        weights = table["weight"].to_numpy().astype(np.float32)
        return sp.csr_matrix((weights, (rows, columns)), (size, size))

    def catch_up(self) -> None:
        """Count the orders placed since; the customers' earlier ones show what is bought again."""
        sales = Order.objects.sales().counting().filter(customer__isnull=False)
        # Ids are given before the commit: a lower one that commits later waits for the next fit.
        later = sales.filter(pk__gt=self.last_order).order_by("-pk")
        new = dict(later.values_list("pk", "customer_id")[:CATCH_UP])
        if not new:
            return
        items = OrderItem.objects.filter(order__in=sales.filter(customer__in=set(new.values())))
        histories: dict[int, History] = {}
        # Earlier orders come first: what a new one repeats is already in the history.
        rows = items.order_by("order", "pk").values_list(
            "order", "order__customer", "order__placed_on", "product"
        )
        for order, customer, day, product in rows:
            history = histories.setdefault(customer, History())
            if order in new:
                self.again.item_counts.add(history, [product], day)
            else:
                history.add([self.again.item_counts.index_of(product)], day.toordinal())
        self.last_order = max(new)

    def ranked_offers(self, way: Recommender, bought: list[tuple]) -> Iterator[tuple]:
        """Product, score and reason of all products with a score; one thread at a time."""
        with self.lock:
            self.catch_up()
            # Of the reader's orders, so not kept: other readers see other countries.
            history = History()
            for day, product in bought:
                history.add([self.again.item_counts.index_of(product)], day.toordinal())
            # Ranks before it returns, within the lock; only the rows are made later.
            return way.ranked_items(history)


_trained: list[TrainedRecommenders] = []
_loading = threading.Lock()


def trained_recommenders() -> TrainedRecommenders:
    """Those of the newest fit, loaded once in each process."""
    snapshot = Snapshot.objects.newest()
    fit = Fit.objects.in_snapshot("recommendations", snapshot) if snapshot else None
    # One thread loads and the others wait, so that they do not all read the same files.
    with _loading:
        if not _trained or _trained[0].key != (fit and fit.pk):
            _trained[:] = [TrainedRecommenders(fit, snapshot)]
        return _trained[0]
