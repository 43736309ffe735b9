from decimal import Decimal as D

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Inventory, StockMovement
from catalog.services import StockRefused, stock_differences
from orders import services
from orders.models import ExchangeRate, Order, OrderItem, TaxRate
from orders.pricing import (
    BadAmount,
    BadQuantity,
    EmptyOrder,
    Line,
    MissingProduct,
    OrderRefused,
    UnknownCountry,
    UnknownRate,
)
from orders.services import OutOfStock, TooManyReturned, WrongState
from orders.tests.shop import at


def on_hand(product):
    return Inventory.objects.get(product=product).quantity


def nothing_happened():
    return not Order.objects.exists() and not StockMovement.objects.filter(kind="sale").exists()


def test_an_order_freezes_prices_and_deducts_stock(shop):
    mug = shop.product("mug", "12.50", cost="5.00")
    order = shop.sell((mug, 2), shipping=D("4.90"))
    mug.price, mug.cost = D("99"), D("98")
    mug.save()
    item = order.items.get()
    assert (item.unit_price, item.unit_cost, item.tax_rate, item.tax) == (
        D("12.50"), D("5.00"), D("19"), D("4.75"),
    )  # fmt: skip
    order.refresh_from_db()
    assert (order.subtotal, order.discount, order.tax, order.total) == (
        D("25.00"), D("0"), D("5.68"), D("35.58"),
    )  # fmt: skip
    assert (order.status, order.kind, order.currency) == ("pending", "sale", "EUR")
    assert on_hand(mug) == 98
    sale = StockMovement.objects.get(kind="sale")
    assert (sale.quantity, sale.source, sale.line) == (-2, f"order:{order.pk}", item.pk)
    assert stock_differences() == []


def test_prices_with_tax_stay_as_the_customer_saw_them(shop, settings):
    settings.PRICES_INCLUDE_TAX = True
    order = shop.sell((shop.product("mug", "9.99"), 3))
    item = order.items.get()
    assert (order.subtotal, order.tax, order.total) == (
        D("29.97"),
        D("4.79"),
        D("29.97"),
    )
    assert item.net == D("25.18")


def test_lines_of_one_product_are_merged(shop):
    mug = shop.product("mug")
    order = shop.sell((mug, 2), (mug, 3, D("1.00")))
    assert list(order.items.values_list("quantity", "discount")) == [(5, D("1.0000"))]


def test_a_voucher_lowers_the_lines_and_their_tax(shop):
    mug, pot = shop.product("mug", "10.00"), shop.product("pot", "20.00")
    order = shop.sell((mug, 1), (pot, 1), voucher=D("5.00"))
    assert list(order.items.values_list("voucher_share", "discount", "tax")) == [
        (D("1.67"), D("1.67"), D("1.58")),
        (D("3.33"), D("3.33"), D("3.17")),
    ]
    assert (order.discount, order.voucher_amount, order.total) == (
        D("5"),
        D("5"),
        D("29.75"),
    )


def test_a_voucher_pays_at_most_for_the_goods(shop):
    order = shop.sell((shop.product("mug", "10.00"), 1), voucher=D("50.00"), shipping=D("3.00"))
    assert (order.voucher_amount, order.tax, order.total) == (
        D("10.00"),
        D("0.57"),
        D("3.57"),
    )


def test_the_unused_part_of_a_voucher_pays_for_later_lines(shop):
    mug, pot = shop.product("mug", "10.00"), shop.product("pot", "35.00")
    order = shop.sell((mug, 1), voucher=D("50.00"))

    def used():
        order.refresh_from_db()
        return order.voucher_value, order.voucher_amount, order.total

    assert used() == (D("50"), D("10"), D("0"))
    line = services.add_line(order, Line(pot, 1))
    assert used() == (D("50"), D("45"), D("0"))
    services.change_line(line, 2)
    assert used() == (D("50"), D("50"), D("35.70"))
    services.change_line(line, 1)
    services.remove_line(line)
    assert used() == (D("50"), D("10"), D("0"))
    services.add_line(order, Line(pot, 1, D("5.00")))
    assert used() == (D("50"), D("40"), D("0"))
    services.amend(order, shipping=D("4.00"))
    assert used() == (D("50"), D("40"), D("4.76"))
    services.amend(order, voucher=D("15"))
    assert used() == (D("15"), D("15"), D("34.51"))


def test_the_price_is_converted_to_the_currency_of_the_country(shop):
    swiss = shop.country("Switzerland", "CH", "CHF", "8.1")
    ExchangeRate.objects.create(currency="CHF", date="2026-03-01", rate=D("1.05"))
    ExchangeRate.objects.create(currency="CHF", date="2026-03-06", rate=D("2"))
    mug = shop.product("mug", "10.00", cost="4.00")
    order = shop.sell((mug, 1), customer=None, country=swiss)
    item = order.items.get()
    assert (order.currency, order.exchange_rate) == ("CHF", D("1.05"))
    assert (item.unit_price, item.unit_cost, item.tax) == (
        D("9.52"),
        D("3.81"),
        D("0.77"),
    )


def test_the_tax_rate_is_that_of_the_day_and_of_the_nearest_category(shop):
    mug = shop.product("mug", category="Kitchen")
    TaxRate.objects.create(country=shop.germany, rate=D("16"), valid_from="2020-07-01")
    TaxRate.objects.create(country=shop.germany, rate=D("19"), valid_from="2021-01-01")
    TaxRate.objects.create(
        country=shop.germany,
        category=mug.category,
        rate=D("7"),
        valid_from="2026-04-01",
    )
    rates = [
        shop.sell((mug, 1), on=day).items.get().tax_rate
        for day in ("2020-06-30", "2020-12-31", "2026-03-31", "2026-04-01")
    ]
    assert rates == [D("19"), D("16"), D("19"), D("7")]


def test_a_country_without_a_rate_pays_no_tax(shop):
    order = shop.sell((shop.product("mug"), 1), customer=None, country=shop.country("Nowhere"))
    assert order.tax == 0


def test_an_order_is_dated_in_the_time_zone_of_the_shop(shop, settings):
    settings.TIME_ZONE = "America/New_York"
    mug = shop.product("mug")
    assert str(shop.sell((mug, 1), on="2026-03-08 04:59").placed_on) == "2026-03-07"
    assert str(shop.sell((mug, 1), on="2026-03-08 05:00").placed_on) == "2026-03-08"
    # after the clocks went forward at 07:00 UTC that day, midnight is an hour earlier in UTC
    assert str(shop.sell((mug, 1), on="2026-03-09 03:59").placed_on) == "2026-03-08"
    assert str(shop.sell((mug, 1), on="2026-03-09 04:00").placed_on) == "2026-03-09"


@pytest.mark.parametrize(
    ("lines", "more", "error"),
    [
        ([], {}, EmptyOrder),
        ([("mug", 0)], {}, BadQuantity),
        ([("mug", -1)], {}, BadQuantity),
        ([("mug", 10**9)], {}, BadQuantity),
        ([("mug", 101)], {}, OutOfStock),
        ([("mug", 1), ("gone", 1)], {}, OutOfStock),
        ([("old", 1)], {}, MissingProduct),
        ([("mug", 1, D("10.01"))], {}, BadAmount),
        ([("mug", 1, D("-1"))], {}, BadAmount),
        ([("mug", 1)], {"voucher": D("-1")}, BadAmount),
        ([("mug", 1)], {"shipping": D("-1")}, BadAmount),
        ([("gold", 100)], {}, BadAmount),
    ],
)
def test_a_refused_order_changes_nothing(shop, lines, more, error):
    goods = {
        "mug": shop.product("mug", "10.00"),
        "gone": shop.product("gone", stock=None),
        "old": shop.product("old", is_active=False),
        "gold": shop.product("gold", "999999999.99"),
    }
    with pytest.raises(error):
        shop.sell(*[(goods[sku], *rest) for sku, *rest in lines], **more)
    assert nothing_happened()
    assert on_hand(goods["mug"]) == 100


def test_shipping_is_taxed_at_the_rates_of_the_goods_where_the_country_does_so(shop, settings):
    book = shop.product("book", "30.00", category="Books")
    shop.germany.tax_rates.create(category=book.category, rate=7, valid_from="2020-01-01")
    mug = shop.product("mug", "10.00")

    def sold(**more):
        order = shop.sell((mug, 1), (book, 1), shipping=D("4.90"), **more)
        return order.shipping_tax, order.tax, order.total

    # A quarter of the goods is taxed with 19 %, the rest with 7: 10 % of the shipping.
    assert sold() == (D("0.49"), D("4.49"), D("49.39"))
    assert sold(voucher=D("40")) == (D("0.49"), D("0.49"), D("5.39"))
    settings.PRICES_INCLUDE_TAX = True
    assert sold() == (D("0.44"), D("4.00"), D("44.90"))
    shop.germany.taxes_shipping = False
    shop.germany.save()
    shop.anna.refresh_from_db()
    assert sold() == (D("0"), D("3.56"), D("44.90"))


def test_the_first_order_in_a_currency_loads_its_rates(shop):
    japan = shop.country("Japan", "JP", "JPY")
    order = shop.sell((shop.product("mug"), 1), customer=None, country=japan, on="2026-10-30")
    assert order.exchange_rate == D("0.0056921676")
    days = ExchangeRate.objects.order_by("date").values_list("date", flat=True)
    assert (str(days.first()), ExchangeRate.objects.filter(currency="USD").exists()) == (
        "2026-10-20", True,
    )  # fmt: skip


def test_an_unknown_currency_or_country_is_refused(shop):
    mug = shop.product("mug")
    with pytest.raises(UnknownRate, match="No exchange rate of XAU on or before 2026-03-05"):
        shop.sell((mug, 1), customer=None, country=shop.country("Mars", currency="XAU"))
    with pytest.raises(UnknownCountry):
        services.place_order([Line(mug, 1)])
    assert nothing_happened()


def test_an_order_goes_from_pending_to_delivered_one_step_at_a_time(shop):
    order = shop.sell((shop.product("mug"), 1))
    with pytest.raises(WrongState, match="A pending order cannot be changed to shipped"):
        services.ship(order)
    steps = [services.pay, services.ship, services.deliver]
    assert [step(order).status for step in steps] == ["paid", "shipped", "delivered"]
    for step in [*steps, services.cancel]:
        with pytest.raises(WrongState):
            step(order)


def test_a_canceled_order_restores_its_stock_once(shop):
    mug = shop.product("mug")
    order = services.pay(shop.sell((mug, 3)))
    assert services.cancel(order).status == "canceled"
    with pytest.raises(WrongState):
        services.cancel(order)
    assert on_hand(mug) == 100
    assert stock_differences() == []


def test_partial_returns_add_up_to_what_was_paid(shop):
    mug = shop.product("mug", "3.33")
    sale = services.pay(shop.sell((mug, 3, D("0.50")), voucher=D("1.00"), shipping=D("5.00")))
    item = sale.items.get()
    parts = [
        services.return_items(sale, {item: 1}, restock=n < 2, at=at(f"2026-04-0{n + 1}"))
        for n in range(3)
    ]
    assert [(part.kind, part.status, str(part.placed_on)) for part in parts] == [
        ("return", "refunded", f"2026-04-0{n}") for n in (1, 2, 3)
    ]
    assert sum(part.total for part in parts) == sale.total - sale.shipping - sale.shipping_tax
    assert sum(part.tax for part in parts) == sale.tax - sale.shipping_tax
    assert sum(part.discount for part in parts) == sale.discount == D("1.50")
    assert sum(part.voucher_amount for part in parts) == D("1.00")
    assert on_hand(mug) == 99
    assert stock_differences() == []
    with pytest.raises(TooManyReturned, match=r"Cannot return 1 of item \d+: 0 can be returned"):
        services.return_items(sale, {item: 1})


def test_a_return_needs_a_paid_order_its_items_and_a_later_date(shop):
    mug = shop.product("mug")
    pending, other = shop.sell((mug, 1)), services.pay(shop.sell((mug, 1)))
    with pytest.raises(WrongState):
        services.return_items(pending, {pending.items.get(): 1})
    with pytest.raises(OrderRefused, match="The order does not have this item"):
        services.return_items(other, {pending.items.get(): 1})
    with pytest.raises(OrderRefused, match="dated before the order"):
        services.return_items(other, {other.items.get(): 1}, at=at("2026-03-04"))
    with pytest.raises(EmptyOrder):
        services.return_items(other, {})
    back = services.return_items(other, {other.items.get(): 1}, at=at("2026-03-06"))
    with pytest.raises(WrongState):
        services.return_items(back, {back.items.get(): 1})
    with pytest.raises(WrongState, match="Items of this order were returned"):
        services.cancel(other)
    assert not Order.objects.filter(status="canceled").exists()


def test_lines_of_a_pending_order_change_with_their_stock_and_totals(shop):
    mug, pot = shop.product("mug", "10.00"), shop.product("pot", "20.00")
    order = shop.sell((mug, 2), voucher=D("3.00"))
    pot_line = services.add_line(order, Line(pot, 1))
    mug_line = services.change_line(order.items.get(product=mug), 5)
    order.refresh_from_db()
    assert (on_hand(mug), on_hand(pot)) == (95, 99)
    assert (order.subtotal, order.discount, order.tax, order.total) == (
        D("70"), D("3"), D("12.73"), D("79.73"),
    )  # fmt: skip
    services.remove_line(pot_line)
    services.change_line(mug_line, 1)
    order = services.amend(order, shipping=D("2.00"), voucher=D("0"))
    assert (on_hand(mug), on_hand(pot)) == (99, 100)
    assert (order.subtotal, order.discount, order.total) == (
        D("10"),
        D("0"),
        D("14.28"),
    )
    assert services.cancel(order).status == "canceled"
    assert (on_hand(mug), stock_differences()) == (100, [])


def test_a_line_cannot_cost_less_than_its_discount(shop):
    mug = shop.product("mug", "10.00")
    order = shop.sell((mug, 3, D("20.00")))
    item = services.change_line(order.items.get(), 2)
    assert (item.quantity, item.discount, item.tax) == (2, D("20.00"), D("0.00"))
    with pytest.raises(BadAmount) as refused:
        services.change_line(item, 1)
    assert refused.value.field == "quantity"
    assert (order.items.get().quantity, on_hand(mug)) == (2, 98)


@pytest.mark.parametrize("quantity", [0, -1, 1_000_001])
def test_quantities_of_lines_and_returns_are_limited(shop, quantity):
    mug = shop.product("mug")
    order = shop.sell((mug, 3))
    with pytest.raises(BadQuantity):
        services.change_line(order.items.get(), quantity)
    services.pay(order)
    with pytest.raises(BadQuantity):
        services.return_items(order, {order.items.get(): quantity})
    assert (order.items.get().quantity, order.items.get().returned, on_hand(mug)) == (3, 0, 97)


def test_the_same_quantity_again_moves_no_stock(shop):
    mug = shop.product("mug")
    order = shop.sell((mug, 3))
    services.change_line(order.items.get(), 3)
    assert StockMovement.objects.filter(product=mug).count() == 2  # the opening and the sale


def test_a_paid_order_cannot_be_edited_and_the_last_line_stays(shop):
    mug = shop.product("mug")
    order = shop.sell((mug, 1))
    with pytest.raises(WrongState, match="last item cannot be removed"):
        services.remove_line(order.items.get())
    with pytest.raises(OrderRefused, match="change the quantity instead"):
        services.add_line(order, Line(mug, 1))
    services.pay(order)
    for change in (
        lambda: services.change_line(order.items.get(), 2),
        lambda: services.amend(order, shipping=D(1)),
        lambda: services.discard(order),
    ):
        with pytest.raises(WrongState):
            change()


def test_a_deleted_order_restores_its_stock(shop):
    mug = shop.product("mug")
    services.discard(shop.sell((mug, 2)))
    assert (Order.objects.count(), OrderItem.objects.count(), on_hand(mug)) == (
        0,
        0,
        100,
    )
    assert stock_differences() == []


@time_machine.travel("2026-03-05 10:00", tick=False)
def test_a_delivery_counts_once_and_a_count_becomes_a_movement(shop):
    mug = shop.product("mug", stock=None)
    services.restock(mug, 10, source="note 7")
    with pytest.raises(StockRefused, match="already"):
        services.restock(mug, 10, source="note 7")
    inventory = services.correct_stock(mug, 8, note="two broken")
    assert (inventory.quantity, inventory.last_restocked_at) == (8, at("2026-03-05 10:00"))
    assert list(mug.movements.order_by("id").values_list("kind", "quantity")) == [
        ("restock", 10),
        ("correction", -2),
    ]
    for refused in (
        lambda: services.restock(mug, 0),
        lambda: services.correct_stock(mug, -1),
    ):
        with pytest.raises(StockRefused):
            refused()


def test_low_stock_is_logged_after_the_sale(shop, caplog, django_capture_on_commit_callbacks):
    mug = shop.product("mug", stock=5)
    Inventory.objects.filter(product=mug).update(reorder_level=3)
    with django_capture_on_commit_callbacks(execute=True):
        shop.sell((mug, 1))
    with django_capture_on_commit_callbacks(execute=True):
        shop.sell((mug, 1))
    assert caplog.messages == [f"Low stock of products {[mug.pk]}"]


def test_stock_movements_are_append_only(shop):
    shop.product("mug")
    movement = StockMovement.objects.get()
    for forbidden in (
        movement.save,
        movement.delete,
        StockMovement.objects.all().delete,
        lambda: StockMovement.objects.update(quantity=1),
    ):
        with pytest.raises(TypeError):
            forbidden()


def test_stock_differences_finds_a_wrong_counter(shop):
    mug = shop.product("mug")
    Inventory.objects.filter(product=mug).update(quantity=7)
    assert stock_differences() == [(mug, 7, 100)]


def test_placing_an_order_costs_one_more_query_per_product(shop):
    goods = [shop.product(f"p{n}") for n in range(6)]
    counts = []
    for wanted in (1, 2, 6):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            shop.sell(*[(product, 1) for product in goods[:wanted]])
        counts.append(len(queries))
    assert counts[1] - counts[0] == 1
    assert counts[2] - counts[0] == 5
