"""Counts of purchases by customer, item and day: the basis of both recommenders.

A customer's baskets of one day are one basket. So the order in which baskets are added does not
matter, and adding them one by one gives the same counts as adding all at once.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

Item = Hashable
BUYERS, AGAIN, BASKETS, RECENT = range(4)
REASON_TEXTS = {
    "again": "you buy this again and again",
    "before": "you bought this before",
    "popular": "popular now",
}


@dataclass(frozen=True)
class Reason:
    """Why an item is recommended, and the purchases that this is based on."""

    kind: str  # again, before, because, popular
    rests_on: tuple[Item, ...] = ()

    def text(self, name_of: Callable[[Item], str] = str) -> str:
        if self.kind == "because":
            return "because you bought " + " and ".join(name_of(item) for item in self.rests_on)
        return REASON_TEXTS[self.kind]

    __str__ = text


class History:
    """The purchases of one customer: the indices of the items, by day."""

    def __init__(self):
        self.days: dict[int, set[int]] = {}
        self.times: Counter[int] = Counter()  # on how many days each item

    def add(self, numbers: Iterable[int], day: int) -> list[int]:
        """Add a basket; returns the items that are new on this day."""
        basket = self.days.setdefault(day, set())
        new = set(numbers) - basket
        basket |= new
        self.times.update(new)
        return list(new)

    def weights(self, size: int, decay: float) -> np.ndarray:
        """For each item the number of days it was bought on; older baskets count less."""
        weights = np.zeros(size)
        # Age in shopping days of this customer, not in days: rare buyers forget no faster.
        for age, day in enumerate(sorted(self.days, reverse=True)):
            # Right only because a day is a set: `+=` adds once where an index repeats.
            weights[list(self.days[day])] += decay**age
        return weights


class ItemCounts:
    """The purchases of all customers: four counts for each item."""

    def __init__(self, half_life: float = 14):
        self.half_life = half_life
        self.items: list[Item] = []
        self.numbers: dict[Item, int] = {}
        self.as_of = 0  # the day to which the recent counts have decayed
        self._counts = np.zeros((4, 64))

    def index_of(self, item: Item) -> int:
        number = self.numbers.get(item)
        if number is None:
            number = self.numbers[item] = len(self.items)
            self.items.append(item)
            if len(self.items) > self._counts.shape[1]:
                # Doubled, so that adding items one by one does not copy all counts each time.
                self._counts = np.hstack([self._counts, np.zeros_like(self._counts)])
        return number

    @property
    def counts(self) -> np.ndarray:
        """For each item its buyers, repeat buyers, baskets and recent baskets."""
        return self._counts[:, : len(self.items)]

    def add(self, history: History, items: Iterable[Item], day: date | int) -> None:
        """Count a basket of the customer with this history, and add it there."""
        day = day if isinstance(day, int) else day.toordinal()
        new = np.array(history.add(map(self.index_of, items), day), int)
        times = np.array([history.times[number] for number in new.tolist()], int)
        self._counts[BUYERS, new[times == 1]] += 1
        # On the second day a buyer becomes a repeat buyer, and does so once.
        self._counts[AGAIN, new[times == 2]] += 1
        self._counts[BASKETS, new] += 1
        if day > self.as_of:
            self._counts[RECENT] *= 0.5 ** ((day - self.as_of) / self.half_life)
            self.as_of = day
        # A late basket of an earlier day is added decayed, so the order does not matter.
        self._counts[RECENT, new] += 0.5 ** ((self.as_of - day) / self.half_life)

    def popular(self) -> np.ndarray:
        """Recent purchases of each item; 1 for the most popular."""
        return scaled(self.counts[RECENT])

    def bought_again(self, smoothing: float = 10) -> np.ndarray:
        """The share of repeat buyers of each item; with few buyers, closer to that of all items."""
        buyers, again, *_ = self.counts
        usual = again.sum() / max(buyers.sum(), 1)
        return (again + smoothing * usual) / (buyers + smoothing)

    def season(self, smoothing: float = 5, most: float = 3) -> np.ndarray:
        """Recent sales of each item relative to its sales in all time: 1 is as usual."""
        _, _, baskets, recent = self.counts
        usual = recent.sum() / max(baskets.sum(), 1)
        if not usual:
            return np.ones(len(self.items))
        return np.clip((recent / usual + smoothing) / (baskets + smoothing), 0, most)


def scaled(values: np.ndarray) -> np.ndarray:
    """Divided by the largest, so that scores of different kinds can be added."""
    most = values.max(initial=0)
    return values / most if most > 0 else np.zeros_like(values)
