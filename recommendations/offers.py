"""Recommendations for a customer.

From what the recommenders learnt (trained.py) and the customer's current purchases.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, islice, zip_longest
from typing import TYPE_CHECKING

from django.db.models import Sum
from django.utils import timezone

from catalog.models import Inventory, Product
from orders.models import Order, OrderItem
from recommendations.baskets import Reason

if TYPE_CHECKING:
    from recommendations.trained import TrainedRecommenders

MONTH, OVERSTOCK_DAYS = 30, 90  # stock for more than 90 days at the pace of 30 is overstock
CANDIDATES = 100  # stock is looked up for this many products at once


@dataclass
class Offer:
    product: Product
    score: float
    reason: Reason


def offers(customer, user, kind: str, limit: int) -> list[Offer]:
    """The best products for sale, based on orders that the reader may see."""
    # Imported here: it brings SciPy, which no other page needs and every start would wait for.
    from recommendations.trained import trained_recommenders

    known = trained_recommenders()
    bought = purchases(customer, user)
    return list(islice(WAYS[kind](known, bought), limit))


def purchases(customer, user) -> list[tuple]:
    sales = Order.objects.for_user(user).sales().counting().filter(customer=customer)
    items = OrderItem.objects.filter(order__in=sales)
    # Unsorted: `History` counts by day, in any order.
    return list(items.order_by().values_list("order__placed_on", "product"))


def offers_to_buy_again(known: "TrainedRecommenders", bought: list) -> Iterator[Offer]:
    """Only what the customer bought before."""
    days = Counter(product for _, product in set(bought))
    own = (item for item in known.ranked_offers(known.again, bought) if item[0] in days)
    for offer in for_sale(own):
        # Another part of the score may be larger, but what is listed here was bought.
        offer.reason = Reason("again" if days[offer.product.pk] > 1 else "before")
        yield offer


def offers_to_discover(known: "TrainedRecommenders", bought: list) -> Iterator[Offer]:
    return for_sale(known.ranked_offers(known.discover, bought))


def offers_in_stock(known: "TrainedRecommenders", bought: list) -> Iterator[Offer]:
    """The best products in stock, overstock first."""
    overstocked = overstock()
    ranked = chain(
        (item for item in known.ranked_offers(known.again, bought) if item[0] in overstocked),
        (item for item in known.ranked_offers(known.again, bought) if item[0] not in overstocked),
    )
    # A missing one-to-one row raises an AttributeError: products without a count are left out.
    return (offer for offer in for_sale(ranked) if hasattr(offer.product, "inventory"))


def mixed_offers(known: "TrainedRecommenders", bought: list) -> Iterator[Offer]:
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
