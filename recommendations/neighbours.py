"""Computes which items go together: item–item weights from purchases.

Cosine: Sarwar, Karypis, Konstan & Riedl, "Item-based collaborative filtering recommendation
algorithms", WWW 2001; shrunk towards 0 for few common buyers.
EASE^R: Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019.
"""

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp
from scipy.linalg import lapack

MAX_NEIGHBOURS = 100  # of each item; more hardly change any recommendation
BLOCK = 512


def purchase_matrix(histories, size: int) -> sp.csr_matrix:
    """A row for each customer, a column for each item: 1 where they bought it."""
    rows = [sorted(history.times) for history in histories]
    ends = np.cumsum([0, *map(len, rows)])
    columns = np.fromiter((number for row in rows for number in row), np.int32, ends[-1])
    return sp.csr_matrix((np.ones(ends[-1], np.float32), columns, ends), (len(rows), size))


def cosine_weights(purchases: sp.csr_matrix, shrink: float = 10) -> sp.csr_matrix:
    return nearest_neighbours(cosine_blocks(purchases, shrink), purchases.shape[1])


def cosine_blocks(purchases: sp.csr_matrix, shrink: float) -> Iterator[np.ndarray]:
    """A block of items at a time: all pairs of a large shop would not fit into memory."""
    by_item = purchases.T.tocsr()
    length = np.sqrt(np.diff(by_item.indptr).astype(np.float32))
    for start in range(0, len(length), BLOCK):
        common = (by_item[start : start + BLOCK] @ purchases).toarray()
        yield common / (np.outer(length[start : start + BLOCK], length) + shrink)


def ease_weights(purchases: sp.csr_matrix, strength: float, most: int = 2_500) -> sp.csr_matrix:
    """Weights with which all other items best predict each item, regularized by `strength`.

    Only of the `most` items with most buyers: the others add little, and time grows with the third
    power of the number of items.
    """
    size = purchases.shape[1]
    by_buyers = np.argsort(-np.bincount(purchases.indices, minlength=size), kind="stable")
    selected = np.sort(by_buyers[:most])
    weights = ease_matrix(purchases[:, selected], strength)
    # Transposed: a row then has the weights that predict its item, as `related_scores` needs them.
    near = nearest_neighbours(row_blocks(weights.T), len(selected)).tocoo()
    return sp.csr_matrix((near.data, (selected[near.row], selected[near.col])), (size, size))


def ease_matrix(purchases: sp.csr_matrix, strength: float) -> np.ndarray:
    """The matrix B of the paper: the weight of each item (row) for each other one (column)."""
    # Fortran order and `overwrite_…`: LAPACK works in place and copies no matrix of 25 MB.
    common = (purchases.T @ purchases).toarray(order="F")
    common[np.diag_indices(len(common))] += strength
    # Cholesky, because the matrix is symmetric and positive definite: half the work of inv().
    factor, failed = lapack.spotrf(common, overwrite_a=True)
    if failed:
        raise ValueError("EASE needs a strength above 0.")
    inverse, _ = lapack.spotri(factor, overwrite_c=True)
    # spotri fills the upper triangle only.
    inverse = np.triu(inverse) + np.triu(inverse, 1).T
    return inverse / -np.diag(inverse)


def row_blocks(weights: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(weights), BLOCK):
        yield np.ascontiguousarray(weights[start : start + BLOCK])


def nearest_neighbours(rows: Iterator[np.ndarray], size: int) -> sp.csr_matrix:
    """A row for each item: its largest weights for other items, and 0 for itself."""
    kept = [sp.csr_matrix((0, size), dtype=np.float32)]
    start = 0
    for block in rows:
        block[np.arange(len(block)), np.arange(start, start + len(block))] = 0
        if size > MAX_NEIGHBOURS:
            # By magnitude: a strong negative weight of EASE says as much as a positive one.
            least = np.partition(np.abs(block), size - MAX_NEIGHBOURS, axis=1)[
                :, size - MAX_NEIGHBOURS
            ]
            block[np.abs(block) < least[:, None]] = 0
        kept.append(sp.csr_matrix(block, dtype=np.float32))
        start += len(block)
    return sp.vstack(kept).tocsr()
