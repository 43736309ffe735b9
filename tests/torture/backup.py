"""A backup while the shop is busy."""

import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection

from backups.saving import write_backup
from orders import services
from orders.tests.shop import Shop
from tests.torture.conftest import often

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_backup_amid_sales_is_of_one_moment(tmp_path, tried):
    backups = often(10, 2)
    tried("backups while 8 buyers buy: each has the stock of its orders", backups)
    shop, over = Shop(), Event()
    goods = [shop.product(f"p{n}", stock=100_000) for n in range(3)]

    def buy(_):
        try:
            while not over.is_set():
                services.pay(shop.sell(*[(product, 1) for product in goods]))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        buyers = pool.map(buy, range(8))
        try:
            for n in range(backups):
                write_backup(tmp_path / f"{n}.zip", lambda *_: None)
        finally:
            over.set()
        list(buyers)
    sold = [orders_of(tmp_path / f"{n}.zip") for n in range(backups)]
    assert sold == sorted(sold)
    assert sold[0] < sold[-1]


def orders_of(file) -> int:
    """How many there are; each with all of its lines, and of each piece its movement."""
    with zipfile.ZipFile(file) as pack:
        tables = json.loads(pack.read("manifest.json"))["tables"]
        shelves = [json.loads(row) for row in pack.open("tables/catalog.Inventory.jsonl")]
    orders = tables["orders.Order"]["rows"]
    quantity = tables["catalog.Inventory"]["columns"].index("quantity")
    assert {row[quantity] for row in shelves} == {100_000 - orders}
    assert tables["orders.OrderItem"]["rows"] == 3 * orders
    assert tables["catalog.StockMovement"]["rows"] == 3 + 3 * orders
    return orders
