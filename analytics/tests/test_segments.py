"""What customers are worth."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from django.core.exceptions import ImproperlyConfigured

from analytics.query.cache import cache
from analytics.semantics.rfm import BOUNDS, GROUPS, PROSPECTS
from core.environment import read, three_limits

pytestmark = pytest.mark.once


@pytest.fixture
def mug(shop):
    return shop.product("mug", stock=10_000)


# Tiers


@pytest.fixture
def spenders(shop):
    """One who spent the limit of a tier belongs to the tier below it."""
    cent = shop.product("cent", "0.01", stock=10_000_000)
    spent = {"vip": 5000_01, "high": 5000_00, "hi": 2000_01, "mid": 2000_00, "low": 500_00}
    for code, cents in spent.items():
        shop.sell((cent, cents), on="2026-03-05", customer=shop.customer(code))
    shop.sell((cent, 10), on="2026-03-05", customer=None)


@pytest.mark.usefixtures("spenders")
def test_tiers_are_of_net_sales_above_their_limits(ask, rows):
    assert rows("customers/segments") == [
        ("VIP", 1, D("5000.01"), D("0.344828")),
        ("High", 2, D("7000.01"), D("0.482759")),
        ("Medium", 1, D("2000.00"), D("0.137931")),
        ("Low", 1, D("500.00"), D("0.034483")),
    ]
    assert ask("customers/segments").totals == {"customers": 5, "revenue": D("14500.02")}


def test_what_came_back_counts_against_a_tier(shop, mug, rows):
    shop.give_back(shop.sell((mug, 60), on="2026-03-05"), 20, on="2026-03-06")
    bob = shop.customer("bob")
    old = shop.sell((mug, 51), on="2026-02-05", customer=bob)
    shop.give_back(old, 1, on="2026-03-06")
    assert rows("customers/segments", end="2026-03-05") == [("Medium", 2, D(1110), D(1))]
    assert rows("customers/segments", start="2026-03-01") == [("Low", 1, D(390), D(1))]


@pytest.fixture
def other_limits(settings):
    """The SQL that has the limits in it is made anew, before and after."""
    settings.VALUE_TIERS = (D(40), D(30), D(20))
    cache.clear()
    yield
    cache.clear()


def test_the_limits_are_a_setting(shop, mug, columns_of, other_limits):
    for count, code in enumerate(("a", "b", "c", "d"), start=2):
        shop.sell((mug, count), on="2026-02-17", customer=shop.customer(code))
    tiers = columns_of(
        "customers/segments", "tier", "revenue", start="2026-02-17", end="2026-02-17"
    )
    assert tiers == [("VIP", D(50)), ("High", D(40)), ("Medium", D(30)), ("Low", D(20))]


@pytest.mark.parametrize(
    "wrong", ["5000,2000", "5000,2000,500,1", "1,2,3", "5,5,1", "a,b,c", "NaN,2,1", "Infinity,2,1"]
)
def test_limits_that_make_no_tiers_stop_the_start(monkeypatch, wrong):
    monkeypatch.setenv("VALUE_TIERS", wrong)
    with pytest.raises(ImproperlyConfigured, match="VALUE_TIERS"):
        read("VALUE_TIERS", cast=three_limits)


def test_a_lifetime_is_all_that_was_ever_bought(shop, mug, ask, rows):
    bob = shop.customer("bob")
    shop.sell((mug, 30), on="2026-01-05")
    shop.sell((mug, 30), on="2026-03-05")
    shop.give_back(shop.sell((mug, 4), on="2026-02-05", customer=bob), 1, on="2026-02-09")
    shop.sell((mug, 90), on="2026-03-05", customer=None)
    assert rows("customers/lifetime-value", start="2026-03-01") == [
        ("Medium", 1, D(600), 2, D(300)),
        ("Low", 1, D(30), 1, D(40)),
    ]
    assert rows("customers/lifetime-value", end="2026-02-28") == [("Low", 2, D(165), 2, D(170))]
    assert ask("customers/lifetime-value", start="2026-03-01").totals == {
        "customers": 2, "revenue_per_customer": D(315), "orders": 3, "aov": D("213.3333"),
    }  # fmt: skip


# RFM


@pytest.fixture
def six(shop, mug):
    """Each comes two days later than the one before, once more, and buys ten mugs more."""
    for turn in range(1, 7):
        customer = shop.customer(f"c{turn}")
        last = date(2026, 3, 1) + timedelta(2 * turn)
        for back in range(turn):
            count = 1 if back else 10 * turn
            shop.sell((mug, count), on=str(last - timedelta(20 * back)), customer=customer)


@pytest.mark.usefixtures("six")
def test_scores_are_quintiles_by_percent_rank(columns_of):
    names = ("code", "recency_days", "frequency", "monetary", "r", "f", "m", "score", "group")
    assert columns_of("customers/rfm", *names) == [
        ("c6", 0, 6, D(650), 5, 5, 5, "555", "Champions"),
        ("c5", 2, 5, D(540), 5, 5, 5, "555", "Champions"),
        ("c4", 4, 4, D(430), 4, 4, 4, "444", "Loyal"),
        ("c3", 6, 3, D(320), 3, 3, 3, "333", "Needs attention"),
        ("c2", 8, 2, D(210), 2, 2, 2, "222", "Almost lost"),
        ("c1", 10, 1, D(100), 1, 1, 1, "111", "Dormant"),
    ]


def test_equals_have_equal_scores(shop, mug, columns_of):
    for code in "dcba":
        shop.sell((mug, 1), on="2026-03-01", customer=shop.customer(code))
    shop.sell((mug, 1), on="2026-03-08")
    scores = columns_of("customers/rfm", "code", "recency_days", "score", end="2026-03-10")
    assert scores == [("anna", 2, "511"), *[(code, 9, "111") for code in "dcba"]]


@pytest.mark.usefixtures("six")
def test_only_orders_of_the_period_are_scored(columns_of):
    scored = columns_of(
        "customers/rfm", "code", "frequency", "recency_days", start="2026-02-20", end="2026-03-08"
    )
    assert sorted(scored) == [
        ("c1", 1, 5),
        ("c2", 1, 3),
        ("c3", 1, 1),
        ("c6", 1, 15),
    ]


def test_every_pair_of_scores_lies_in_one_group():
    assert sorted(GROUPS) == [1, 2, 3, 4, 5]
    assert all(len(row) == len(BOUNDS) for row in GROUPS.values())
    assert list(BOUNDS) == sorted(set(BOUNDS))
    assert BOUNDS[-1] == 5
    names = {name for row in GROUPS.values() for name in row}
    assert len(names | {PROSPECTS}) == 11


@pytest.mark.usefixtures("six")
def test_the_groups_hold_everybody_once_and_prospects(shop, ask, rows):
    prospects = [shop.customer("dora"), shop.anna]
    type(shop.anna).objects.update(registered_at="2026-01-01T00:00Z")
    late = shop.customer("late")
    type(late).objects.filter(pk=late.pk).update(registered_at="2026-03-14T00:00Z")
    assert rows("customers/rfm-groups") == [
        ("Champions", 2, D("0.25"), D(1190), D(1), D("5.5")),
        ("Prospects", len(prospects), D("0.25"), D(0), None, None),
        ("Almost lost", 1, D("0.125"), D(210), D(8), D(2)),
        ("Dormant", 1, D("0.125"), D(100), D(10), D(1)),
        ("Loyal", 1, D("0.125"), D(430), D(4), D(4)),
        ("Needs attention", 1, D("0.125"), D(320), D(6), D(3)),
    ]
    listed = Counter(row["group"] for row in ask("customers/rfm").rows)
    counted = {row["group"]: row["customers"] for row in ask("customers/rfm-groups").rows}
    assert counted == listed | {"Prospects": 2}
