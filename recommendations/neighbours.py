"""Which items go with which: item–item weights out of who bought what.

Cosine: Sarwar, Karypis, Konstan & Riedl, "Item-based collaborative filtering recommendation
algorithms", WWW 2001; few common buyers are shrunk towards none.
EASE^R: Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019.
"""

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp
from scipy.linalg import lapack

NEIGHBOURS = 100  # of each item; more of them change hardly any answer
BLOCK = 512


def bought(histories, size: int) -> sp.csr_matrix:
    """A row for each customer, a column for each item: 1 where they bought it."""
    rows = [sorted(history.times) for history in histories]
    ends = np.cumsum([0, *map(len, rows)])
    columns = np.fromiter((number for row in rows for number in row), np.int32, ends[-1])
    return sp.csr_matrix((np.ones(ends[-1], np.float32), columns, ends), (len(rows), size))


def cosine(buys: sp.csr_matrix, shrink: float = 10) -> sp.csr_matrix:
    return nearest(cosine_blocks(buys, shrink), buys.shape[1])


def cosine_blocks(buys: sp.csr_matrix, shrink: float) -> Iterator[np.ndarray]:
    """So many items at a time: all pairs of a large shop would not fit into memory."""
    by_item = buys.T.tocsr()
    length = np.sqrt(np.diff(by_item.indptr).astype(np.float32))
    for start in range(0, len(length), BLOCK):
        common = (by_item[start : start + BLOCK] @ buys).toarray()
        yield common / (np.outer(length[start : start + BLOCK], length) + shrink)


def ease(buys: sp.csr_matrix, strength: float, most: int = 2_500) -> sp.csr_matrix:
    """Weights by which all other items foretell one item best, held small by `strength`.

    Of the `most` items that most customers bought: what few bought teaches little, and time grows
    with the third power of the number of items.
    """
    size = buys.shape[1]
    by_buyers = np.argsort(-np.bincount(buys.indices, minlength=size), kind="stable")
    kept = np.sort(by_buyers[:most])
    weights = ease_weights(buys[:, kept], strength)
    found = nearest(blocks(weights.T), len(kept)).tocoo()
    return sp.csr_matrix((found.data, (kept[found.row], kept[found.col])), (size, size))


def ease_weights(buys: sp.csr_matrix, strength: float) -> np.ndarray:
    """B of the paper: row by column, what each item says of each other."""
    common = (buys.T @ buys).toarray(order="F")
    common[np.diag_indices(len(common))] += strength
    factor, failed = lapack.spotrf(common, overwrite_a=True)
    if failed:
        raise ValueError("EASE needs a strength above 0.")
    inverse, _ = lapack.spotri(factor, overwrite_c=True)
    inverse = np.triu(inverse) + np.triu(inverse, 1).T
    return inverse / -np.diag(inverse)


def blocks(weights: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(weights), BLOCK):
        yield np.ascontiguousarray(weights[start : start + BLOCK])


def nearest(rows: Iterator[np.ndarray], size: int) -> sp.csr_matrix:
    """A row for each item: the largest of its weights for the others, and for itself none."""
    found = [sp.csr_matrix((0, size), dtype=np.float32)]
    start = 0
    for block in rows:
        block[np.arange(len(block)), np.arange(start, start + len(block))] = 0
        if size > NEIGHBOURS:
            least = np.partition(np.abs(block), size - NEIGHBOURS, axis=1)[:, size - NEIGHBOURS]
            block[np.abs(block) < least[:, None]] = 0
        found.append(sp.csr_matrix(block, dtype=np.float32))
        start += len(block)
    return sp.vstack(found).tocsr()
