"""What is offered, out of nothing but baskets."""

import random
from datetime import date, timedelta

import pytest

from recommendations.backtest import Popular, Recall, prequential, shopping_days
from recommendations.buy_again import BuyAgain
from recommendations.discover import Discover

pytestmark = pytest.mark.once

MONDAY = date(2026, 3, 2)
ALL = {"mug", "tea", "pot", "cup", "jam", "pen", "ink"}


def taught(kind, *baskets, **how):
    one = kind(**how)
    for customer, items, day in baskets:
        one.add_basket(customer, items.split(), MONDAY + timedelta(day))
    one.rebuild()
    return one


def reasons(offers):
    return [(item, str(reason)) for item, _, reason in offers]


def some_baskets(seed, customers=12, baskets=80):
    chance = random.Random(seed)
    items = sorted(ALL)
    return [
        (f"c{chance.randrange(customers)}", chance.sample(items, chance.randrange(1, 5)),
         MONDAY + timedelta(chance.randrange(40)))
        for _ in range(baskets)
    ]  # fmt: skip


def scores(one, customer):
    return {item: pytest.approx(score) for item, score, _ in one.recommend(customer, 99)}


def test_what_is_bought_again_and_again_comes_first():
    one = taught(
        BuyAgain,
        ("anna", "tea mug", 0), ("anna", "tea", 7), ("anna", "tea", 14),
        ("ben", "jam", 13), ("cleo", "jam", 13), ("dora", "jam", 13),
    )  # fmt: skip
    assert reasons(one.recommend("anna", 2))[0] == ("tea", "you buy this again and again")
    assert one.recommend("anna", 1)[0][1] > 1


def test_somebody_unknown_is_offered_what_is_popular_now():
    one = taught(BuyAgain, ("anna", "tea mug", 0), ("ben", "tea", 1), ("cleo", "jam", 30))
    assert reasons(one.recommend("nobody", 3)) == [
        ("jam", "popular now"),
        ("tea", "popular now"),
        ("mug", "popular now"),
    ]


@pytest.mark.parametrize("method", ["ease", "cosine"])
def test_what_goes_with_a_purchase_is_discovered_and_says_why(method):
    both = [(f"c{n}", "pen ink", n % 5) for n in range(20)]
    alone = [(f"d{n}", "jam", n % 5) for n in range(20)]
    one = taught(Discover, *both, *alone, ("anna", "pen", 3), method=method, strength=1)
    (first, _, reason), *_ = one.recommend("anna", 3)
    assert (first, reason.kind, reason.rests_on) == ("ink", "because", ("pen",))
    assert reason.text(str.upper) == "because you bought PEN"


@pytest.mark.parametrize("method", ["ease", "cosine"])
def test_what_was_bought_before_is_never_a_discovery(method):
    one = taught(Discover, method=method)
    for basket in some_baskets(1):
        one.add_basket(*basket)
    one.rebuild()
    for customer, history in one.histories.items():
        bought = {one.item_counts.items[number] for number in history.times}
        assert {item for item, *_ in one.recommend(customer, 99)} <= ALL - bought


def test_a_large_range_is_discovered_by_cosine(monkeypatch):
    monkeypatch.setattr("recommendations.discover.MOST_FOR_EASE", 3)
    baskets = [(f"c{n}", "a b c d", n) for n in range(3)]
    chosen, cosine = taught(Discover, *baskets), taught(Discover, *baskets, method="cosine")
    assert (chosen.neighbours != cosine.neighbours).nnz == 0


@pytest.mark.parametrize("kind", [BuyAgain, Discover])
def test_what_is_not_in_stock_is_never_offered(kind):
    one = kind()
    for basket in some_baskets(2):
        one.add_basket(*basket)
    one.rebuild()
    stock = {"mug": 3, "tea": 0, "pot": -1, "cup": 1}
    for customer in [*one.histories, "nobody"]:
        assert {item for item, *_ in one.recommend(customer, 99, stock)} <= {"mug", "cup"}
    assert one.recommend("nobody", 5, {}) == []


@pytest.mark.parametrize("kind", [BuyAgain, Discover])
@pytest.mark.parametrize("seed", range(5))
def test_baskets_one_by_one_in_any_order_teach_the_same_as_all_from_scratch(kind, seed):
    baskets = some_baskets(seed)
    early, late = kind(), kind()
    for basket in baskets[:50]:
        early.add_basket(*basket)
    early.rebuild()  # a rebuild in between changes no counter
    for basket in baskets[50:]:
        early.add_basket(*basket)
    for basket in random.Random(seed).sample(baskets, len(baskets)):
        late.add_basket(*basket)
    early.rebuild(), late.rebuild()
    for customer in early.histories:
        assert scores(early, customer) == scores(late, customer)


def test_a_basket_counts_before_anything_is_rebuilt():
    one = taught(BuyAgain, ("ben", "jam", 0), ("cleo", "jam", 0))
    assert "pen" not in [item for item, *_ in one.recommend("anna", 9)]
    one.add_basket("anna", ["pen"], MONDAY)
    assert "pen" in [item for item, *_ in one.recommend("anna", 9)]


def test_nothing_was_ever_sold():
    for one in (BuyAgain(), Discover()):
        one.rebuild()
        assert one.recommend("anna", 5) == []


@pytest.mark.parametrize("kind", [BuyAgain, Discover])
def test_ids_may_be_anything_that_can_be_looked_up(kind):
    one = kind()
    one.add_basket((1, "x"), [17, ("sku", 2)], MONDAY)
    one.add_basket(2, [17], MONDAY.toordinal())
    one.rebuild()
    assert [item for item, *_ in one.recommend(None, 5)] == [17, ("sku", 2)]


def test_a_last_basket_is_foretold_from_what_was_known_before_it():
    days = shopping_days(
        [("anna", ["tea"], MONDAY), ("anna", ["tea", "tea"], MONDAY + timedelta(7)),
         ("anna", ["tea", "ink"], MONDAY + timedelta(14)), ("ben", ["jam"], MONDAY)]
    )  # fmt: skip
    found = prequential(days, {"again": BuyAgain, "popular": Popular})
    assert found == {"again": Recall(1, 0.5), "popular": Recall(1, 0.5)}


def test_nobody_bought_often_enough_for_a_test():
    (found,) = prequential(shopping_days([("ben", ["jam"], 1)]), {"x": BuyAgain}).values()
    assert found.value is None
