"""What is known of each customer on a day: the numbers that models of customers begin with."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Days:
    """A row for each day on which a customer bought or gave back; days are numbers."""

    customer: np.ndarray
    day: np.ndarray
    sold: np.ndarray  # whether anything was bought
    value: np.ndarray  # net of what came back

    def until(self, last: int) -> "Days":
        kept = self.day <= last
        return Days(self.customer[kept], self.day[kept], self.sold[kept], self.value[kept])

    @property
    def span(self) -> int:
        return int(self.day.max() - self.day.min()) if len(self.day) else 0


@dataclass(frozen=True)
class Buyers:
    """Everybody who bought until a day: x, t_x and T in days, and what they brought so far."""

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
        """Of a purchase; who gave back more than they bought is worth nothing so far."""
        return np.maximum(self.value, 0) / self.purchases


def buyers(days: Days, today: int) -> Buyers:
    known = days.until(today)
    ids, place = np.unique(known.customer[known.sold], return_inverse=True)
    bought = known.day[known.sold]
    first, last = np.full(len(ids), today), np.full(len(ids), -1)
    np.minimum.at(first, place, bought)
    np.maximum.at(last, place, bought)
    frequency = np.bincount(place, minlength=len(ids)) - 1
    return Buyers(ids, frequency, last - first, today - first, values(known, ids))


def values(days: Days, ids: np.ndarray) -> np.ndarray:
    """The net value of each; a return may come from somebody whose purchase is not known."""
    known = np.isin(days.customer, ids)
    place = np.searchsorted(ids, days.customer[known])
    return np.bincount(place, days.value[known], minlength=len(ids))


def between(days: Days, ids: np.ndarray, after: int, until: int) -> tuple[np.ndarray, np.ndarray]:
    """On how many days each of them bought in that time, and what it brought, net."""
    later = (days.day > after) & (days.day <= until) & np.isin(days.customer, ids)
    place = np.searchsorted(ids, days.customer[later])
    bought = np.bincount(place, days.sold[later], minlength=len(ids)).astype(int)
    return bought, np.bincount(place, days.value[later], minlength=len(ids))
