"""Every change of a document: orders are placed, paid, sent, canceled and given back here only."""

import secrets
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from catalog.models import StockMovement
from catalog.services import (
    OutOfStock,
    StockMove,
    correct_stock,
    deduct_stock,
    restock,
    restore_stock,
)
from orders.models import Order, OrderItem
from orders.money import ZERO
from orders.pricing import (
    BadAmount,
    EmptyOrder,
    Line,
    OrderRefused,
    add_up,
    blank_order,
    check_quantity,
    checked_amount,
    given_back,
    merged_lines,
    own_discount,
    priced_line,
    reprice,
)
from orders.tax import RatesOfDay

__all__ = [  # stock is changed through the same door as orders
    "OutOfStock", "add_line", "amend", "cancel", "change_line", "correct_stock", "deliver",
    "discard", "pay", "place_order", "remove_line", "restock", "return_items", "ship",
]  # fmt: skip

Kind, Status = Order.Kind, Order.Status


class WrongState(Exception):
    """The document is not in a state that allows this; somebody may have been faster."""


class TooManyReturned(Exception):
    """More would come back than was bought."""


@transaction.atomic
def place_order(
    lines,
    *,
    customer=None,
    country=None,
    voucher=ZERO,
    shipping=ZERO,
    at: datetime | None = None,
) -> Order:
    """Sell: freeze prices, cost, tax and exchange rate, and take the pieces off the shelf."""
    lines = merged_lines(lines)
    order = blank_order(customer, country or (customer and customer.country), at or timezone.now())
    order.voucher_value = checked_amount(voucher, order, "voucher_amount")
    order.shipping = checked_amount(shipping, order, "shipping")
    rates = RatesOfDay(order.country, order.placed_on)
    items = [priced_line(line, order, rates) for line in lines]
    reprice(order, items)
    order.save(force_insert=True)
    OrderItem.objects.bulk_create(items)
    _take_for(order, order.items.select_related("product"))
    return order


def pay(order: Order) -> Order:
    return _move(order, [Status.PENDING], Status.PAID)


def ship(order: Order) -> Order:
    return _move(order, [Status.PAID], Status.SHIPPED)


def deliver(order: Order) -> Order:
    return _move(order, [Status.SHIPPED], Status.DELIVERED)


@transaction.atomic
def cancel(order: Order) -> Order:
    """Call the sale off and put its pieces back. The state can change only once, so they do too."""
    order = _move(order, [Status.PENDING, Status.PAID], Status.CANCELED)
    items = list(order.items.select_related("product"))
    if any(item.returned for item in items):
        raise WrongState("Something of this order came back already: return the rest instead.")
    restore_stock(
        StockMovement.Kind.CANCEL,
        [_movement(order, item, item.quantity) for item in items],
    )
    return order


@transaction.atomic
def return_items(
    sale: Order,
    quantities: dict[OrderItem, int],
    *,
    restock: bool = False,
    at: datetime | None = None,
) -> Order:
    """Take goods back: a document of its own, with its own date, for part or all of a sale."""
    sale = _locked(sale)
    at = at or timezone.now()
    if sale.status not in (Status.PAID, Status.SHIPPED, Status.DELIVERED):
        raise WrongState(f"A {sale.status} order cannot be returned.")
    if at < sale.placed_at:
        raise OrderRefused("A return cannot be earlier than its sale.", "placed_at")
    back = blank_order(sale.customer, sale.country, at)
    back.kind, back.status, back.returns = Kind.RETURN, Status.REFUNDED, sale
    for name in ("currency", "exchange_rate", "tax_included"):
        setattr(back, name, getattr(sale, name))
    items = [_take_back(sale, item, n) for item, n in sorted(quantities.items(), key=_by_pk)]
    if not items:
        raise EmptyOrder("A return needs at least one line.")
    for item in items:
        item.order = back
    add_up(back, items)
    back.voucher_value = back.voucher_amount
    back.save(force_insert=True)
    OrderItem.objects.bulk_create(items)
    if restock:
        kept = back.items.select_related("product")
        restore_stock(StockMovement.Kind.RETURN, [_movement(back, i, i.quantity) for i in kept])
    return back


@transaction.atomic
def add_line(order: Order, line: Line) -> OrderItem:
    """One more product on an order that is not paid yet, at today's price."""
    order = _pending(order)
    (line,) = merged_lines([line])
    if order.items.filter(product=line.product).exists():
        raise OrderRefused("The order has a line of this product: change its quantity.", "product")
    item = priced_line(line, order, RatesOfDay(order.country, order.placed_on))
    item.save(force_insert=True)
    _take_for(order, [item])
    _reprice_and_save(order)
    return order.items.get(pk=item.pk)


@transaction.atomic
def change_line(item: OrderItem, quantity: int) -> OrderItem:
    """More or fewer pieces on a line of an order that is not paid yet, at the frozen price."""
    order = _pending(item.order)
    item = order.items.select_related("product").get(pk=item.pk)
    check_quantity(quantity)
    if own_discount(item) > item.unit_price * quantity:
        raise BadAmount("The line's discount would be more than the line.", "quantity")
    source = f"order:{order.pk}:{secrets.token_hex(4)}"
    if (more := quantity - item.quantity) > 0:
        deduct_stock([StockMove(item.product, more, source, item.pk)])
    elif more < 0:
        restore_stock(StockMovement.Kind.CANCEL, [StockMove(item.product, -more, source, item.pk)])
    OrderItem.objects.filter(pk=item.pk).update(quantity=quantity)
    _reprice_and_save(order)
    return order.items.get(pk=item.pk)


@transaction.atomic
def remove_line(item: OrderItem) -> None:
    """Take a line off an order that is not paid yet. The last one stays: cancel instead."""
    order = _pending(item.order)
    if order.items.count() == 1:
        raise WrongState("An order keeps at least one line: cancel it instead.")
    item = order.items.select_related("product").get(pk=item.pk)
    restore_stock(StockMovement.Kind.CANCEL, [_movement(order, item, item.quantity)])
    item.delete()
    _reprice_and_save(order)


@transaction.atomic
def amend(
    order: Order, *, voucher: Decimal | None = None, shipping: Decimal | None = None
) -> Order:
    """Another voucher or shipping on an order that is not paid yet."""
    order = _pending(order)
    if voucher is not None:
        order.voucher_value = checked_amount(voucher, order, "voucher_amount")
    if shipping is not None:
        order.shipping = checked_amount(shipping, order, "shipping")
    _reprice_and_save(order)
    return order


@transaction.atomic
def discard(order: Order) -> None:
    """Remove a sale that never came to anything. What was paid for stays in the books."""
    order = _locked(order)
    if order.status == Status.PENDING:
        order = cancel(order)
    if order.status != Status.CANCELED:
        raise WrongState(f"A {order.status} document stays in the books.")
    order.delete()


def _reprice_and_save(order: Order) -> None:
    items = list(order.items.order_by("pk"))
    for item in items:
        item.order = order
    reprice(order, items)
    OrderItem.objects.bulk_update(items, ["discount", "voucher_share", "tax"])
    order.save()


def _take_back(sale: Order, item: OrderItem, quantity: int) -> OrderItem:
    """Count `quantity` pieces of a sold line as returned; the return's line for them."""
    check_quantity(quantity)
    if item.order_id != sale.pk:
        raise OrderRefused("This line is not one of the order's.", "items")
    # Added, not subtracted: MariaDB refuses to compute a positive number below zero.
    line = OrderItem.objects.filter(pk=item.pk, quantity__gte=F("returned") + quantity)
    counted = line.update(returned=F("returned") + quantity)
    item.refresh_from_db()
    if not counted:
        raise TooManyReturned(
            f"{quantity} of line {item.pk} asked back, {item.quantity - item.returned} are left."
        )
    return given_back(item, quantity, sale.currency)


# States and stock


def _move(order: Order, old: list[Status], new: Status) -> Order:
    """Conditional on the old state: of two people who press at once, one gets told."""
    sale = Order.objects.sales().filter(pk=order.pk)
    if not sale.filter(status__in=old).update(status=new):
        state = sale.values_list("status", flat=True).first() or "return document"
        raise WrongState(f"A {state} order cannot become {new}.")
    return Order.objects.get(pk=order.pk)


def _locked(order: Order) -> Order:
    return Order.objects.select_for_update().get(pk=order.pk)


def _pending(order: Order) -> Order:
    order = _locked(order)
    if order.status != Status.PENDING:
        raise WrongState(f"A {order.status} order is not changed any more.")
    return order


def _take_for(order, items):
    deduct_stock([_movement(order, item, item.quantity) for item in items])


def _movement(order, item, quantity):
    return StockMove(item.product, quantity, f"order:{order.pk}", item.pk)


def _by_pk(pair):
    return pair[0].pk
