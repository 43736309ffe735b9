"""The only place that changes orders: place, pay, ship, deliver, cancel, return and edit."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from catalog.models import StockMovement
from catalog.services import (
    OutOfStock,
    correct_stock,
    restock,
    restore_stock,
)
from customers.models import Country, Customer
from orders.models import Order, OrderItem
from orders.money import ZERO
from orders.pricing import (
    BadAmount,
    Line,
    OrderRefused,
    blank_order,
    check_quantity,
    checked_amount,
    merged_lines,
    own_discount,
    priced_line,
    reprice,
)
from orders.returns import TooManyReturned, return_items
from orders.status import WrongState, change_status, locked, locked_pending
from orders.stock import change_stock, deduct_stock_for, stock_move
from orders.tax import RatesOfDay

__all__ = [  # with returns and changes of stock, so that callers need only this module
    "OutOfStock", "TooManyReturned", "WrongState", "add_line", "amend", "cancel", "change_line",
    "correct_stock", "deliver", "discard", "pay", "place_order", "remove_line", "restock",
    "return_items", "ship",
]  # fmt: skip

Status = Order.Status


@transaction.atomic
def place_order(
    lines: Iterable[Line],
    *,
    customer: Customer | None = None,
    country: Country | None = None,
    voucher: Decimal = ZERO,
    shipping: Decimal = ZERO,
    at: datetime | None = None,
) -> Order:
    """Create a pending order at current prices and rates, and deduct its units from stock.

    Its lines are in `placed_items`, so that showing the order reads nothing again.
    """
    merged = merged_lines(lines)
    order = blank_order(customer, country or (customer and customer.country), at or timezone.now())
    order.voucher_value = checked_amount(voucher, order, "voucher_amount")
    order.shipping = checked_amount(shipping, order, "shipping")
    rates = RatesOfDay(order.country, order.placed_on)
    items = [priced_line(line, order, rates) for line in merged]
    reprice(order, items)
    order.save(force_insert=True)
    order.placed_items = _inserted(order, items)
    # After the items, because movements name their keys. OutOfStock rolls the whole order back.
    deduct_stock_for(order, order.placed_items)
    return order


def pay(order: Order, by: User | None = None) -> Order:
    return change_status(order, [Status.PENDING], Status.PAID, by)


def ship(order: Order, by: User | None = None) -> Order:
    return change_status(order, [Status.PAID], Status.SHIPPED, by)


def deliver(order: Order, by: User | None = None) -> Order:
    return change_status(order, [Status.SHIPPED], Status.DELIVERED, by)


@transaction.atomic
def cancel(order: Order, by: User | None = None) -> Order:
    """Cancel a pending or paid order and restore its stock.

    The status changes to canceled only once, so the stock is restored only once.
    """
    order = change_status(order, [Status.PENDING, Status.PAID], Status.CANCELED, by)
    items = list(order.items.select_related("product"))
    # After the change of status, whose row lock makes a return at the same moment wait.
    # Raising takes the change back.
    if any(item.returned for item in items):
        raise WrongState("Items of this order were returned: return the rest instead.")
    restore_stock(StockMovement.Kind.CANCEL, [stock_move(order, item) for item in items])
    return order


@transaction.atomic
def add_line(order: Order, line: Line) -> OrderItem:
    """Add a product to a pending order, at its current price."""
    order = locked_pending(order)
    (line,) = merged_lines([line])
    # Refused, not merged: the line there keeps the price at which it was ordered.
    if order.items.filter(product=line.product).exists():
        raise OrderRefused(
            "The order already has this product: change the quantity instead.", "product"
        )
    # Today's price, but the tax rates of the day on which the order was placed: its tax date.
    item = priced_line(line, order, RatesOfDay(order.country, order.placed_on))
    item.save(force_insert=True)
    deduct_stock_for(order, [item])
    _reprice_and_save(order)
    return order.items.get(pk=item.pk)


@transaction.atomic
def change_line(item: OrderItem, quantity: int) -> OrderItem:
    """Change the quantity of a line of a pending order; its price stays as ordered."""
    order = locked_pending(item.order)
    # Read again under the lock: the caller's copy may have an older quantity.
    item = order.items.select_related("product").get(pk=item.pk)
    check_quantity(quantity)
    if own_discount(item) > item.unit_price * quantity:
        raise BadAmount("The discount is larger than the amount of the line.", "quantity")
    change_stock(order, item, quantity - item.quantity)
    OrderItem.objects.filter(pk=item.pk).update(quantity=quantity)
    _reprice_and_save(order)
    return order.items.get(pk=item.pk)


@transaction.atomic
def remove_line(item: OrderItem) -> None:
    """Remove a line from a pending order. The last line cannot be removed."""
    order = locked_pending(item.order)
    if order.items.count() == 1:
        raise WrongState("The last item cannot be removed: cancel the order instead.")
    item = order.items.select_related("product").get(pk=item.pk)
    restore_stock(StockMovement.Kind.CANCEL, [stock_move(order, item)])
    item.delete()
    _reprice_and_save(order)


@transaction.atomic
def amend(
    order: Order, *, voucher: Decimal | None = None, shipping: Decimal | None = None
) -> Order:
    """Change the voucher or shipping of a pending order."""
    order = locked_pending(order)
    if voucher is not None:
        order.voucher_value = checked_amount(voucher, order, "voucher_amount")
    if shipping is not None:
        order.shipping = checked_amount(shipping, order, "shipping")
    _reprice_and_save(order)
    return order


@transaction.atomic
def discard(order: Order) -> None:
    """Delete an order that was never paid, or was canceled."""
    order = locked(order)
    # Canceling restores the stock, which deleting does not: movements outlive their order.
    if order.status == Status.PENDING:
        order = cancel(order)
    if order.status != Status.CANCELED:
        raise WrongState(f"A {order.status} order cannot be deleted.")
    order.delete()


def _inserted(order: Order, items: list[OrderItem]) -> list[OrderItem]:
    """The lines of a new order, with the keys that the database gave them."""
    # Django's own bulk_create(): saving the order has announced the month of its lines.
    QuerySet.bulk_create(OrderItem.objects.all(), items)
    if connection.features.can_return_rows_from_bulk_insert:
        return items
    # MySQL, unlike MariaDB, does not return the keys.
    return list(order.items.select_related("product"))


def _reprice_and_save(order: Order) -> None:
    items = list(order.items.order_by("pk"))
    for item in items:
        item.order = order
    reprice(order, items)
    OrderItem.objects.bulk_update(items, ["discount", "voucher_share", "tax"])
    order.save()
