"""Recommends what a customer may want next, mostly what they bought before.

Next-basket studies find that counts like these are hard to beat: Hu, He, Gao & Zhang, "Modeling
personalized item frequency information for next-basket recommendation" (TIFU-KNN), SIGIR 2020;
Li, Jullien, Ariannezhad & de Rijke, "A next basket recommendation reality check", TOIS 2023.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from datetime import date
from itertools import islice

import numpy as np
import scipy.sparse as sp

from recommendations.baskets import History, Item, ItemCounts, Reason, scaled
from recommendations.neighbours import cosine_weights, purchase_matrix

Offer = tuple[Item, float, Reason]


class Recommender:
    """Counts baskets one by one and ranks items for a customer; subclasses define `terms`.

    With `counts_from` it shares the counts of another recommender and counts nothing itself.
    """

    def __init__(
        self,
        *,
        decay: float = 0.9,
        half_life: float = 14,
        counts_from: "Recommender | None" = None,
    ):
        self.decay = decay
        self.item_counts: ItemCounts = (
            counts_from.item_counts if counts_from else ItemCounts(half_life)
        )
        self.histories: dict[Hashable, History] = counts_from.histories if counts_from else {}
        self.neighbours = sp.csr_matrix((0, 0), dtype=np.float32)

    def add_basket(self, customer: Hashable, items: Iterable[Item], day: date | int) -> None:
        """Count a basket at once. Only `neighbours` wait for `rebuild`."""
        self.item_counts.add(self.histories.setdefault(customer, History()), items, day)

    def rebuild(self) -> None:
        self.neighbours = self.related(
            purchase_matrix(self.histories.values(), len(self.item_counts.items))
        )

    def related(self, purchases: sp.csr_matrix) -> sp.csr_matrix:
        return cosine_weights(purchases)

    def recommend(
        self, customer: Hashable, k: int, stock: Mapping[Item, int] | None = None
    ) -> list[Offer]:
        """The best `k` items in stock. For an unknown customer, popular ones."""
        # `get`, because asking for an unknown customer must not make one.
        offers = self.ranked_items(self.histories.get(customer) or History())
        in_stock = (offer for offer in offers if stock is None or stock.get(offer[0], 0) > 0)
        return list(islice(in_stock, k))

    def ranked_items(self, history: History) -> Iterator[Offer]:
        """All items with a score, best first. Later changes of the counts do not affect it."""
        weights = history.weights(len(self.item_counts.items), self.decay)
        terms = self.terms(history, weights)
        scores = sum(terms.values())
        # Stable, so that equal scores have the same order at each request.
        order = np.argsort(-scores, kind="stable")
        return (
            (self.item_counts.items[n], float(scores[n]), self.reason(n, terms, weights))
            # Weights of EASE may be negative: such scores advise against an item.
            for n in order[: np.count_nonzero(scores > 0)]
        )

    def terms(self, history: History, weights: np.ndarray) -> dict[str, np.ndarray]:
        """The parts of each item's score, by kind of reason."""
        raise NotImplementedError

    def related_scores(self, weights: np.ndarray) -> np.ndarray:
        """How well each item goes with the customer's purchases."""
        known = self.neighbours.shape[0]  # items first sold after the last rebuild have none
        scores = np.zeros(len(weights))
        scores[:known] = self.neighbours @ weights[:known].astype(np.float32)
        return scores

    def reason(self, number: int, terms: dict[str, np.ndarray], weights: np.ndarray) -> Reason:
        """The reason with the largest part of the score."""
        kind = max(terms, key=lambda kind: terms[kind][number])
        if kind != "because":
            return Reason(kind)
        start, end = self.neighbours.indptr[number : number + 2]
        others = self.neighbours.indices[start:end]
        contributions = self.neighbours.data[start:end] * weights[others]
        return Reason(kind, (self.item_counts.items[others[contributions.argmax()]],))


class BuyAgain(Recommender):
    """Scores the customer's own purchases, then items that go with them, then popular ones.

    Own purchases count more if they are recent, often bought again and selling well now.
    """

    def terms(self, history, weights):
        item_counts = self.item_counts
        again = weights * np.sqrt(item_counts.bought_again() * item_counts.season())
        return {
            "again": scaled(again),
            "because": 0.2 * scaled(self.related_scores(weights)),
            "popular": 0.2 * item_counts.popular(),
        }
