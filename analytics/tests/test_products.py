"""What sells best, what comes back, and how it goes with each product."""

from datetime import date
from decimal import Decimal as D

import pytest
import time_machine

from analytics.semantics.filters import Reader, Refused
from catalog.models import Category
from orders.models import ExchangeRate
from orders.services import cancel

pytestmark = pytest.mark.once


# The best


def test_products_are_ranked_by_revenue(shop, rows):
    mug = shop.product("mug", "10.00", cost="4.00", category="Cups")
    pot = shop.product("pot", "30.00", cost="25.00")
    shop.sell((mug, 2), (pot, 1), on="2026-03-05")
    shop.sell((mug, 3), on="2026-03-06", customer=None)
    assert rows("products/top") == [
        (mug.pk, "mug", "Mug", "Cups", 5, D(50), D(30), D(0)),
        (pot.pk, "pot", "Pot", "Uncategorised", 1, D(30), D(5), D(0)),
    ]


@pytest.mark.parametrize(
    ("by", "best"),
    [("revenue", ["pot", "mug", "pin"]), ("units", ["pin", "mug", "pot"]),
     ("margin", ["mug", "pot", "pin"])],
)  # fmt: skip
def test_the_best_are_the_best_in_what_is_asked_for(shop, columns_of, by, best):
    mug = shop.product("mug", "10.00", cost="1.00")
    pot = shop.product("pot", "30.00", cost="25.00")
    pin = shop.product("pin", "1.00", cost="1.00")
    shop.sell((mug, 2), (pot, 1), (pin, 9))
    assert columns_of("products/top", "sku", by=by) == [(sku,) for sku in best]


def test_equals_stand_in_the_order_of_their_ids(shop, columns_of):
    goods = [shop.product(sku) for sku in ("c", "a", "d", "b")]
    shop.sell(*[(product, 1) for product in reversed(goods)])
    assert columns_of("products/top", "sku", limit=3) == [("c",), ("a",), ("d",)]


def test_the_totals_are_those_of_all_products(shop, ask):
    mug, pot = shop.product("mug"), shop.product("pot", "30.00")
    shop.sell((mug, 2), (pot, 1))
    top = ask("products/top", limit=1)
    assert [row["sku"] for row in top.rows] == ["pot"]
    assert (top.totals["units"], top.totals["revenue"]) == (3, D(50))


def test_what_comes_back_earns_nothing(shop, columns_of):
    mug, pot = shop.product("mug", cost="4.00"), shop.product("pot", cost="4.00")
    shop.give_back(shop.sell((mug, 3), on="2026-03-05"), 2, on="2026-03-09")
    cancel(shop.sell((pot, 9), on="2026-03-05"))
    assert columns_of("products/top", "sku", "units", "revenue", "margin") == [
        ("mug", 3, D(10), D(6))
    ]


def test_a_product_that_only_came_back_takes_away(shop, columns_of):
    mug = shop.product("mug")
    shop.give_back(shop.sell((mug, 3), on="2026-02-28"), 2, on="2026-03-01")
    assert columns_of("products/top", "units", "revenue", start="2026-03-01") == [(0, D(-20))]


def test_a_margin_needs_a_cost(shop, columns_of):
    shop.sell((shop.product("mug"), 2))
    assert columns_of("products/top", "revenue", "margin", "uncosted") == [(D(20), None, D(1))]


def test_without_a_cost_there_is_no_margin_anywhere_and_it_sorts_last(shop, ask, columns_of):
    loss, pot = shop.product("loss", "1.00", cost="5.00"), shop.product("pot", "30.00")
    free = shop.product("free", "10.00", cost="4.00")
    shop.sell((pot, 1), (loss, 1))
    names = ("sku", "margin")
    best = [("loss", D(-4)), ("pot", None)]
    assert columns_of("products/top", *names, by="margin") == best
    assert columns_of("products/by-country", *names, by="margin") == best
    assert {("pot", None), ("loss", D(-4))} == {*columns_of("products/sold", *names)}
    shop.give_back(shop.sell((free, 1), on="2026-04-01"), 1, on="2026-04-02")
    april = {"start": "2026-04-01"}
    assert columns_of("products/top", *names, **april) == [
        ("free", D(0))
    ]  # known, and nothing is left
    loss.cost = None
    loss.save()
    shop.sell((loss, 3), on="2026-05-01")
    may = {"start": "2026-05-01"}
    assert columns_of("analytics/kpis", "margin", "margin_rate", **may) == [(None, None)]
    assert ask("products/top", **may).totals["margin"] is None


def test_revenue_and_margin_are_in_the_base_currency(shop, columns_of):
    japan = shop.country("Japan", "JP", "JPY")
    ExchangeRate.objects.create(currency="JPY", date="2026-01-01", rate=D("0.005"))
    mug = shop.product("mug", "10.00", cost="4.00")
    shop.sell((mug, 2), customer=None, country=japan)
    assert columns_of("products/top", "revenue", "margin") == [(D(20), D(12))]


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 10_001}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"by": "price"}, "by"),
        ({"by": "revenue desc; drop table lines"}, "by"),
    ],
)
def test_nonsense_is_refused_with_its_name(ask, parameters, field):
    with pytest.raises(Refused) as refused:
        ask("products/top", **parameters)
    assert [*refused.value.reasons] == [field]


@pytest.mark.parametrize(
    "path", ["products/top", "products/by-country", "products/returns", "products/performance"]
)
def test_nothing_was_ever_sold(shop, ask, path):
    shop.product("mug")
    assert ask(path).rows == []


# The best of each country


def test_each_country_has_its_own_best_sellers(shop, rows):
    france, germany = shop.country("France", "FR"), shop.germany
    mug, pot, pin = shop.product("mug"), shop.product("pot", "30.00"), shop.product("pin", "1.00")
    shop.sell((mug, 1), (pot, 3), (pin, 1))
    shop.sell((mug, 3), customer=None, country=france)
    shop.sell((pin, 10), customer=None, country=france)
    mugs, pots, pins = [(p.pk, p.sku, p.name, "Uncategorised") for p in (mug, pot, pin)]
    assert rows("products/by-country", limit=2) == [
        (france.pk, "France", "FR", 1, *mugs, 3, D(30), D("0.75"), None, D(1)),
        (france.pk, "France", "FR", 2, *pins, 10, D(10), D("0.25"), None, D(1)),
        (germany.pk, "Germany", "DE", 1, *pots, 3, D(90), D("0.891089"), None, D(1)),
        (germany.pk, "Germany", "DE", 2, *mugs, 1, D(10), D("0.09901"), None, D(1)),
    ]


def test_the_best_of_a_country_may_be_ranked_by_pieces(shop, columns_of):
    mug, pot, pin = shop.product("mug"), shop.product("pot", "30.00"), shop.product("pin", "1.00")
    shop.sell((mug, 3), (pot, 1), (pin, 3))
    assert columns_of("products/by-country", "rank", "sku", by="units") == [
        (1, "mug"),
        (2, "pin"),
        (3, "pot"),
    ]


def test_readers_see_what_their_countries_buy(shop, ask):
    france = shop.country("France", "FR")
    mug, pot = shop.product("mug"), shop.product("pot", "30.00")
    shop.sell((mug, 1))
    shop.sell((pot, 1), customer=None, country=france)
    french = Reader((france.pk,))
    for path in ("products/by-country", "products/top", "products/performance"):
        seen = ask(path, reader=french)
        assert [row["sku"] for row in seen.rows] == ["pot"]
        assert seen.totals["revenue"] == D(30)


# Returns


def test_products_that_come_back_most_stand_first(shop, rows, ask):
    mug, pot = shop.product("mug", category="Cups"), shop.product("pot", "30.00")
    shop.give_back(shop.sell((mug, 4), on="2026-03-05"), 1, on="2026-03-06")
    shop.give_back(shop.sell((pot, 2), on="2026-03-05"), 1, on="2026-03-07")
    assert rows("products/returns") == [
        (pot.pk, "pot", "Pot", "Uncategorised", 2, 1, D(30), D("0.5")),
        (mug.pk, "mug", "Mug", "Cups", 4, 1, D(10), D("0.25")),
    ]
    assert ask("products/returns").totals == {
        "units": 6,
        "returned_units": 2,
        "returns": D(40),
        "return_rate": D("0.4"),
    }


def test_what_was_sold_before_the_period_has_no_return_rate(shop, columns_of):
    names = ("units", "returned_units", "returns", "return_rate")
    shop.give_back(shop.sell((shop.product("mug"), 4), on="2026-02-05"), 1, on="2026-03-06")
    assert columns_of("products/returns", *names, start="2026-03-01") == [(0, 1, D(10), None)]
    parameters = {"start": "2026-02-01", "end": "2026-02-28", "returns_on": "order"}
    assert columns_of("products/returns", *names, **parameters) == [(4, 1, D(10), D("0.25"))]


# Performance


def test_performance_of_each_product(shop, rows):
    bob = shop.customer("bob")
    mug, pot = shop.product("mug", category="Cups"), shop.product("pot", "30.00")
    shop.sell((mug, 2), on="2026-02-20")
    shop.sell((pot, 9), on="2026-01-31")  # a day too early to be compared with
    shop.sell((mug, 1), (pot, 2), on="2026-03-02")
    shop.sell((mug, 1), on="2026-03-05")
    shop.give_back(shop.sell((mug, 2), on="2026-03-07", customer=bob), 1, on="2026-03-20")
    shop.sell((mug, 1), on="2026-03-09", customer=None)
    assert rows("products/performance", start="2026-03-01", end="2026-03-28") == [
        (
            *(pot.pk, "pot", "Pot", "Uncategorised", D(60), D("0.6"), None),
            *(2, 1, 1, date(2026, 3, 2), date(2026, 3, 2)),
        ),
        (
            *(mug.pk, "mug", "Mug", "Cups", D(40), D("0.4"), D(1)),
            *(5, 4, 2, date(2026, 3, 2), date(2026, 3, 9)),
        ),
    ]


def test_an_order_that_names_a_product_twice_is_one_order_of_it(shop, columns_of, ask):
    mug, pot = shop.product("mug", category="Cups"), shop.product("pot", category="Pots")
    sale = shop.sell((mug, 1), (pot, 1))
    sale.items.create(product=mug, quantity=2, unit_price=D(10))
    shop.sell((mug, 1), customer=None)
    numbers = "sku", "units", "orders", "customers"
    assert columns_of("products/performance", *numbers) == [("mug", 4, 2, 1), ("pot", 1, 1, 1)]
    assert columns_of("products/performance", *numbers, category="Cups") == [("mug", 4, 2, 1)]
    Category.objects.update(parent=Category.objects.create(name="Kitchen"))
    # An order of two products is one order.
    for asked, orders in ({}, 2), ({"category": "Kitchen"}, 2), ({"category": "Pots"}, 1):
        totals = ask("products/performance", **asked).totals
        assert (totals["orders"], totals["customers"]) == (orders, 1)


def test_an_order_that_lost_its_lines_is_no_order_of_any_product(shop, ask):
    mug = shop.product("mug")
    shop.sell((mug, 1), customer=None)
    shop.sell((mug, 1)).items.all().delete()
    totals = ask("products/performance").totals
    assert (totals["units"], totals["orders"], totals["customers"]) == (1, 1, 0)


def test_there_is_no_growth_from_less_than_nothing(shop, columns_of):
    mug = shop.product("mug")
    shop.give_back(shop.sell((mug, 3), on="2026-02-01"), 2, on="2026-03-01")
    shop.sell((mug, 1), on="2026-03-02")
    period = {"start": "2026-03-02", "end": "2026-03-02"}
    assert columns_of("products/performance", "growth", **period) == [(None,)]


def test_of_a_month_that_is_not_over_the_same_days_are_compared(shop, columns_of):
    mug = shop.product("mug")
    shop.sell((mug, 2), on="2026-01-31")
    shop.sell((mug, 4), on="2026-02-10")
    shop.sell((mug, 5), on="2026-02-11")
    shop.sell((mug, 6), on="2026-03-05")
    march = {"start": "2026-03-01", "end": "2026-03-31"}
    with time_machine.travel("2026-03-10 12:00:00Z", tick=False):
        assert columns_of("products/performance", "growth", **march) == [(D("0.5"),)]
    with time_machine.travel("2026-04-01 12:00:00Z", tick=False):
        assert columns_of("products/performance", "growth", **march) == [(D("-0.333333"),)]
