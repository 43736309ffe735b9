"""Recommends what a customer never bought and may like."""

import numpy as np
import scipy.sparse as sp

from recommendations.baskets import scaled
from recommendations.buy_again import Recommender
from recommendations.neighbours import cosine_weights, ease_weights

MOST_FOR_EASE = 5_000  # products; its time grows with their number to the third power


class Discover(Recommender):
    """By EASE^R, or by cosine similarity where there are too many products for it.

    `method` is "ease" or "cosine"; by default it depends on the number of products.
    """

    def __init__(self, *, method: str = "", strength: float = 200, **more):
        super().__init__(**more)
        self.method, self.strength = method, strength

    def related(self, purchases: sp.csr_matrix) -> sp.csr_matrix:
        fits = 0 < purchases.shape[1] <= MOST_FOR_EASE
        if self.method == "ease" or (not self.method and fits):
            return ease_weights(purchases, self.strength)
        return cosine_weights(purchases)

    def terms(self, history, weights):
        new = weights == 0
        return {
            "because": np.where(new, scaled(self.related_scores(weights)), 0),
            "popular": np.where(new, 0.1 * self.item_counts.popular(), 0),
        }
