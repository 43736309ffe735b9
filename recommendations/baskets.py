"""Who bought what on which day, counted: what both ways to recommend stand on.

A customer's baskets of one day are one basket. So it does not matter in which order baskets become
known, and adding them one by one counts the same as counting all of them at once.
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
    """Why something is recommended, and the products that this rests on."""

    kind: str  # again, before, because, popular
    rests_on: tuple[Item, ...] = ()

    def text(self, called: Callable[[Item], str] = str) -> str:
        if self.kind == "because":
            return "because you bought " + " and ".join(called(item) for item in self.rests_on)
        return REASON_TEXTS[self.kind]

    __str__ = text


class History:
    """What one customer bought: the numbers of the items, by day."""

    def __init__(self):
        self.days: dict[int, set[int]] = {}
        self.times: Counter[int] = Counter()  # on how many days each item

    def add(self, numbers: Iterable[int], day: int) -> list[int]:
        """Note a basket; those of its items that the day did not have yet."""
        of_the_day = self.days.setdefault(day, set())
        fresh = set(numbers) - of_the_day
        of_the_day |= fresh
        self.times.update(fresh)
        return list(fresh)

    def weights(self, size: int, decay: float) -> np.ndarray:
        """For each item the days on which it was bought; each later basket makes one weigh less."""
        found = np.zeros(size)
        for age, day in enumerate(sorted(self.days, reverse=True)):
            found[list(self.days[day])] += decay**age
        return found


class ItemCounts:
    """What the shop's customers bought, all together: four numbers for each item."""

    def __init__(self, half_life: float = 14):
        self.half_life = half_life
        self.items: list[Item] = []
        self.numbers: dict[Item, int] = {}
        self.as_of = 0  # the day on which `recent` is as it stands
        self._counts = np.zeros((4, 64))

    def index_of(self, item: Item) -> int:
        number = self.numbers.get(item)
        if number is None:
            number = self.numbers[item] = len(self.items)
            self.items.append(item)
            if len(self.items) > self._counts.shape[1]:
                self._counts = np.hstack([self._counts, np.zeros_like(self._counts)])
        return number

    @property
    def counts(self) -> np.ndarray:
        """For each item its buyers, those who bought it again, its baskets, and those of late."""
        return self._counts[:, : len(self.items)]

    def add(self, history: History, items: Iterable[Item], day: date | int) -> None:
        """Count a basket of the customer with this history, and note it there."""
        day = day if isinstance(day, int) else day.toordinal()
        fresh = history.add(map(self.index_of, items), day)
        times = np.array([history.times[number] for number in fresh], int)
        fresh = np.array(fresh, int)
        self._counts[BUYERS, fresh[times == 1]] += 1
        self._counts[AGAIN, fresh[times == 2]] += 1
        self._counts[BASKETS, fresh] += 1
        if day > self.as_of:
            self._counts[RECENT] *= 0.5 ** ((day - self.as_of) / self.half_life)
            self.as_of = day
        self._counts[RECENT, fresh] += 0.5 ** ((self.as_of - day) / self.half_life)

    def popular(self) -> np.ndarray:
        """How much each item is bought of late; the most popular has 1."""
        return scaled(self.counts[RECENT])

    def bought_again(self, smoothing: float = 10) -> np.ndarray:
        """Which share of its buyers buys an item again; of few buyers, nearer to that of all."""
        buyers, again, *_ = self.counts
        usual = again.sum() / max(buyers.sum(), 1)
        return (again + smoothing * usual) / (buyers + smoothing)

    def season(self, smoothing: float = 5, most: float = 3) -> np.ndarray:
        """How much an item sells of late beside how much it ever sold: 1 is as always."""
        _, _, baskets, recent = self.counts
        usual = recent.sum() / max(baskets.sum(), 1)
        if not usual:
            return np.ones(len(self.items))
        return np.clip((recent / usual + smoothing) / (baskets + smoothing), 0, most)


def scaled(values: np.ndarray) -> np.ndarray:
    """The largest becomes 1, so that terms of different kinds can be added."""
    most = values.max(initial=0)
    return values / most if most > 0 else np.zeros_like(values)
