"""Who stays and who goes."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from analytics.semantics.filters import Refused
from orders.services import cancel

pytestmark = pytest.mark.once

END = date(2026, 6, 30)


@pytest.fixture
def mug(shop):
    return shop.product("mug", stock=1000)


@pytest.fixture
def visits(shop, mug):
    """Somebody's orders, so and so many days before the end."""

    def buy(code, *days_ago):
        customer = shop.customer(code)
        for days in days_ago:
            shop.sell((mug, 1), on=str(END - timedelta(days)), customer=customer)
        return customer

    return buy


# As of the end


def test_customers_are_at_risk_from_half_of_the_days_and_lost_from_all(shop, mug, visits, rows):
    gone = visits("gone", 200, 90)
    edge = visits("edge", 89)
    half = visits("half", 45)
    here = visits("here", 120, 44)
    shop.sell((mug, 1), on=str(END), customer=None)
    assert rows("customers/churn", end=END) == [
        (gone.pk, "gone", "Gone", date(2026, 4, 1), 90, 2, D(20), "churned"),
        (edge.pk, "edge", "Edge", date(2026, 4, 2), 89, 1, D(10), "at risk"),
        (half.pk, "half", "Half", date(2026, 5, 16), 45, 1, D(10), "at risk"),
        (here.pk, "here", "Here", date(2026, 5, 17), 44, 2, D(20), "active"),
    ]
    assert rows("customers/churn-rate", end=END) == [(4, 1, 2, 1, D("0.25"))]


def test_the_days_are_for_the_reader_to_choose(visits, rows):
    for days in (2, 3, 4, 5, 60):
        visits(f"c{days}", days)
    assert rows("customers/churn-rate", end=END, days=5) == [(5, 1, 2, 2, D("0.4"))]


def test_everybody_who_ever_bought_counts_whatever_the_first_day_is(visits, rows):
    visits("old", 500)
    visits("new", 5)
    assert rows("customers/churn-rate", start="2026-06-01", end=END) == [(2, 1, 0, 1, D("0.5"))]


def test_the_future_is_not_known_on_the_last_day(visits, columns_of):
    visits("anybody", 100, 10)
    visits("later", 10)
    shown = columns_of("customers/churn", "code", "days_since", "status", end=END - timedelta(11))
    assert shown == [("anybody", 89, "at risk")]


def test_neither_a_return_nor_a_canceled_order_keeps_a_customer(shop, mug, columns_of):
    shop.give_back(shop.sell((mug, 2), on="2026-01-05"), 1, on="2026-06-01")
    cancel(shop.sell((mug, 1), on="2026-06-02"))
    shown = columns_of("customers/churn", "last_order", "orders", "revenue", "status", end=END)
    assert shown == [(date(2026, 1, 5), 1, D(10), "churned")]


@pytest.mark.parametrize("days", [0, 1, 3651, "ninety"])
def test_days_that_are_no_days_are_refused(db, ask, days):
    with pytest.raises(Refused, match="days"):
        ask("customers/churn", days=days)


# Month by month


def stages(columns_of, **filters):
    names = ("month", "new", "active", "regained", "at_risk", "churned")
    shown = columns_of("customers/lifecycle", *names, **filters)
    return {row[0].month: row[1:] for row in shown}


def test_a_customer_goes_through_the_stages(shop, mug, columns_of):
    """January 10 new; March 1 active; away until it is July 20; then gone for good."""
    for day in ("2026-01-10", "2026-03-01", "2026-07-20"):
        shop.sell((mug, 1), on=day)
    assert stages(columns_of, end="2026-11-15") == {
        1: (1, 0, 0, 0, 0),
        2: (0, 0, 0, 1, 0),  # 49 days since January 10
        3: (0, 1, 0, 0, 0),
        4: (0, 0, 0, 1, 0),
        5: (0, 0, 0, 0, 1),  # 91 days since March 1
        6: (0, 0, 0, 0, 1),
        7: (0, 0, 1, 0, 0),
        8: (0, 0, 1, 0, 0),
        9: (0, 0, 0, 1, 0),
        10: (0, 0, 0, 0, 1),
        11: (0, 0, 0, 0, 1),
    }


def test_who_was_regained_becomes_active_when_they_stay(shop, mug, columns_of):
    for day in ("2026-01-01", "2026-05-20", "2026-06-10", "2026-07-01"):
        shop.sell((mug, 1), on=day)
    assert stages(columns_of, start="2026-04-01", end="2026-07-31") == {
        4: (0, 0, 0, 0, 1),
        5: (0, 0, 1, 0, 0),
        6: (0, 0, 1, 0, 0),  # 41 days since they came back on May 20
        7: (0, 1, 0, 0, 0),
    }


def test_who_orders_again_soon_is_still_new(shop, mug, columns_of):
    for day in ("2026-01-25", "2026-02-05", "2026-03-05"):
        shop.sell((mug, 1), on=day)
    assert stages(columns_of) == {1: (1, 0, 0, 0, 0), 2: (1, 0, 0, 0, 0), 3: (1, 0, 0, 0, 0)}
    assert stages(columns_of, end="2026-03-10")[3] == (1, 0, 0, 0, 0)
    assert stages(columns_of, end="2026-03-11")[3] == (0, 1, 0, 0, 0)


def test_a_part_month_is_seen_as_of_its_last_day(shop, mug, columns_of):
    shop.sell((mug, 1), on="2026-01-10")
    assert stages(columns_of, end="2026-02-23")[2] == (1, 0, 0, 0, 0)
    assert stages(columns_of, end="2026-02-24")[2] == (0, 0, 0, 1, 0)


def test_everybody_who_has_bought_by_then_is_counted_once(visits, columns_of):
    for number in range(15):
        visits(f"c{number}", number * 20, number * 6, number)
    sums = [sum(row) for row in stages(columns_of, start="2025-09-01", end=END, days=20).values()]
    first_days = [END - timedelta(number * 20) for number in range(15)]
    ends = [date(2025, month + 1, 1) for month in (9, 10, 11)]
    ends += [date(2026, month, 1) for month in (1, 2, 3, 4, 5, 6, 7)]
    assert sums == [sum(day < end for day in first_days) for end in ends]


@pytest.mark.parametrize("days", [20, 90])
def test_the_last_month_agrees_with_the_churn_rate(visits, columns_of, days):
    for number in range(1, 15):
        visits(f"c{number}", number * 23, number * 8)
    new, active, regained, at_risk, churned = stages(columns_of, end=END, days=days)[6]
    (rate,) = columns_of("customers/churn-rate", "active", "at_risk", "churned", end=END, days=days)
    assert rate == (new + active + regained, at_risk, churned)
    assert 0 not in rate
