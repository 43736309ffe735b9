"""Where the revenue comes from, and how each country does."""

from decimal import Decimal as D

import pytest

from analytics.semantics.filters import Reader
from orders.models import ExchangeRate
from orders.services import cancel, pay, return_items
from orders.tests.shop import at

pytestmark = pytest.mark.once

REVENUE, PERFORMANCE = "geographic/revenue-by-country", "geographic/country-performance"


@pytest.fixture
def france(shop):
    return shop.country("France", "FR")


def test_countries_are_ranked_by_revenue(shop, rows, ask, france):
    mug = shop.product("mug")
    shop.sell((mug, 1))
    shop.sell((mug, 2), customer=shop.customer("bob", france))
    shop.sell((mug, 4), customer=None, country=france)
    shop.sell((mug, 1), customer=None, country=shop.country("Channel Islands"))
    cancel(shop.sell((mug, 90)))
    assert rows(REVENUE) == [
        ("France", "FR", D(60), D("0.75"), 2),
        ("Channel Islands", "", D(10), D("0.125"), 1),
        ("Germany", "DE", D(10), D("0.125"), 1),
    ]
    assert ask(REVENUE).totals == {"revenue": D(80), "orders": 4}


def test_revenue_is_in_the_base_currency(shop, rows):
    japan = shop.country("Japan", "JP", "JPY")
    ExchangeRate.objects.create(currency="JPY", date="2026-01-01", rate=D("0.005"))
    shop.sell((shop.product("mug"), 3), customer=None, country=japan)
    assert rows(REVENUE) == [("Japan", "JP", D(30), D(1), 1)]


def test_a_country_that_only_gave_back_is_there(shop, rows, france):
    mug = shop.product("mug")
    shop.sell((mug, 5), on="2026-03-05")
    sale = pay(shop.sell((mug, 3), on="2026-02-05", customer=None, country=france))
    return_items(sale, {sale.items.get(): 1}, at=at("2026-03-06"))
    assert rows(REVENUE, start="2026-03-01") == [
        ("Germany", "DE", D(50), D("1.25"), 1),
        ("France", "FR", D(-10), D("-0.25"), 0),
    ]


def test_performance_of_each_country(shop, rows, ask, france):
    mug, pot = shop.product("mug"), shop.product("pot", "30.00")
    bob = shop.customer("bob", france)
    shop.sell((mug, 9), on="2026-02-27")  # two days too early to be compared with
    shop.sell((mug, 2), on="2026-02-28")
    shop.sell((mug, 2), (pot, 1), on="2026-03-02", shipping=D(5))
    shop.sell((mug, 1), on="2026-03-03", customer=shop.customer("carl"))
    sale = pay(shop.sell((mug, 4), on="2026-03-02", customer=bob))
    return_items(sale, {sale.items.get(): 1}, at=at("2026-03-03"))
    shop.sell((mug, 1), on="2026-03-02", customer=None, country=france)
    period = {"start": "2026-03-02", "end": "2026-03-03"}
    assert rows(PERFORMANCE, **period) == [
        (
            *("Germany", "DE", D(60), D("0.6"), D(2), 2, 2),
            *(D(30), D(2), D(30), D(0)),
        ),
        (
            *("France", "FR", D(40), D("0.4"), None, 2, 1),
            *(D(25), D("2.5"), D(30), D("0.2")),
        ),
    ]
    assert ask(PERFORMANCE, **period).totals == {
        "revenue": D(100),
        "orders": 4,
        "customers": 3,
        "aov": D("27.5"),
        "items_per_order": D("2.25"),
        "revenue_per_customer": D(30),
        "return_rate": D("0.090909"),
    }


@pytest.mark.parametrize("path", [REVENUE, PERFORMANCE])
def test_readers_see_their_countries_only(shop, ask, france, path):
    mug = shop.product("mug")
    shop.sell((mug, 1))
    shop.sell((mug, 3), customer=None, country=france)
    seen = ask(path, reader=Reader((france.pk,)))
    assert [(row["country"], row["share"]) for row in seen.rows] == [("France", D(1))]
    assert seen.totals["revenue"] == D(30)


@pytest.mark.parametrize("path", [REVENUE, PERFORMANCE])
def test_without_sales_there_are_no_countries(shop, rows, path):
    assert rows(path) == []
