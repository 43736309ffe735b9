"""The few figures by which a shop is known."""

from datetime import date
from decimal import Decimal as D

import pytest

from orders.services import cancel, pay, return_items
from orders.tests.shop import at

pytestmark = pytest.mark.once

MARCH = {"start": "2026-03-01", "end": "2026-03-31"}


@pytest.fixture
def spring(shop):
    """March has two new customers, one old one, a guest, and a return of something of February."""
    france = shop.country("France", "FR", "EUR", "20")
    ben, dora = shop.customer("ben", france), shop.customer("dora")
    mug, pot = shop.product("mug", cost="4.00"), shop.product("pot", "30.00")
    shop.sell((mug, 1), on="2026-02-10")
    sale = pay(shop.sell((mug, 2), on="2026-02-20", customer=dora))
    shop.sell((mug, 2, D("1.00")), on="2026-03-05", shipping=D("4.90"))
    shop.sell((mug, 1), on="2026-03-07", customer=ben)
    shop.sell((mug, 3), on="2026-03-07", customer=None)
    shop.sell((pot, 1), on="2026-03-09", customer=ben)
    shop.sell((mug, 1), on="2026-03-15", customer=shop.customer("fay"))
    cancel(shop.sell((mug, 9), on="2026-03-16", customer=shop.customer("cleo")))
    return_items(sale, {sale.items.get(): 1}, at=at("2026-03-20"))
    shop.sell((mug, 1), on="2026-04-02", customer=dora)
    return shop


def test_the_key_figures_of_a_month(spring, ask):
    (row,) = ask("analytics/kpis", **MARCH).rows
    assert row == {
        "gross": D(100),
        "discounts": D(1),
        "returns": D(10),
        "revenue": D(89),
        "tax": D("18.24"),  # 0.93 of it on shipping
        "orders": 5,
        "customers": 3,
        "guests": 1,
        "units": 8,
        "aov": D("19.80"),
        "items_per_order": D("1.60"),
        "new_customers": 2,  # Ben and Fay
        "returning_rate": D("0.666667"),  # Anna of February, and Ben, who came twice
        "repeat_rate": D("0.333333"),  # Ben
        "return_rate": D("0.101010"),
        "margin": D(35),  # 59.00 for six mugs more than came back, at 4.00 each
        "margin_rate": D("0.593220"),
        "uncosted": D("0.337079"),  # nobody knows what the pot cost
    }


def test_a_customer_of_another_country_is_not_known_here(spring, columns_of):
    names = ("revenue", "orders", "customers", "new_customers", "repeat_rate")
    assert columns_of("analytics/kpis", *names, country="FR", **MARCH) == [(D(40), 2, 1, 1, D(1))]


def test_customers_are_new_to_the_shop_and_not_to_a_category(shop, columns_of):
    mug, pot = shop.product("mug", category="Cups"), shop.product("pot", category="Pots")
    shop.sell((mug, 1), on="2026-02-10")
    shop.sell((pot, 1), (mug, 1), on="2026-03-10")
    names = ("revenue", "orders", "new_customers", "returning_rate")
    assert columns_of("analytics/kpis", *names, category="Pots", **MARCH) == [(D(10), 1, 0, D(1))]
    assert columns_of("analytics/kpis", *names, category="Cups", **MARCH) == [(D(10), 1, 0, D(1))]


def test_who_only_gives_back_is_no_customer_of_the_month(spring, columns_of):
    names = ("revenue", "orders", "customers", "new_customers", "returning_rate", "aov")
    day = {"start": "2026-03-20", "end": "2026-03-20"}
    assert columns_of("analytics/kpis", *names, **day) == [(D(-10), 0, 0, 0, None, None)]


def test_an_empty_shop_has_nothing_and_no_rates(shop, ask):
    (row,) = ask("analytics/kpis").rows
    rates = {name for name, value in row.items() if value is None}
    assert rates == {
        "aov",
        "items_per_order",
        "returning_rate",
        "repeat_rate",
        "return_rate",
        "margin",
        "margin_rate",
        "uncosted",
    }
    assert all(row[name] == 0 for name in row.keys() - rates)


def test_each_day_has_its_figures(spring, rows):
    assert rows("analytics/daily", start="2026-03-05", end="2026-03-09") == [
        (date(2026, 3, 5), D(19), 1, D(19), 1, D(1), D(0), D(11)),
        (date(2026, 3, 6), D(0), 0, None, 0, None, None, None),
        (date(2026, 3, 7), D(40), 2, D(20), 1, D(0), D(0), D(24)),
        (date(2026, 3, 8), D(0), 0, None, 0, None, None, None),
        (date(2026, 3, 9), D(30), 1, D(30), 1, D(1), D(0), None),
    ]


def test_each_week_and_each_month_has_its_figures(spring, rows):
    """A customer of two days of a week is one; Ben's second order makes him return."""
    asked = {"start": "2026-03-03", "end": "2026-03-15"}
    assert rows("analytics/daily", **asked, grain="week") == [
        (date(2026, 3, 2), D(59), 3, D("19.6667"), 2, D("0.5"), D(0), D(35)),
        (date(2026, 3, 9), D(40), 2, D(20), 2, D("0.5"), D(0), D(6)),
    ]
    assert rows("analytics/daily", **asked, grain="month") == [
        (date(2026, 3, 1), D(99), 5, D("19.80"), 3, D("0.666667"), D(0), D(41)),
    ]


def test_the_second_order_of_a_day_is_one_that_returns(shop, columns_of):
    mug = shop.product("mug")
    shop.sell((mug, 1), on="2026-03-05 09:00")
    shop.sell((mug, 1), on="2026-03-05 18:00")
    assert columns_of("analytics/daily", "customers", "returning_rate") == [(1, D(1))]
