from random import Random

import pytest
from django.db import connection

from bench import orders, replay
from catalog.models import Inventory, Product, StockMovement
from catalog.services import stock_differences
from orders.models import Order, OrderItem

TABLES = {"orders_order": Order, "catalog_product": Product}


@pytest.fixture
def goods(transactional_db, monkeypatch):
    monkeypatch.setattr(orders, "PRODUCTS", 20)
    replay.number_from("catalog_product", replay.PRODUCTS)
    orders.stock_up()
    yield
    for rows in (StockMovement, Inventory, OrderItem, Order, Product):
        rows.objects.all()._raw_delete("default")
    for table in TABLES:  # other tests find their numbers as they were
        replay.number_from(table, 1)


def test_an_order_said_again_is_an_order_of_other_goods(goods):
    order = replay.recorded(lambda: orders.buy(Random(0)))
    send = order.through_the_driver(client=1, products=20)
    for _ in range(5):
        send()
    connection.close()
    assert Order.objects.count() == 6
    baskets = [{item.product_id for item in order.items.all()} for order in Order.objects.all()]
    assert [len(basket) for basket in baskets] == [3] * 6
    assert len(set(map(frozenset, baskets))) > 1
    sources = StockMovement.objects.filter(kind="sale").values_list("source", flat=True)
    assert sorted(set(sources)) == sorted(f"order:{order.pk}" for order in Order.objects.all())
    assert stock_differences() == []


def test_the_commit_stands_before_what_is_asked_after_it(goods):
    order = replay.recorded(lambda: orders.buy(Random(0)))
    said = [sql.split()[0] for sql, _ in order.said]
    assert said.index(replay.COMMIT) == len(said) - 2
    assert said[-1] == "SELECT"
