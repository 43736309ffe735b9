"""Which tax a shop owes: that on goods and on shipping, by country and rate."""

from decimal import Decimal as D

import pytest

from ledger.check import differences
from orders.models import ExchangeRate, Order
from orders.services import cancel
from orders.tax import order_tax_by_rate

pytestmark = pytest.mark.once

MARCH = {"start": "2026-03-01", "end": "2026-03-31"}
TEN_PERCENT, REDUCED, STANDARD = D("0.1"), D("0.07"), D("0.19")


@pytest.fixture
def shop(shop):
    """Mugs at the standard rate, books at a lower one."""
    shop.mug = shop.product("mug", "10.00")
    shop.book = shop.product("book", "30.00", category="Books")
    shop.germany.tax_rates.create(category=shop.book.category, rate=7, valid_from="2020-01-01")
    return shop


def amounts(columns_of, **asked):
    names = ("revenue", "tax", "shipping", "total_sales")
    return columns_of("orders/amounts", *names, **asked)


def test_shipping_is_taxed_at_the_rates_of_the_goods(shop, ask, columns_of):
    """A quarter of the goods bears 19 %, the rest 7 %; 0.49 of the tax is on 4.90 of shipping."""
    sale = shop.sell((shop.mug, 1), (shop.book, 1), shipping=D("4.90"))
    answer = ask("revenue/tax")
    assert [tuple(row.values()) for row in answer.rows] == [
        ("Germany", REDUCED, D(30), D("3.67"), D("2.36")),
        ("Germany", STANDARD, D(10), D("1.23"), D("2.13")),
    ]
    assert answer.totals == {"revenue": D(40), "tax": D("4.49")}
    assert amounts(columns_of) == [(D(40), D("4.49"), D("4.90"), sale.total)]
    assert columns_of("analytics/kpis", "tax", **MARCH) == [(D("4.49"),)]
    assert list(differences()) == []


def test_tax_in_the_price_of_shipping_is_taken_out_of_it(shop, settings, ask, columns_of):
    """Of 40.00 with tax 3.56 are tax, and 0.44 of the shipping."""
    settings.PRICES_INCLUDE_TAX = True
    sale = shop.sell((shop.mug, 1), (shop.book, 1), shipping=D("4.90"))
    answer = ask("revenue/tax")
    assert [tuple(row.values()) for row in answer.rows] == [
        ("Germany", REDUCED, D("28.04"), D("3.43"), D("2.20")),
        ("Germany", STANDARD, D("8.40"), D("1.03"), D("1.80")),
    ]
    assert answer.totals == {"revenue": D("36.44"), "tax": D("4.00")}
    assert amounts(columns_of) == [(D("36.44"), D("4.00"), D("4.46"), sale.total)]
    assert list(differences()) == []


def test_what_comes_back_takes_the_tax_on_goods_away(shop, rows, columns_of):
    sale = shop.sell((shop.mug, 2), shipping=D("4.90"), on="2026-02-27")
    shop.give_back(sale, 1, on="2026-03-02")
    assert rows("revenue/tax", end="2026-02-28") == [
        ("Germany", STANDARD, D(20), D("4.90"), D("4.73"))
    ]
    assert rows("revenue/tax", **MARCH) == [("Germany", STANDARD, D(-10), D(0), D("-1.90"))]
    assert rows("revenue/tax", returns_on="order") == [
        ("Germany", STANDARD, D(10), D("4.90"), D("2.83"))
    ]
    assert amounts(columns_of, **MARCH) == [(D(-10), D("-1.90"), D(0), D("-11.90"))]


def test_of_a_category_there_is_no_tax_on_shipping(shop, ask):
    shop.sell((shop.mug, 1), (shop.book, 1), shipping=D("4.90"))
    answer = ask("revenue/tax", category="Books")
    assert [tuple(row.values()) for row in answer.rows] == [
        ("Germany", REDUCED, D(30), D(0), D("2.10"))
    ]
    assert answer.totals == {"revenue": D(30), "tax": D("2.10")}


def test_in_another_currency_each_amount_is_exchanged_once(shop, settings, ask, columns_of):
    """477 yen of tax on goods, 47 on shipping; all rates of an order add up to the last digit."""
    japan = shop.country("Japan", "JP", "JPY", "10")
    japan.tax_rates.create(category=shop.book.category, rate=8, valid_from="2020-01-01")
    ExchangeRate.objects.create(currency="JPY", date="2026-01-01", rate=D("0.0071234567"))
    lines = (shop.mug, 1), (shop.book, 1)
    sale = shop.sell(*lines, customer=None, country=japan, shipping=D(555))
    assert (sale.subtotal, sale.tax, sale.shipping_tax) == (D(5615), D(524), D(47))
    answer = ask("revenue/tax")
    assert [tuple(row.values()) for row in answer.rows] == [
        ("Japan", D("0.08"), D("29.9969"), D("2.9635"), D("2.6354")),
        ("Japan", TEN_PERCENT, D("10.0013"), D("0.99"), D("1.0973")),
    ]
    assert answer.totals == {"revenue": D("39.9982"), "tax": D("3.7327")}
    assert amounts(columns_of) == [(D("39.9982"), D("3.7327"), D("3.9535"), D("47.6844"))]
    assert list(differences()) == []


def test_goods_that_vouchers_paid_for_bear_shipping_by_their_prices(shop, rows):
    shop.sell((shop.mug, 1), (shop.book, 1), shipping=D("4.90"), voucher=D(40))
    assert rows("revenue/tax") == [
        ("Germany", REDUCED, D(0), D("3.67"), D("0.26")),
        ("Germany", STANDARD, D(0), D("1.23"), D("0.23")),
    ]


def test_goods_that_are_free_bear_shipping_by_their_pieces(shop, rows):
    leaflet = shop.product("leaflet", "0", category="Books")
    shop.sell((shop.product("badge", "0"), 1), (leaflet, 3), shipping=D("4.00"))
    assert rows("revenue/tax") == [
        ("Germany", REDUCED, D(0), D("3.00"), D("0.21")),
        ("Germany", STANDARD, D(0), D("1.00"), D("0.19")),
    ]


def test_shipping_that_is_not_taxed_or_of_a_canceled_order_is_no_taxable_shipping(shop, rows):
    usa = shop.country("USA", "US", "EUR")
    shop.sell((shop.mug, 1), customer=None, country=usa, shipping=D(9))
    cancel(shop.sell((shop.mug, 1), shipping=D(9)))
    old = shop.sell((shop.mug, 1), shipping=D("4.90"))  # from before shipping was taxed
    Order.objects.filter(pk=old.pk).update(tax=D("1.90"), total=D("16.80"), shipping_tax=0)
    assert rows("revenue/tax") == [
        ("Germany", STANDARD, D(10), D(0), D("1.90")),
        ("USA", D(0), D(10), D(0), D(0)),
    ]


@pytest.mark.parametrize("included", [False, True])
def test_rates_have_the_sums_of_what_orders_say_of_themselves(shop, settings, ask, included):
    """Each order has a rest of its own when it is divided among three rates."""
    settings.PRICES_INCLUDE_TAX = included
    rare = shop.product("map", "3.33", stock=1000, category="Maps")
    shop.germany.tax_rates.create(category=rare.category, rate="2.5", valid_from="2020-01-01")
    for cents in range(30):
        lines = (shop.mug, 1 + cents % 3), (shop.book, 1 + cents % 2), (rare, 1 + cents % 5)
        shop.sell(*lines, shipping=D("0.01") * (1 + 13 * cents))
    sales = list(Order.objects.with_items())
    parts = [part for sale in sales for part in order_tax_by_rate(sale, list(sale.items.all()))]
    answer = ask("revenue/tax")
    assert [
        (row["tax_rate"] * 100, row["revenue"] + row["taxable_shipping"], row["tax"])
        for row in answer.rows
    ] == [
        (
            rate,
            sum(part["net"] for part in parts if part["rate"] == rate),
            sum(part["tax"] for part in parts if part["rate"] == rate),
        )
        for rate in (D("2.5"), D(7), D(19))
    ]
    assert answer.totals["tax"] == sum(sale.tax for sale in sales)
