"""Scores pairs of products in the same orders by confidence × log lift.

Confidence alone favours bestsellers, lift alone favours rare products; see Brin, Motwani,
Ullman & Tsur, "Dynamic itemset counting and implication rules for market basket data", SIGMOD 1997.
"""

import numpy as np
import scipy.sparse as sp

BEST = 5


def affinity(orders: sp.csr_matrix, fewest: int = 2) -> sp.csr_matrix:
    """Scores with a row for the product in the order and a column for the other one."""
    both = (orders.T @ orders).tocoo()
    of_each = np.bincount(orders.indices, minlength=orders.shape[1])
    use = (both.row != both.col) & (both.data >= fewest)
    row, col, count = both.row[use], both.col[use], both.data[use]
    lift = count * orders.shape[0] / (of_each[row] * of_each[col])
    score = np.where(lift > 1, count / of_each[row] * np.log(np.maximum(lift, 1)), 0)
    return sp.csr_matrix((score, (row, col)), both.shape)


def hit_rate(before: sp.csr_matrix, after: sp.csr_matrix, scores=None) -> tuple[int, float]:
    """Predicts one hidden item of each later basket of two or more from the other items.

    Returns the number of baskets, and the share in which it is among the best five.
    """
    scores = affinity(before) if scores is None else scores
    hits = baskets = 0
    for start, end in zip(after.indptr, after.indptr[1:], strict=False):
        items = np.sort(after.indices[start:end])
        if len(items) < 2:
            continue
        # The middle one: a choice without chance, so that each fit measures the same.
        hidden, known = items[len(items) // 2], np.delete(items, len(items) // 2)
        pulls = np.asarray(scores[known].sum(axis=0)).ravel()
        pulls[known] = -1
        best = np.argsort(-pulls, kind="stable")[:BEST]
        baskets += 1
        # Without any score an item is among the first only by its number: that is no hit.
        hits += bool(hidden in best[pulls[best] > 0])
    return baskets, hits / baskets if baskets else 0.0
