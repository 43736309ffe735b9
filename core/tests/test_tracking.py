"""Every kind of write says which parts of the ledger it touched, in its own transaction."""

from decimal import Decimal as D

import pytest
from django.db import connection, transaction

from catalog.models import Category, Inventory, Product, Tag
from core.tracking import changed
from customers.models import Country, Customer
from orders import services
from orders.models import Order, OrderItem

MARCH = {"orders/2026-03", "lines/2026-03"}
APRIL = {"orders/2026-04", "lines/2026-04"}


@pytest.fixture
def announced():
    parts = set()

    def listen(sender, parts: frozenset, **_):
        heard_parts.update(parts)
        assert connection.in_atomic_block

    heard_parts = parts
    changed.connect(listen)
    yield parts
    changed.disconnect(listen)


@pytest.fixture
def order(shop):
    return shop.sell((shop.product("mug"), 2), on="2026-03-05")


def test_save(order, announced):
    order.shipping = D(1)
    order.save()
    assert announced == MARCH


def test_save_that_moves_a_row_to_another_month(order, announced):
    order.placed_at = order.placed_at.replace(month=4)
    order.save()
    assert announced == MARCH | APRIL


def test_save_of_a_line(order, announced):
    order.items.get().save()
    assert announced == MARCH


def test_delete(order, announced):
    order.items.get().delete()
    assert announced == MARCH


def test_update(order, announced):
    Order.objects.filter(pk=order.pk).update(shipping=D(1))
    assert announced == MARCH


def test_update_that_moves_rows_to_another_month(order, announced):
    Order.objects.filter(placed_on__month=3).update(placed_on="2026-04-02")
    assert announced == MARCH | APRIL


def test_update_of_no_rows_sends_nothing(order, announced):
    Order.objects.filter(pk=0).update(shipping=D(1))
    Product.objects.filter(pk=0).update(price=D(1))
    assert announced == set()


def test_bulk_create(order, announced):
    OrderItem.objects.bulk_create(
        [OrderItem(order=order, product=Product.objects.get(), quantity=1, unit_price=D(1))]
    )
    assert announced == MARCH


def test_bulk_update(order, announced):
    item = order.items.get()
    item.discount = D(1)
    OrderItem.objects.bulk_update([item], ["discount"])
    assert announced == MARCH


def test_queryset_delete(order, announced):
    OrderItem.objects.filter(order=order).delete()
    assert announced == MARCH


def test_get_or_create_and_update_or_create(shop, announced):
    Category.objects.get_or_create(name="Cups")
    assert announced == {"products"}
    announced.clear()
    Category.objects.update_or_create(name="Cups", defaults={"parent": None})
    assert announced == {"products"}


def test_a_related_manager(order, announced):
    order.items.update(discount=D(1))
    assert announced == MARCH


def test_a_sale_changes_its_month_and_the_inventory(shop, announced):
    mug = shop.product("mug")
    announced.clear()
    shop.sell((mug, 1), on="2026-03-05")
    assert announced == MARCH | {"inventory"}


def test_a_status_change_changes_the_month_of_the_sale_and_a_return_its_own(order, announced):
    services.pay(order)
    assert announced == MARCH
    services.return_items(order, {order.items.get(): 1})
    assert not announced <= MARCH | APRIL  # dated today
    assert "inventory" not in announced  # not restocked


@pytest.mark.parametrize(
    ("model", "part"),
    [
        (Product, "products"),
        (Inventory, "inventory"),
        (Customer, "customers"),
        (Country, "countries"),
        (Tag, "product_tags"),
    ],
)
def test_each_table_names_its_part(order, announced, model, part):
    row = model.objects.first() or model.objects.create(name="gift")
    announced.clear()
    row.save()
    assert announced == {part}


@pytest.mark.django_db(transaction=True)
def test_a_write_that_rolls_back_leaves_no_trace(shop):
    """A receiver writes in the transaction of the write that it hears of."""

    def note_down(parts, **_):
        Category.objects.model(name="trace").save_base()

    changed.connect(note_down)
    try:
        with transaction.atomic():
            Country.objects.filter(pk=shop.germany.pk).update(currency="USD")
            assert Category.objects.filter(name="trace").exists()
            transaction.set_rollback(True)
    finally:
        changed.disconnect(note_down)
    assert not Category.objects.filter(name="trace").exists()


@pytest.mark.django_db(transaction=True)
def test_a_failing_receiver_rolls_the_write_back(shop):
    def refuse(**_):
        raise RuntimeError

    changed.connect(refuse)
    try:
        with pytest.raises(RuntimeError):
            Country.objects.filter(pk=shop.germany.pk).update(currency="USD")
    finally:
        changed.disconnect(refuse)
    assert Country.objects.get(pk=shop.germany.pk).currency == "EUR"
