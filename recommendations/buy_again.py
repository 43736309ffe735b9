"""What a customer may want next, most of it what they bought before.

Next-basket studies find that counters like these are hard to beat: Hu, He, Gao & Zhang, "Modeling
personalized item frequency information for next-basket recommendation" (TIFU-KNN), SIGIR 2020;
Li, Jullien, Ariannezhad & de Rijke, "A next basket recommendation reality check", TOIS 2023.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from datetime import date
from itertools import islice

import numpy as np
import scipy.sparse as sp

from recommendations.baskets import History, Item, ItemCounts, Reason, scaled
from recommendations.neighbours import bought, cosine

Offer = tuple[Item, float, Reason]


class Recommender:
    """Learns baskets one by one and ranks items for a customer; each kind has its own `terms`.

    One that stands `beside` another counts nothing itself: it sees what the other learns.
    """

    def __init__(self, *, decay: float = 0.9, half_life: float = 14, beside=None):
        self.decay = decay
        self.goods: ItemCounts = beside.goods if beside else ItemCounts(half_life)
        self.people: dict[Hashable, History] = beside.people if beside else {}
        self.neighbours = sp.csr_matrix((0, 0), dtype=np.float32)

    def add_basket(self, customer: Hashable, items: Iterable[Item], day: date | int) -> None:
        """Count a basket: exact, and at once. Only `neighbours` wait for `rebuild`."""
        self.goods.add(self.people.setdefault(customer, History()), items, day)

    def rebuild(self) -> None:
        self.neighbours = self.related(bought(self.people.values(), len(self.goods.items)))

    def related(self, buys: sp.csr_matrix) -> sp.csr_matrix:
        return cosine(buys)

    def recommend(
        self, customer: Hashable, k: int, stock: Mapping[Item, int] | None = None
    ) -> list[Offer]:
        """The best `k` that are in stock. To somebody unknown, what is popular now."""
        offers = self.ranked_items(self.people.get(customer) or History())
        in_stock = (one for one in offers if stock is None or stock.get(one[0], 0) > 0)
        return list(islice(in_stock, k))

    def ranked_items(self, history: History) -> Iterator[Offer]:
        """All that has a score, the best first. The scores are those of now, however late one asks
        for more."""
        weights = history.weights(len(self.goods.items), self.decay)
        terms = self.terms(history, weights)
        scores = sum(terms.values())
        order = np.argsort(-scores, kind="stable")
        return (
            (self.goods.items[n], float(scores[n]), self.reason(n, terms, weights))
            for n in order[: np.count_nonzero(scores > 0)]
        )

    def terms(self, history: History, weights: np.ndarray) -> dict[str, np.ndarray]:
        """The parts of each item's score, by the reason that they are."""
        raise NotImplementedError

    def going_with(self, weights: np.ndarray) -> np.ndarray:
        """How well each item goes with what was bought."""
        known = self.neighbours.shape[0]  # what was never sold before the last rebuild is not there
        found = np.zeros(len(weights))
        found[:known] = self.neighbours @ weights[:known].astype(np.float32)
        return found

    def reason(self, number: int, terms: dict[str, np.ndarray], weights: np.ndarray) -> Reason:
        """The largest part of the score."""
        kind = max(terms, key=lambda kind: terms[kind][number])
        if kind != "because":
            return Reason(kind)
        start, end = self.neighbours.indptr[number : number + 2]
        others = self.neighbours.indices[start:end]
        pulls = self.neighbours.data[start:end] * weights[others]
        return Reason(kind, (self.goods.items[others[pulls.argmax()]],))


class BuyAgain(Recommender):
    """Own purchases, the later the heavier, of what is bought again at all and sells now; then what
    goes with them; then what is popular."""

    def terms(self, history, weights):
        goods = self.goods
        again = weights * np.sqrt(goods.bought_again() * goods.season())
        return {
            "again": scaled(again),
            "because": 0.2 * scaled(self.going_with(weights)),
            "popular": 0.2 * goods.popular(),
        }
