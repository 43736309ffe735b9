"""Tests recommenders on each customer's last basket, predicted from earlier ones.

The test is prequential: baskets in order of time, each counted only after it was predicted.
"""

from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from recommendations.baskets import History, Item
from recommendations.buy_again import BuyAgain, Recommender

Basket = tuple[Hashable, Iterable[Item], int]
K = 10


@dataclass
class Recall:
    """The share of purchases among the first ten recommendations, as a mean over customers."""

    customers: int = 0
    total: float = 0.0

    @property
    def value(self) -> float | None:
        return self.total / self.customers if self.customers else None

    def record(self, offered: set, bought: set) -> None:
        # A basket without a new product asks nothing of those who recommend new ones.
        if bought:
            self.customers += 1
            self.total += len(offered & bought) / len(bought)


class Popular(Recommender):
    """The baseline: the same items for all customers."""

    def terms(self, history, weights):
        return {"popular": self.item_counts.popular()}


class NewAndPopular(Recommender):
    def terms(self, history, weights):
        return {"popular": self.item_counts.popular() * (weights == 0)}


def shopping_days(baskets: Iterable[Basket]) -> list[tuple[Hashable, set[Item], int]]:
    """Baskets in order of time, merged by customer and day."""
    found: dict[tuple, set] = {}
    for customer, items, day in baskets:
        number = day.toordinal() if isinstance(day, date) else day
        found.setdefault((number, customer), set()).update(items)
    return [
        (customer, items, day)
        # By the day alone: ids of customers need not be comparable.
        for (day, customer), items in sorted(found.items(), key=lambda basket: basket[0][0])
    ]


def prequential(
    baskets: list,
    makers: dict,
    *,
    new: Collection = (),
    since: int = 0,
    every: int = 7,
    fewest: int = 2,
    before_day: Callable[[], None] = lambda: None,
) -> dict[Hashable, Recall]:
    """The recall of each way to recommend: `new` ones are asked only for what was never bought.

    Last baskets before `since`, or of customers with fewer than `fewest` before (of one alone
    nobody can tell what is bought again), are learned from and not asked for; neighbours are
    rebuilt after so many days, as a job would. `before_day` may end the test by an exception.
    """
    learner = BuyAgain()
    kinds = {name: make(counts_from=learner) for name, make in makers.items()}
    found = {name: Recall() for name in makers}
    # Baskets are in order of time, so the last one of each customer stays.
    last = {customer: day for customer, _, day in baskets}
    rebuilt = None

    def is_asked_for(customer: Hashable, day: int) -> bool:
        days_before = len(learner.histories.get(customer, History()).days)
        return day >= since and last[customer] == day and days_before >= fewest

    for day, of_the_day in groupby(baskets, key=lambda basket: basket[2]):
        before_day()
        of_the_day = list(of_the_day)
        asked = [(who, items) for who, items, _ in of_the_day if is_asked_for(who, day)]
        if asked and (rebuilt is None or day - rebuilt >= every):
            rebuilt = day
            for kind in kinds.values():
                kind.rebuild()
        for customer, items in asked:
            first = never_bought(learner, customer, items)
            for name, kind in kinds.items():
                offered = {item for item, *_ in kind.recommend(customer, K)}
                found[name].record(offered, first if name in new else items)
        # After all questions of the day: baskets of one day must not teach each other.
        for basket in of_the_day:
            learner.add_basket(*basket)
    return found


def never_bought(learner: BuyAgain, customer: Hashable, items: Iterable[Item]) -> set[Item]:
    bought = learner.histories[customer].times
    return {item for item in items if learner.item_counts.numbers.get(item) not in bought}
