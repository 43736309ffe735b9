"""What lies on the shelf: whether it lasts, how much of it sells, what it is worth."""

from decimal import Decimal as D

import pytest

from analytics.semantics.filters import Reader, Refused
from catalog.models import Inventory, Product
from catalog.services import correct_stock

pytestmark = pytest.mark.once


@pytest.fixture
def stocked(shop):
    """A product with so many pieces on the shelf, whatever was sold of it."""

    def lay(sku, on_hand, *sales, reorder_level=0, lead_time_days=7, is_active=True, **more):
        product = shop.product(sku, stock=1000, **more)
        for quantity, day in sales:
            shop.sell((product, quantity), on=day)
        correct_stock(product, on_hand)
        level = {"reorder_level": reorder_level, "lead_time_days": lead_time_days}
        Inventory.objects.filter(product=product).update(**level)
        Product.objects.filter(pk=product.pk).update(is_active=is_active)
        return product

    return lay


# Low stock


def test_what_is_at_its_reorder_level_or_under_it_is_low(stocked, rows):
    mug = stocked("mug", 5, (7, "2026-03-05"), (2, "2026-03-06"), reorder_level=5)
    stocked("pot", 6, (70, "2026-03-05"), reorder_level=5)
    pin = stocked("pin", 0, reorder_level=20, lead_time_days=3, category="Pins")
    stocked("gone", 0, (1, "2026-03-05"), is_active=False)
    assert rows("inventory/low-stock") == [
        (pin.pk, "pin", "Pin", "Pins", 0, 20, 3, 0, 20),
        (mug.pk, "mug", "Mug", "Uncategorised", 5, 5, 7, 9, 9),
    ]
    assert [row[1] for row in rows("inventory/low-stock", category="Pins")] == ["pin"]


def test_stock_is_low_though_nothing_was_ever_sold(stocked, columns_of):
    stocked("mug", 1, reorder_level=5)
    assert columns_of("inventory/low-stock", "sku", "to_order") == [("mug", 4)]


# Days left


def test_stock_lasts_as_it_sold_in_the_last_days(stocked, rows):
    mug = stocked("mug", 6, (50, "2026-02-03"), (10, "2026-02-04"), (5, "2026-03-05"))
    pot = stocked("pot", 0, (3, "2026-03-05"), lead_time_days=14, category="Pots")
    pin = stocked("pin", 9, (9, "2026-02-03"))
    stocked("gone", 9, (9, "2026-03-05"), is_active=False)
    assert rows("inventory/days-left") == [
        (pot.pk, "pot", "Pot", "Pots", 0, 3, D("0.1"), D(0), 14),
        (mug.pk, "mug", "Mug", "Uncategorised", 6, 15, D("0.5"), D(12), 7),
        (pin.pk, "pin", "Pin", "Uncategorised", 9, 0, D(0), None, 7),
    ]


def test_the_last_days_end_with_the_period_and_may_begin_before_it(stocked, columns_of):
    stocked("mug", 6, (8, "2026-03-01"), (4, "2026-03-02"), (90, "2026-03-03"))
    names = ("recent_units", "daily_units", "days_left")
    march_second = {"start": "2026-03-02", "end": "2026-03-02"}
    assert columns_of("inventory/days-left", *names, days=2, **march_second) == [(12, D(6), D(1))]
    assert columns_of("inventory/days-left", *names, days=1, **march_second) == [
        (4, D(4), D("1.5"))
    ]


def test_a_shelf_for_all_countries_is_not_divided_by_the_sales_of_some(shop, stocked, columns_of):
    france = shop.country("France", "FR")
    mug = stocked("mug", 50, (60, "2026-03-05"))
    shop.sell((mug, 15), on="2026-03-05", customer=None, country=france)
    names = ("on_hand", "recent_units", "days_left")
    assert columns_of("inventory/days-left", *names, days=1) == [(35, 75, D("0.466667"))]
    some = {"reader": Reader((france.pk,)), "days": 1}
    assert columns_of("inventory/days-left", *names, **some) == [(35, 15, None)]
    assert columns_of("inventory/days-left", *names, country="FR", days=1) == [
        (35, 15, D("0.466667"))
    ]


def test_days_before_the_shop_opened_are_no_days_without_sales(shop, stocked, columns_of):
    stocked("mug", 30, (5, "2026-03-04"), (5, "2026-03-05"))
    names = ("recent_units", "daily_units", "days_left")
    assert columns_of("inventory/days-left", *names) == [(10, D(5), D(6))]
    assert columns_of("inventory/days-left", *names, end="2026-03-09") == [
        (10, D("1.666667"), D(18))
    ]


def test_where_nothing_was_ever_sold_stock_lasts_for_nobody_knows_how_long(stocked, columns_of):
    stocked("mug", 50)
    assert columns_of("inventory/days-left", "sku", "recent_units", "days_left") == [
        ("mug", 0, None)
    ]


@pytest.mark.parametrize("days", [0, 367, "month"])
def test_days_that_make_no_sense_are_refused(ask, days):
    with pytest.raises(Refused) as refused:
        ask("inventory/days-left", days=days)
    assert [*refused.value.reasons] == ["days"]


# Sell-through


def test_sell_through_is_the_sold_part_of_what_there_was(shop, stocked, rows, ask):
    mug = stocked("mug", 15, (4, "2026-03-05"), (1, "2026-02-05"), category="Cups")
    pot = stocked("pot", 0, (2, "2026-03-05"))
    pin = stocked("pin", 9, (9, "2026-02-05"))
    ebook = shop.product("ebook", stock=None)
    empty = stocked("empty", 0)
    stocked("gone", 3, (9, "2026-02-05"), is_active=False)
    nothing = "Uncategorised"
    assert rows("products/sell-through", start="2026-03-01") == [
        (pot.pk, "pot", "Pot", nothing, 2, 0, D(1)),
        (mug.pk, "mug", "Mug", "Cups", 4, 15, D("0.210526")),
        (pin.pk, "pin", "Pin", nothing, 0, 9, D(0)),
        (ebook.pk, "ebook", "Ebook", nothing, 0, None, None),
        (empty.pk, "empty", "Empty", nothing, 0, 0, None),
    ]
    assert ask("products/sell-through", start="2026-03-01").totals == {"units": 6}


# Value


def test_stock_is_worth_what_it_cost_and_what_it_may_bring(stocked, rows, ask):
    mug = stocked("mug", 10, price="10.00", cost="4.50", category="Cups")
    pot = stocked("pot", 5, price="30.00", is_active=False)
    stocked("pin", 0, (5, "2026-03-05"), cost="1.00")
    assert rows("inventory/value") == [
        (pot.pk, "pot", "Pot", "Uncategorised", 5, None, D(150), D(1)),
        (mug.pk, "mug", "Mug", "Cups", 10, D(45), D(100), D(0)),
    ]
    assert ask("inventory/value").totals == {
        "stock_at_cost": D(45),
        "stock_at_price": D(250),
        "stock_uncosted": D("0.6"),
    }
    assert ask("inventory/value", category="Cups").totals["stock_at_price"] == D(100)


def test_an_empty_shelf_is_worth_nothing(shop, ask):
    empty = ask("inventory/value")
    assert (empty.rows, empty.totals["stock_at_price"]) == ([], D(0))
