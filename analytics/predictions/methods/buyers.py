"""Frequency, recency, age and value of each customer on a day: the input of customer models."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Days:
    """A row for each day on which a customer bought or returned something; days are numbers."""

    customer: np.ndarray
    day: np.ndarray
    sold: np.ndarray  # whether anything was bought
    value: np.ndarray  # net of returns

    def until(self, last: int) -> "Days":
        selected = self.day <= last
        columns = self.customer, self.day, self.sold, self.value
        return Days(*(column[selected] for column in columns))

    @property
    def span(self) -> int:
        return int(self.day.max() - self.day.min()) if len(self.day) else 0


@dataclass(frozen=True)
class Buyers:
    """All who bought up to a day: x, t_x and T in days, and their net sales."""

    customer: np.ndarray
    frequency: np.ndarray  # days with a purchase, after the first
    recency: np.ndarray  # from the first to the last
    T: np.ndarray  # from the first to now
    value: np.ndarray

    @property
    def history(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self.frequency, self.recency, self.T

    @property
    def purchases(self) -> np.ndarray:
        return self.frequency + 1

    @property
    def mean_value(self) -> np.ndarray:
        """Net sales per purchase; 0 where returns exceed purchases."""
        return np.maximum(self.value, 0) / self.purchases


def buyers(days: Days, today: int) -> Buyers:
    known = days.until(today)
    ids, index = np.unique(known.customer[known.sold], return_inverse=True)
    bought = known.day[known.sold]
    first, last = np.full(len(ids), today), np.full(len(ids), -1)
    # `.at`, because indices repeat: an assignment would keep only one of a customer's days.
    np.minimum.at(first, index, bought)
    np.maximum.at(last, index, bought)
    frequency = np.bincount(index, minlength=len(ids)) - 1
    return Buyers(ids, frequency, last - first, today - first, net_values(known, ids))


def net_values(days: Days, ids: np.ndarray) -> np.ndarray:
    """The net sales of each; returns of customers without a known purchase are left out."""
    known = np.isin(days.customer, ids)
    index = np.searchsorted(ids, days.customer[known])
    return np.bincount(index, days.value[known], minlength=len(ids))


def purchases_between(
    days: Days, ids: np.ndarray, after: int, until: int
) -> tuple[np.ndarray, np.ndarray]:
    """The number of days with a purchase of each customer in that time, and their net sales."""
    later = (days.day > after) & (days.day <= until) & np.isin(days.customer, ids)
    index = np.searchsorted(ids, days.customer[later])
    bought = np.bincount(index, days.sold[later], minlength=len(ids)).astype(int)
    return bought, np.bincount(index, days.value[later], minlength=len(ids))
