"""Every kind of write says which parts of the ledger it touched, in its own transaction."""

from decimal import Decimal as D

import pytest
from django.db import connection, transaction

from catalog.models import Category, Inventory, Product
from core.tracking import changed
from customers.models import Country, Customer
from orders import services
from orders.models import Order, OrderItem

MARCH = {"orders/2026-03", "lines/2026-03"}
APRIL = {"orders/2026-04", "lines/2026-04"}


@pytest.fixture
def heard():
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


def test_save(order, heard):
    order.shipping = D(1)
    order.save()
    assert heard == MARCH


def test_save_that_moves_a_row_to_another_month(order, heard):
    order.placed_at = order.placed_at.replace(month=4)
    order.save()
    assert heard == MARCH | APRIL


def test_save_of_a_line(order, heard):
    order.items.get().save()
    assert heard == MARCH


def test_delete(order, heard):
    order.items.get().delete()
    assert heard == MARCH


def test_update(order, heard):
    Order.objects.filter(pk=order.pk).update(shipping=D(1))
    assert heard == MARCH


def test_update_that_moves_rows_to_another_month(order, heard):
    Order.objects.filter(placed_on__month=3).update(placed_on="2026-04-02")
    assert heard == MARCH | APRIL


def test_update_of_nothing_says_nothing(order, heard):
    Order.objects.filter(pk=0).update(shipping=D(1))
    Product.objects.filter(pk=0).update(price=D(1))
    assert heard == set()


def test_bulk_create(order, heard):
    OrderItem.objects.bulk_create(
        [OrderItem(order=order, product=Product.objects.get(), quantity=1, unit_price=D(1))]
    )
    assert heard == MARCH


def test_bulk_update(order, heard):
    item = order.items.get()
    item.discount = D(1)
    OrderItem.objects.bulk_update([item], ["discount"])
    assert heard == MARCH


def test_queryset_delete(order, heard):
    OrderItem.objects.filter(order=order).delete()
    assert heard == MARCH


def test_get_or_create_and_update_or_create(shop, heard):
    Category.objects.get_or_create(name="Cups")
    assert heard == {"products"}
    heard.clear()
    Category.objects.update_or_create(name="Cups", defaults={"parent": None})
    assert heard == {"products"}


def test_a_related_manager(order, heard):
    order.items.update(discount=D(1))
    assert heard == MARCH


def test_a_sale_touches_its_month_and_the_stock(shop, heard):
    mug = shop.product("mug")
    heard.clear()
    shop.sell((mug, 1), on="2026-03-05")
    assert heard == MARCH | {"inventory"}


def test_a_state_change_touches_the_month_of_the_sale_and_a_return_its_own(order, heard):
    services.pay(order)
    assert heard == MARCH
    services.return_items(order, {order.items.get(): 1})
    assert not heard <= MARCH | APRIL  # dated today
    assert "inventory" not in heard  # not laid back on the shelf


@pytest.mark.parametrize(
    ("model", "part"),
    [
        (Product, "products"),
        (Inventory, "inventory"),
        (Customer, "customers"),
        (Country, "countries"),
    ],
)
def test_each_table_names_its_part(order, heard, model, part):
    model.objects.first().save()
    assert heard == {part}


@pytest.mark.django_db(transaction=True)
def test_a_write_that_rolls_back_leaves_no_trace(shop):
    """What a listener writes stands and falls with the write that it heard of."""

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
def test_a_failing_listener_takes_the_write_with_it(shop):
    def refuse(**_):
        raise RuntimeError

    changed.connect(refuse)
    try:
        with pytest.raises(RuntimeError):
            Country.objects.filter(pk=shop.germany.pk).update(currency="USD")
    finally:
        changed.disconnect(refuse)
    assert Country.objects.get(pk=shop.germany.pk).currency == "EUR"
