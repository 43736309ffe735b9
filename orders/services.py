"""The only place that changes orders: place, pay, ship, deliver, cancel, return and edit."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import F, QuerySet
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
from customers.models import Country, Customer
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
    merged_lines,
    own_discount,
    priced_line,
    reprice,
    returned_line,
)
from orders.tax import RatesOfDay

__all__ = [  # with the changes of stock, so that callers need only this module
    "OutOfStock", "add_line", "amend", "cancel", "change_line", "correct_stock", "deliver",
    "discard", "pay", "place_order", "remove_line", "restock", "return_items", "ship",
]  # fmt: skip

Kind = Order.Kind
Status = Order.Status


class WrongState(Exception):
    """The status of the order does not allow this; somebody else may have changed it."""


class TooManyReturned(Exception):
    """A return of more units than the line has left."""


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
    _deduct_stock_for(order, order.placed_items)
    return order


def pay(order: Order) -> Order:
    return _change_status(order, [Status.PENDING], Status.PAID)


def ship(order: Order) -> Order:
    return _change_status(order, [Status.PAID], Status.SHIPPED)


def deliver(order: Order) -> Order:
    return _change_status(order, [Status.SHIPPED], Status.DELIVERED)


@transaction.atomic
def cancel(order: Order) -> Order:
    """Cancel a pending or paid order and restore its stock.

    The status changes to canceled only once, so the stock is restored only once.
    """
    order = _change_status(order, [Status.PENDING, Status.PAID], Status.CANCELED)
    items = list(order.items.select_related("product"))
    # After the change of status, whose row lock makes a return at the same moment wait.
    # Raising takes the change back.
    if any(item.returned for item in items):
        raise WrongState("Items of this order were returned: return the rest instead.")
    restore_stock(StockMovement.Kind.CANCEL, [_stock_move(order, item) for item in items])
    return order


@transaction.atomic
def return_items(
    sale: Order,
    quantities: dict[OrderItem, int],
    *,
    restock: bool = False,
    at: datetime | None = None,
) -> Order:
    """Create a return with its own date, for some or all items of a sale."""
    sale = _locked(sale)
    at = at or timezone.now()
    if sale.status not in (Status.PAID, Status.SHIPPED, Status.DELIVERED):
        raise WrongState(f"A {sale.status} order cannot be returned.")
    if at < sale.placed_at:
        raise OrderRefused("The return is dated before the order.", "placed_at")
    back = _blank_return(sale, at)
    # Items are updated in one order everywhere: two returns of a sale cannot deadlock.
    by_item = sorted(quantities.items(), key=lambda pair: pair[0].pk)
    items = [_return_line(sale, item, quantity) for item, quantity in by_item]
    if not items:
        raise EmptyOrder("Enter a quantity for at least one item.")
    for item in items:
        item.order = back
    # Not `reprice`: shares and taxes come from the sale, and spreading anew may round differently.
    add_up(back, items)
    # A return has no unused rest of a voucher; the constraint wants a value that covers the amount.
    back.voucher_value = back.voucher_amount
    back.save(force_insert=True)
    OrderItem.objects.bulk_create(items)
    if restock:
        saved = back.items.select_related("product")
        restore_stock(StockMovement.Kind.RETURN, [_stock_move(back, item) for item in saved])
    return back


@transaction.atomic
def add_line(order: Order, line: Line) -> OrderItem:
    """Add a product to a pending order, at its current price."""
    order = _pending(order)
    (line,) = merged_lines([line])
    # Refused, not merged: the line there keeps the price at which it was ordered.
    if order.items.filter(product=line.product).exists():
        raise OrderRefused(
            "The order already has this product: change the quantity instead.", "product"
        )
    # Today's price, but the tax rates of the day on which the order was placed: its tax date.
    item = priced_line(line, order, RatesOfDay(order.country, order.placed_on))
    item.save(force_insert=True)
    _deduct_stock_for(order, [item])
    _reprice_and_save(order)
    return order.items.get(pk=item.pk)


@transaction.atomic
def change_line(item: OrderItem, quantity: int) -> OrderItem:
    """Change the quantity of a line of a pending order; its price stays as ordered."""
    order = _pending(item.order)
    # Read again under the lock: the caller's copy may have an older quantity.
    item = order.items.select_related("product").get(pk=item.pk)
    check_quantity(quantity)
    if own_discount(item) > item.unit_price * quantity:
        raise BadAmount("The discount is larger than the amount of the line.", "quantity")
    _change_stock(order, item, quantity - item.quantity)
    OrderItem.objects.filter(pk=item.pk).update(quantity=quantity)
    _reprice_and_save(order)
    return order.items.get(pk=item.pk)


@transaction.atomic
def remove_line(item: OrderItem) -> None:
    """Remove a line from a pending order. The last line cannot be removed."""
    order = _pending(item.order)
    if order.items.count() == 1:
        raise WrongState("The last item cannot be removed: cancel the order instead.")
    item = order.items.select_related("product").get(pk=item.pk)
    restore_stock(StockMovement.Kind.CANCEL, [_stock_move(order, item)])
    item.delete()
    _reprice_and_save(order)


@transaction.atomic
def amend(
    order: Order, *, voucher: Decimal | None = None, shipping: Decimal | None = None
) -> Order:
    """Change the voucher or shipping of a pending order."""
    order = _pending(order)
    if voucher is not None:
        order.voucher_value = checked_amount(voucher, order, "voucher_amount")
    if shipping is not None:
        order.shipping = checked_amount(shipping, order, "shipping")
    _reprice_and_save(order)
    return order


@transaction.atomic
def discard(order: Order) -> None:
    """Delete an order that was never paid, or was canceled."""
    order = _locked(order)
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


def _blank_return(sale: Order, at: datetime) -> Order:
    """An unsaved return without lines, at the exchange rate of its sale."""
    back = blank_order(sale.customer, sale.country, at)
    back.kind, back.status, back.returns = Kind.RETURN, Status.REFUNDED, sale
    # At the sale's rate a full return is exactly the sale's amount in the base currency.
    # Country, rates and settings may have changed since.
    back.currency, back.exchange_rate = sale.currency, sale.exchange_rate
    back.tax_included = sale.tax_included
    return back


def _return_line(sale: Order, item: OrderItem, quantity: int) -> OrderItem:
    """Count units of a sold line as returned; the line of the return for them."""
    check_quantity(quantity)
    if item.order_id != sale.pk:
        raise OrderRefused("The order does not have this item.", "items")
    # Added, not subtracted: MariaDB refuses to compute a positive number below zero.
    line = OrderItem.objects.filter(pk=item.pk, quantity__gte=F("returned") + quantity)
    updated = line.update(returned=F("returned") + quantity)
    item.refresh_from_db()
    if not updated:
        remaining = item.quantity - item.returned
        raise TooManyReturned(
            f"Cannot return {quantity} of item {item.pk}: {remaining} can be returned."
        )
    return returned_line(item, quantity, sale.currency)


# Status and stock


def _change_status(order: Order, old: list[str], new: str) -> Order:
    """Conditional on the old status: of two people who change it at once, one is refused."""
    sale = Order.objects.sales().filter(pk=order.pk)
    if not sale.filter(status__in=old).update(status=new):
        status = sale.values_list("status", flat=True).first()
        subject = f"A {status} order" if status else "A return"
        raise WrongState(f"{subject} cannot be changed to {new}.")
    # update() changes no object in memory: `order` still has the old status.
    return Order.objects.get(pk=order.pk)


def _locked(order: Order) -> Order:
    # SQLite ignores FOR UPDATE; its transactions hold the only write lock from their start.
    return Order.objects.select_for_update().get(pk=order.pk)


def _pending(order: Order) -> Order:
    order = _locked(order)
    if order.status != Status.PENDING:
        raise WrongState(f"A {order.status} order cannot be edited.")
    return order


def _change_stock(order: Order, item: OrderItem, more: int) -> None:
    """Deduct more units for a line, or restore some of them where `more` is negative."""
    # A source of its own: a line may change several times, and each movement is recorded once.
    source = f"order:{order.pk}:{secrets.token_hex(4)}"
    if more > 0:
        deduct_stock([StockMove(item.product, more, source, item.pk)])
    elif more < 0:
        restore_stock(StockMovement.Kind.CANCEL, [StockMove(item.product, -more, source, item.pk)])


def _deduct_stock_for(order: Order, items: Iterable[OrderItem]) -> None:
    deduct_stock([_stock_move(order, item) for item in items])


def _stock_move(order: Order, item: OrderItem) -> StockMove:
    # Unique with the kind of movement: the database refuses to restore a line's stock twice.
    return StockMove(item.product, item.quantity, f"order:{order.pk}", item.pk)
