"""What becomes of new customers."""

from datetime import date
from decimal import Decimal as D

import pytest

from analytics.semantics.filters import Refused
from orders.services import cancel

pytestmark = pytest.mark.once


@pytest.fixture
def mug(shop):
    return shop.product("mug")


def month(number):
    return date(2026, number, 1)


@pytest.fixture
def story(shop, mug):
    """Anna and Bob come in January, Carl in March; a guest and a canceled order change nothing."""
    bob, carl = shop.customer("bob"), shop.customer("carl")
    sale = shop.sell((mug, 5), on="2026-01-31")
    shop.sell((mug, 1), on="2026-01-31", customer=bob)
    shop.sell((mug, 2), on="2026-02-01")
    shop.sell((mug, 2), on="2026-02-28")
    shop.give_back(sale, 3, on="2026-03-10")
    shop.sell((mug, 4), on="2026-03-31", customer=carl)
    shop.sell((mug, 1), on="2026-04-15", customer=bob)
    shop.sell((mug, 9), on="2026-04-15", customer=None)
    cancel(shop.sell((mug, 1), on="2026-04-20", customer=carl))


@pytest.mark.usefixtures("story")
def test_cohorts_are_followed_month_by_month(rows):
    assert rows("customers/cohorts", end="2026-04-30") == [
        (month(1), 0, 2),
        (month(1), 1, 1),
        (month(1), 2, 0),
        (month(1), 3, 1),
        (month(3), 0, 1),
        (month(3), 1, 0),
    ]


@pytest.mark.usefixtures("story")
def test_retention_is_the_share_of_the_cohort(rows):
    half = D("0.5")
    assert rows("customers/retention") == [
        (month(1), 0, 2, D(1)),
        (month(1), 1, 2, half),
        (month(1), 2, 2, D(0)),
        (month(1), 3, 2, half),
        (month(3), 0, 1, D(1)),
        (month(3), 1, 1, D(0)),
    ]


@pytest.mark.usefixtures("story")
def test_the_value_of_a_cohort_adds_up_less_what_came_back(rows):
    assert rows("customers/cohort-value") == [
        (month(1), 0, 2, D(30)),
        (month(1), 1, 2, D(50)),
        (month(1), 2, 2, D(35)),
        (month(1), 3, 2, D(40)),
        (month(3), 0, 1, D(40)),
        (month(3), 1, 1, D(40)),
    ]


@pytest.mark.usefixtures("story")
def test_a_return_may_count_on_the_day_of_its_sale(columns_of):
    values = columns_of("customers/cohort-value", "value", returns_on="order", end="2026-02-28")
    assert values == [(D(15),), (D(35),)]


@pytest.mark.usefixtures("story")
def test_the_period_chooses_the_cohorts_and_how_far_they_are_followed(rows):
    assert rows("customers/cohorts", start="2026-02-01", end="2026-05-01") == [
        (month(3), 0, 1),
        (month(3), 1, 0),
        (month(3), 2, 0),
    ]
    assert rows("customers/cohorts", end="2026-02-15") == [(month(1), 0, 2), (month(1), 1, 1)]


def test_a_cohort_lives_on_over_the_turn_of_the_year(shop, mug, rows):
    shop.sell((mug, 1), on="2025-12-31")
    shop.sell((mug, 1), on="2026-01-01")
    assert rows("customers/cohorts") == [(date(2025, 12, 1), 0, 1), (date(2025, 12, 1), 1, 1)]


# Days


def test_a_lifetime_lasts_from_the_first_to_the_last_order(shop, mug, rows):
    for code, days in {"one": [1], "same": [2, 2], "ten": [1, 5, 11], "far": [1, 31]}.items():
        customer = shop.customer(code)
        for day in days:
            shop.sell((mug, 1), on=f"2026-03-{day:02}", customer=customer)
    assert rows("customers/lifetime", width=10) == [
        (0, 0, 2, D("0.5")),
        (1, 10, 1, D("0.25")),
        (11, 20, 0, D(0)),
        (21, 30, 1, D("0.25")),
    ]


def test_the_second_order_is_the_next_one_even_on_the_same_day(shop, mug, rows):
    waits = {"never": [1], "same": [2, 2, 30], "week": [1, 8, 9], "eight": [1, 9], "week2": [3, 10]}
    for code, days in waits.items():
        customer = shop.customer(code)
        for day in days:
            shop.sell((mug, 1), on=f"2026-03-{day:02}", customer=customer)
    assert rows("customers/first-to-second", width=7) == [
        (0, 0, 1, D("0.2"), D("0.2")),
        (1, 7, 2, D("0.4"), D("0.6")),
        (8, 14, 1, D("0.2"), D("0.8")),
    ]


def test_only_who_is_new_in_the_period_is_followed(shop, mug, rows):
    bob = shop.customer("bob")
    for day in ("2026-01-31", "2026-02-10"):
        shop.sell((mug, 1), on=day)
    for day in ("2026-02-01", "2026-02-03", "2026-03-01"):
        shop.sell((mug, 1), on=day, customer=bob)
    assert rows("customers/first-to-second", start="2026-02-01") == [
        (0, 0, 0, D(0), D(0)),
        (1, 30, 1, D(1), D(1)),
    ]
    assert rows("customers/lifetime", start="2026-02-01", end="2026-02-28", width=2) == [
        (0, 0, 0, D(0)),
        (1, 2, 1, D(1)),
    ]


def test_a_return_is_no_second_order(shop, mug, rows):
    shop.give_back(shop.sell((mug, 2), on="2026-03-01"), 1, on="2026-03-09")
    assert rows("customers/first-to-second") == []
    assert rows("customers/lifetime") == [(0, 0, 1, D(1))]


@pytest.mark.parametrize("width", [0, 367, "a week"])
def test_a_span_has_a_width(db, ask, width):
    with pytest.raises(Refused, match="width"):
        ask("customers/lifetime", width=width)
