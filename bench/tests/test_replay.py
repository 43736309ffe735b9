from random import Random

import pytest
from django.db import connection

from bench import orders, replay
from catalog.models import Inventory, Product, StockMovement
from catalog.services import stock_differences
from orders.models import Order, OrderItem

TABLES = {"orders_order": Order, "catalog_product": Product}


@pytest.fixture
def products(transactional_db, monkeypatch):
    monkeypatch.setattr(orders, "PRODUCTS", 20)
    replay.set_next_id("catalog_product", replay.PRODUCTS)
    orders.create_products()
    yield
    for rows in (StockMovement, Inventory, OrderItem, Order, Product):
        rows.objects.all()._raw_delete("default")
    for table in TABLES:  # other tests expect ids from 1
        replay.set_next_id(table, 1)


def test_a_replayed_order_has_other_products(products):
    recorded = replay.record_order(lambda: orders.place_random_order(Random(0)))
    place = recorded.replayer(client=1, products=20)
    for _ in range(5):
        place()
    connection.close()
    assert Order.objects.count() == 6
    baskets = [{item.product_id for item in order.items.all()} for order in Order.objects.all()]
    assert [len(basket) for basket in baskets] == [3] * 6
    assert len(set(map(frozenset, baskets))) > 1
    sources = StockMovement.objects.filter(kind="sale").values_list("source", flat=True)
    assert sorted(set(sources)) == sorted(f"order:{order.pk}" for order in Order.objects.all())
    assert stock_differences() == []


def test_the_commit_is_recorded_before_the_query_that_follows_it(products):
    recorded = replay.record_order(lambda: orders.place_random_order(Random(0)))
    statements = [sql.split()[0] for sql, _ in recorded.statements]
    assert statements.index(replay.COMMIT) == len(statements) - 2
    assert statements[-1] == "SELECT"
