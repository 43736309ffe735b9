"""Recommendations for a customer.

They use the counts of the fit, updated by each order since, and the customer's current purchases.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, islice, zip_longest

import numpy as np
import scipy.sparse as sp
from django.db.models import Sum
from django.utils import timezone
from ibis import _

from analytics.predictions.fit import read_query
from analytics.predictions.models import Fit
from catalog.models import Inventory, Product
from ledger.engine import ledger_table
from ledger.models import Snapshot
from orders.models import Order, OrderItem
from recommendations.baskets import AGAIN, BASKETS, BUYERS, RECENT, History, Reason
from recommendations.buy_again import BuyAgain, Recommender
from recommendations.discover import Discover

NAME = "recommendations"
CATCH_UP = 500  # newest orders to count at once; older ones wait for the next fit
MONTH, OVERSTOCK_DAYS = 30, 90  # stock for more than 90 days at the pace of 30 is overstock
CANDIDATES = 100  # stock is looked up for this many products at once


@dataclass
class Offer:
    product: Product
    score: float
    reason: Reason


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
    fit = Fit.objects.in_snapshot(NAME, snapshot) if snapshot else None
    # One thread loads and the others wait, so that they do not all read the same files.
    with _loading:
        if not _trained or _trained[0].key != (fit and fit.pk):
            _trained[:] = [TrainedRecommenders(fit, snapshot)]
        return _trained[0]


def offers(customer, user, kind: str, limit: int) -> list[Offer]:
    """The best products for sale, based on orders that the reader may see."""
    known = trained_recommenders()
    bought = purchases(customer, user)
    return list(islice(WAYS[kind](known, bought), limit))


def purchases(customer, user) -> list[tuple]:
    sales = Order.objects.for_user(user).sales().counting().filter(customer=customer)
    items = OrderItem.objects.filter(order__in=sales)
    # Unsorted: `History` counts by day, in any order.
    return list(items.order_by().values_list("order__placed_on", "product"))


def offers_to_buy_again(known: TrainedRecommenders, bought: list) -> Iterator[Offer]:
    """Only what the customer bought before."""
    days = Counter(product for _, product in set(bought))
    own = (item for item in known.ranked_offers(known.again, bought) if item[0] in days)
    for offer in for_sale(own):
        # Another part of the score may be larger, but what is listed here was bought.
        offer.reason = Reason("again" if days[offer.product.pk] > 1 else "before")
        yield offer


def offers_to_discover(known: TrainedRecommenders, bought: list) -> Iterator[Offer]:
    return for_sale(known.ranked_offers(known.discover, bought))


def offers_in_stock(known: TrainedRecommenders, bought: list) -> Iterator[Offer]:
    """The best products in stock, overstock first."""
    overstocked = overstock()
    ranked = chain(
        (item for item in known.ranked_offers(known.again, bought) if item[0] in overstocked),
        (item for item in known.ranked_offers(known.again, bought) if item[0] not in overstocked),
    )
    # A missing one-to-one row raises an AttributeError: products without a count are left out.
    return (offer for offer in for_sale(ranked) if hasattr(offer.product, "inventory"))


def mixed_offers(known: TrainedRecommenders, bought: list) -> Iterator[Offer]:
    """Alternates between products to buy again and new ones."""
    seen: set[int] = set()
    for pair in zip_longest(offers_to_buy_again(known, bought), offers_to_discover(known, bought)):
        for offer in filter(None, pair):
            if offer.product.pk not in seen:
                seen.add(offer.product.pk)
                yield offer


WAYS = {
    "history": offers_to_buy_again,
    "similar_customers": offers_to_discover,
    "inventory": offers_in_stock,
    "mix": mixed_offers,
}


def for_sale(ranked: Iterator[tuple]) -> Iterator[Offer]:
    """Active products that are not out of stock; products without an inventory never are."""
    while batch := list(islice(ranked, CANDIDATES)):
        # `exclude` keeps products without an inventory; a filter on stock above 0 would not.
        products = Product.objects.active().exclude(inventory__quantity__lte=0)
        found = products.select_related("inventory").in_bulk([product for product, *_ in batch])
        for product, score, reason in batch:
            if product in found:
                yield Offer(found[product], score, reason)


def overstock() -> set[int]:
    """Products with stock for more than three months at the pace of the last month."""
    since = timezone.localdate() - timedelta(days=MONTH)
    sold = OrderItem.objects.filter(order__in=Order.objects.sales().counting().in_period(since))
    pace = dict(sold.order_by().values_list("product").annotate(Sum("quantity")))
    stock = Inventory.objects.filter(quantity__gt=0).order_by().values_list("product", "quantity")
    return {
        product
        for product, quantity in stock
        if quantity > OVERSTOCK_DAYS * pace.get(product, 0) / MONTH
    }
