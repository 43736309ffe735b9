"""Many at once, with real threads and real transactions."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal as D

import pytest
from django.db import connection

from catalog.models import Inventory
from catalog.services import stock_differences
from orders import services
from orders.models import Order
from orders.services import OutOfStock, TooManyReturned, WrongState
from orders.tests.shop import Shop

pytestmark = pytest.mark.django_db(transaction=True)


def all_at_once(work, arguments, threads=32):
    """How often each outcome came: the name of the error, or "done"."""

    def outcome(argument):
        try:
            work(argument)
        except (OutOfStock, WrongState, TooManyReturned) as error:
            return type(error).__name__
        else:
            return "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return Counter(pool.map(outcome, arguments))


def test_384_parallel_orders_of_100_units_sell_100():
    shop = Shop()
    mug = shop.product("mug", stock=100)
    outcomes = all_at_once(lambda _: shop.sell((mug, 1)), range(384))
    assert outcomes == {"done": 100, "OutOfStock": 284}
    assert Inventory.objects.get().quantity == 0
    assert Order.objects.count() == 100
    assert stock_differences() == []


def test_orders_with_lines_in_different_order_do_not_deadlock():
    shop = Shop()
    goods = [shop.product(f"p{n}", stock=1000) for n in range(5)]

    def buy(n):
        turn = n % 5
        shop.sell(*[(product, 1) for product in goods[turn:] + goods[:turn]])

    assert all_at_once(buy, range(100), threads=16) == {"done": 100}
    assert set(Inventory.objects.values_list("quantity", flat=True)) == {900}
    assert stock_differences() == []


def test_sixteen_parallel_cancels_restore_the_stock_once():
    shop = Shop()
    mug = shop.product("mug", stock=10)
    order = shop.sell((mug, 3))
    assert all_at_once(services.cancel, [order] * 16) == {"done": 1, "WrongState": 15}
    assert Inventory.objects.get().quantity == 10
    assert stock_differences() == []


def test_sixteen_parallel_returns_return_no_more_than_was_sold():
    shop = Shop()
    mug = shop.product("mug", price="9.99", stock=10)
    sale = services.pay(shop.sell((mug, 3), voucher=D("1.00")))
    item = sale.items.get()
    outcomes = all_at_once(
        lambda _: services.return_items(sale, {item: 1}, restock=True), range(16), threads=16
    )
    assert outcomes == {"done": 3, "TooManyReturned": 13}
    assert sum(Order.objects.filter(kind="return").values_list("total", flat=True)) == sale.total
    assert Inventory.objects.get().quantity == 10
    assert stock_differences() == []


def test_a_parallel_cancel_and_return_do_not_both_succeed():
    shop = Shop()
    mug = shop.product("mug", stock=100)
    sales = [services.pay(shop.sell((mug, 1))) for _ in range(12)]
    work = [(services.cancel, sale) for sale in sales] + [
        (lambda s: services.return_items(s, {s.items.get(): 1}, restock=True), sale)
        for sale in sales
    ]
    assert all_at_once(lambda pair: pair[0](pair[1]), work, threads=8) == {
        "done": 12,
        "WrongState": 12,
    }
    assert Inventory.objects.get().quantity == 100
    assert stock_differences() == []
