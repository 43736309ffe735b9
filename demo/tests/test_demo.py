from collections import Counter
from datetime import date, timedelta
from itertools import groupby

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F, Sum

from accounts.models import User
from accounts.roles import Role
from catalog.models import Category, Inventory, Product, StockMovement, Tag
from catalog.services import stock_differences
from customers.models import Customer
from demo import shop
from orders.models import ExchangeRate, Order, OrderItem
from orders.money import ZERO, unit
from orders.pricing import rate_on
from orders.tax import RatesOfDay, tax_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]
TODAY = date(2026, 11, 2)


def fill(orders=400, customers=60, seed=1, today=TODAY):
    shop.create_shop(orders=orders, customers=customers, seed=seed, today=today)


def books():
    """All that the demo writes, without ids."""
    return [
        list(
            Product.objects.order_by("sku", "tags__name").values_list(
                "sku", "price", "cost", "tags__name"
            )
        ),
        list(Customer.objects.order_by("code").values_list("code", "name", "registered_at")),
        list(
            Order.objects.order_by("number").values_list(
                "number", "source", "status", "placed_at", "total"
            )
        ),
        list(
            OrderItem.objects.order_by("order__number", "product__sku").values_list(
                "product__sku", "quantity", "unit_price", "discount", "tax", "returned"
            )
        ),
        list(
            StockMovement.objects.order_by(
                "moved_at", "product__sku", "kind", "quantity"
            ).values_list("moved_at", "product__sku", "kind", "quantity")
        ),
        list(Inventory.objects.order_by("product__sku").values_list("quantity", "reorder_level")),
    ]


def shop_of(seed):
    """What a seed makes; nothing is left afterwards."""
    with transaction.atomic():
        fill(orders=200, customers=30, seed=seed)
        made = books()
        transaction.set_rollback(True)
    return made


def test_the_same_seed_on_the_same_day_makes_the_same_shop():
    assert shop_of(7) == shop_of(7)
    assert shop_of(7) != shop_of(8)


def test_the_demo_is_a_whole_shop():
    fill(orders=1_500, customers=150)
    assert Product.objects.count() == 60
    assert Product.objects.filter(is_active=False).count() == 4
    assert Product.objects.order_by().values("category").distinct().count() == 8
    assert Customer.objects.count() == 150
    assert Customer.objects.order_by().values("country").distinct().count() == 8
    sales = Order.objects.sales()
    assert 1_490 <= sales.count() <= 1_500
    assert 0.08 < sales.filter(customer=None).count() / 1_500 < 0.16
    assert {o.status for o in Order.objects.all()} == set(Order.Status.values)
    assert Order.objects.filter(kind="return").exists()
    assert sales.filter(voucher_amount__gt=0).exists()
    assert OrderItem.objects.filter(discount__gt=F("voucher_share")).exists()
    user = User.objects.get(email="demo@example.com")
    assert (user.role, user.email_verified, user.has_usable_password()) == (Role.ADMIN, True, False)


def test_there_is_something_to_compare_by_each_dimension():
    fill()
    inside = Category.objects.exclude(parent=None).order_by("parent__name", "name")
    assert list(inside.values_list("parent__name", "name")) == [
        ("Drinks", "Coffee"), ("Drinks", "Tea"), ("Home", "Bath and candles"), ("Home", "Brewing"),
        ("Home", "Kitchen"), ("Kitchen", "Cups and plates"),
    ]  # fmt: skip
    sources = Counter(Order.objects.sales().values_list("source", flat=True))
    assert set(sources) == {"shop", "marketplace", "till"}
    assert sources["shop"] > sources["marketplace"] > sources["till"]
    assert not Order.objects.filter(kind="return").exclude(source=F("returns__source")).exists()
    assert set(Tag.objects.values_list("name", flat=True)) == {
        "bestseller", "fair-trade", "gift", "organic", "refill"
    }  # fmt: skip


def test_every_total_is_the_sum_of_its_parts():
    fill()
    for order in Order.objects.prefetch_related("items"):
        items = order.items.all()
        assert order.total == order.subtotal - order.discount + order.tax + order.shipping
        assert order.subtotal == sum(item.gross for item in items)
        assert order.discount == sum(item.discount for item in items)
        assert order.voucher_amount == sum(item.voucher_share for item in items)
        assert order.tax == sum(item.tax for item in items) + order.shipping_tax
        assert order.total >= ZERO


def test_rates_and_prices_are_those_of_the_day():
    fill()
    for item in OrderItem.objects.filter(returns=None).select_related("order__country", "product"):
        order = item.order
        assert order.exchange_rate == rate_on(order.currency, order.placed_on)
        assert item.tax_rate == RatesOfDay(order.country, order.placed_on).percent(None)
        assert item.tax == tax_of(item.amount, item.tax_rate, order.currency, order.tax_included)
        in_base = item.unit_price * order.exchange_rate
        assert abs(in_base - item.product.price) <= unit(order.currency) * order.exchange_rate


def test_returns_have_their_own_date_and_never_give_back_more_than_was_bought():
    fill()
    back = Counter()
    for item in OrderItem.objects.exclude(returns=None).select_related("order", "returns__order"):
        sold = item.returns
        assert item.order.returns == sold.order
        assert item.order.placed_at > sold.order.placed_at
        assert item.order.exchange_rate == sold.order.exchange_rate
        assert item.discount <= sold.discount
        assert item.tax <= sold.tax
        assert item.unit_price == sold.unit_price
        back[sold.pk] += item.quantity
    kept = OrderItem.objects.filter(returned__gt=0).values_list("pk", "returned", "quantity")
    assert dict(back) == {pk: returned for pk, returned, _ in kept}
    assert all(returned <= quantity for _, returned, quantity in kept)


def test_everything_happened_in_the_two_years_before_today():
    fill()
    days = Order.objects.order_by("placed_on").values_list("placed_on", flat=True)
    assert TODAY - timedelta(730) <= days[0]
    assert days[len(days) - 1] < TODAY
    moments = StockMovement.objects.order_by("-moved_at").values_list("moved_at", flat=True)
    assert moments[0].date() < TODAY
    assert not Order.objects.filter(customer__registered_at__gt=F("placed_at")).exists()


def test_the_stock_is_the_sum_of_its_movements_and_was_never_below_nothing():
    fill(orders=1_500, customers=150)
    assert stock_differences() == []
    rows = StockMovement.objects.order_by("product", "moved_at", "-quantity")
    for _, moves in groupby(rows.values_list("product", "quantity"), key=lambda move: move[0]):
        on_hand = 0
        for _, pieces in moves:
            on_hand += pieces
            assert on_hand >= 0
    assert Inventory.objects.filter(quantity=0, product__is_active=True).count() >= 2
    assert Inventory.objects.low().exists()


def test_every_sold_canceled_and_restocked_line_has_its_movement():
    fill()
    kinds = StockMovement.objects.order_by().values_list("kind").annotate(Sum("quantity"))
    moved = dict(kinds)
    items = OrderItem.objects.order_by()
    sold = items.filter(order__kind="sale").aggregate(n=Sum("quantity"))["n"]
    canceled = items.filter(order__status="canceled").aggregate(n=Sum("quantity"))["n"]
    back = items.filter(order__kind="return").aggregate(n=Sum("quantity"))["n"]
    assert (moved["sale"], moved["cancel"]) == (-sold, canceled)
    assert 0 < moved["return"] <= back  # some of it cannot be sold again


def test_keys_are_found_where_the_database_does_not_tell_them(monkeypatch):
    """As on MySQL."""
    monkeypatch.setattr(type(connection.features), "can_return_rows_from_bulk_insert", False)
    fill(orders=100, customers=20)
    assert stock_differences() == []
    sources = set(StockMovement.objects.filter(kind="sale").values_list("source", "line"))
    items = OrderItem.objects.filter(order__kind="sale").values_list("order", "pk")
    assert sources == {(f"order:{order}", item) for order, item in items}


@time_machine.travel("2026-11-02 09:00")
def test_a_filled_shop_is_refused_in_words_and_left_alone(shop, capsys):
    shop.sell((shop.product("mug"), 1))
    before = Order.objects.count(), Product.objects.count(), Customer.objects.count()
    with pytest.raises(CommandError, match=r"There are already 1 orders\. The demo shop can only"):
        call_command("demo")
    call_command("demo", if_empty=True)
    assert capsys.readouterr().out == "There are already 1 orders. The demo shop was not loaded.\n"
    assert before == (Order.objects.count(), Product.objects.count(), Customer.objects.count())


def test_a_demo_that_breaks_off_leaves_nothing(monkeypatch):
    monkeypatch.setattr(shop, "write_returns", lambda returns: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        fill()
    kept = (Product, Customer, Order, ExchangeRate, StockMovement, User)
    assert [model.objects.count() for model in kept] == [0] * 6
