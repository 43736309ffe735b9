"""The last file without the changed rows, and with the new ones, is like a file of the books."""

import random
from datetime import date

import duckdb
import pytest
from django.conf import settings
from django.db import transaction

from catalog.models import Product
from catalog.services import correct_stock
from customers.models import Customer
from ledger import build
from ledger.book_files import BookFiles
from ledger.check import differences
from ledger.models import Dirty
from ledger.tests.builders import empty_ledger, on_another_connection
from orders import services
from orders.models import Order, OrderItem
from orders.pricing import Line
from orders.tests.shop import Shop, at

pytestmark = pytest.mark.django_db(transaction=True)
MARCH, APRIL = "2026-03", "2026-04"


@pytest.fixture
def shop(transactional_db):
    """With enough sales that a few changed ones are copied into the others."""
    empty_ledger()
    shop = Shop()
    for n in range(10):
        shop.product(f"p{n}", f"{n + 1}.99", stock=500)
        shop.customer(f"c{n}")
    for n in range(40):
        goods = Product.objects.order_by("pk")[n % 8 : n % 8 + 2]
        lines = [(product, n % 3 + 1) for product in goods]
        services.pay(shop.sell(*lines, on=f"2026-0{n % 2 + 3}-{n % 20 + 1:02}"))
    build.current(0)
    return shop


@pytest.fixture
def copied(monkeypatch):
    """The parts that were copied."""
    parts, write_copy = [], BookFiles.write_copy

    def note(self, part, *arguments):
        parts.append(part)
        return write_copy(self, part, *arguments)

    monkeypatch.setattr(BookFiles, "write_copy", note)
    return parts


def rows_of(snapshot) -> dict[str, list[tuple]]:
    """The rows of all parts, in the order of their files."""
    return {
        part: duckdb.read_parquet(str(settings.LEDGER_FOLDER / file)).fetchall()
        for part, file in snapshot.files.items()
    }


def assert_like_a_full_build() -> None:
    copies = rows_of(build.current(0))
    assert not Dirty.objects.exists()
    assert copies == rows_of(build.build(full=True))
    assert list(differences()) == []


def product(sku: str) -> Product:
    return Product.objects.get(sku=sku)


def sale(n: int = 0) -> Order:
    return Order.objects.sales().order_by("pk")[n]


def move(order: Order, day: str) -> None:
    order.placed_at = at(day)
    order.save()


def both(*months: str) -> list[str]:
    return [f"{table}/{month}" for month in months for table in ("lines", "orders")]


WRITES = {
    "a new sale on the last day": ([*both(APRIL), "inventory"], lambda shop: shop.sell(
        (product("p1"), 2), on="2026-04-28")),
    "a new sale between others": ([*both(MARCH), "inventory"], lambda shop: shop.sell(
        (product("p2"), 1), on="2026-03-05")),
    "shipped": (both(MARCH), lambda shop: services.ship(sale())),
    "canceled": ([*both(APRIL), "inventory"], lambda shop: services.cancel(sale(1))),
    "returned in another month": ([*both(MARCH, APRIL), "inventory"], lambda shop: (
        services.return_items(sale(2), {sale(2).items.first(): 1}, restock=True,
                              at=at("2026-04-10")))),
    "moved to another month": (both(MARCH, APRIL), lambda shop: move(sale(4), "2026-04-02")),
    "moved within its month": (both(MARCH), lambda shop: move(sale(6), "2026-03-30")),
    "moved by an update": (both(MARCH, APRIL), lambda shop: Order.objects.filter(
        pk=sale(8).pk).update(placed_at=at("2026-04-03"), placed_on=date(2026, 4, 3))),
    "a line of another order": (both(MARCH, APRIL), lambda shop: OrderItem.objects.filter(
        pk=sale(10).items.first().pk).update(order_id=sale(11).pk)),
    "a line that is saved": (both(MARCH), lambda shop: sale(12).items.first().save()),
    "lines updated": (both(MARCH), lambda shop: OrderItem.objects.filter(
        order=sale(14)).update(unit_cost=1)),
    "lines deleted": (both(MARCH), lambda shop: sale(16).items.all().delete()),
    "an order deleted": (both(APRIL), lambda shop: sale(17).delete()),
    "a product saved": (["products"], lambda shop: Product.objects.first().save()),
    "a customer renamed": (["customers"], lambda shop: Customer.objects.update_or_create(
        code="c5", defaults={"name": "Renamed"})),
    "a new customer": (["customers"], lambda shop: shop.customer("late")),
    "stock counted": (["inventory"], lambda shop: correct_stock(product("p3"), 17)),
}  # fmt: skip


def test_each_write_copies_what_it_left_as_it_was(shop, copied):
    for name, (parts, write) in WRITES.items():
        copied.clear()
        write(shop)
        build.current(0)
        assert (name, sorted(copied)) == (name, sorted(parts))
        assert_like_a_full_build()


def test_several_writes_before_a_build(shop, copied):
    services.ship(sale(0))
    services.cancel(sale(2))
    shop.sell((product("p1"), 2), on="2026-03-28")
    move(sale(4), "2026-03-01")
    assert_like_a_full_build()
    assert copied == both(MARCH)  # and not the inventory, of which more than a quarter changed


def test_many_changed_rows_are_read_with_all_others(shop, copied):
    for n in range(0, 12, 2):
        services.ship(sale(n))
    assert_like_a_full_build()
    assert copied == []


def test_a_month_whose_last_orders_leave_it_has_no_file(shop, copied):
    shop.sell((product("p1"), 1), on="2026-05-01")
    assert "orders/2026-05" in build.current(0).files
    copied.clear()
    Order.objects.filter(placed_on="2026-05-01").get().delete()
    assert "orders/2026-05" not in build.current(0).files
    assert not set(copied) & set(both("2026-05"))
    assert_like_a_full_build()


def test_a_damaged_file_is_not_copied(shop, copied):
    path = settings.LEDGER_FOLDER / build.current(0).files[f"lines/{MARCH}"]
    content = bytearray(path.read_bytes())
    content[60] ^= 1
    path.write_bytes(content)
    services.ship(sale(0))
    services.ship(sale(1))
    assert_like_a_full_build()
    assert copied == both(APRIL)


def test_an_update_of_any_row_beside_named_ones_reads_the_month(shop, copied):
    services.ship(sale(0))
    Dirty.objects.create(part=f"lines/{MARCH}")
    assert_like_a_full_build()
    assert copied == []


def test_a_write_that_is_committed_while_files_are_copied_is_taken_later(shop, monkeypatch):
    services.ship(sale(0))
    write = BookFiles.write

    def late(*arguments):
        monkeypatch.setattr(BookFiles, "write", write)
        on_another_connection(lambda: (services.ship(sale(2)), services.ship(sale(1))))
        return write(*arguments)

    monkeypatch.setattr(BookFiles, "write", late)
    build.current(0)
    assert Dirty.objects.filter(row_id=sale(2).pk).exists()
    assert_like_a_full_build()


def test_a_write_of_very_many_rows_names_none(shop, monkeypatch):
    monkeypatch.setattr("core.tracking.MOST_ROWS", 3)
    Order.objects.filter(placed_on__lt="2026-04-01").update(shipping=1)
    assert set(Dirty.objects.values_list("row_id", flat=True)) == {None}
    assert_like_a_full_build()


@pytest.mark.parametrize("seed", range(3))
def test_any_mix_of_writes(shop, copied, seed):
    chance = random.Random(seed)
    for _ in range(6):
        for _ in range(chance.randrange(1, 4)):
            with transaction.atomic():
                random_write(shop, chance)
                transaction.set_rollback(chance.random() < 0.1)
        assert_like_a_full_build()
    assert copied


def random_write(shop: Shop, chance: random.Random) -> None:
    order = chance.choice(Order.objects.sales().order_by("pk"))
    day = f"2026-0{chance.randrange(3, 5)}-{chance.randrange(1, 29):02}"
    goods = chance.choice(Product.objects.order_by("pk"))
    writes = {
        "sell": lambda: shop.sell((goods, 2), on=day),
        "move": lambda: move(order, day),
        "touch": lambda: order.items.all().update(unit_cost=chance.randrange(1, 9)),
        "shrink": lambda: order.items.first().delete() if order.items.count() > 1 else None,
        "grow": lambda: OrderItem.objects.create(order=order, product=goods, quantity=1,
                                                 unit_price=chance.randrange(1, 99)),
        "cancel": lambda: Order.objects.filter(pk=order.pk).update(status="canceled"),
        "rename": goods.save,
        "count": lambda: correct_stock(goods, chance.randrange(500)),
        "drop": lambda: order.delete() if not order.returned_by.exists() else None,
        "line": lambda: services.add_line(shop.sell((product("p8"), 1), on=day),
                                          Line(product("p9"), 1)),
    }  # fmt: skip
    writes[chance.choice(sorted(writes))]()
