"""Returns: documents of their own, for some or all units of a sale."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from catalog.models import StockMovement
from catalog.services import restore_stock
from orders.models import Order, OrderItem
from orders.pricing import (
    EmptyOrder,
    OrderRefused,
    add_up,
    blank_order,
    check_quantity,
    returned_line,
)
from orders.status import WrongState, locked
from orders.stock import stock_move

Kind = Order.Kind
Status = Order.Status
MOST_KEYS = 500  # in one statement: SQLite refuses too many parameters


class TooManyReturned(Exception):
    """A return of more units than the line has left."""


@transaction.atomic
def return_items(
    sale: Order,
    quantities: Mapping[OrderItem, int],
    *,
    restock: bool = False,
    at: datetime | None = None,
) -> Order:
    """Create a return with its own date, for some or all items of a sale."""
    sale = locked(sale)
    at = at or timezone.now()
    if sale.status not in (Status.PAID, Status.SHIPPED, Status.DELIVERED):
        raise WrongState(f"A {sale.status} order cannot be returned.")
    if at < sale.placed_at:
        raise OrderRefused("The return is dated before the order.", "placed_at")
    returned = _units_to_return(sale, quantities)
    count_as_returned(returned)
    back = _blank_return(sale, at)
    items = [returned_line(item, units, sale.currency) for item, units in returned.items()]
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
        restore_stock(StockMovement.Kind.RETURN, [stock_move(back, item) for item in saved])
    return back


def _units_to_return(sale: Order, quantities: Mapping[OrderItem, int]) -> dict[OrderItem, int]:
    """The units by sold line, as the books have the lines; refused if a line has fewer left."""
    sold = {item.pk: item for item in sale.items.select_related("product")}
    units = {}
    for item, quantity in sorted(quantities.items(), key=lambda pair: pair[0].pk):
        check_quantity(quantity)
        if item.pk not in sold:
            raise OrderRefused("The order does not have this item.", "items")
        line = sold[item.pk]
        if (remaining := line.quantity - line.returned) < quantity:
            raise TooManyReturned(
                f"Cannot return {quantity} of item {line.pk}: {remaining} can be returned."
            )
        units[line] = quantity
    if not units:
        raise EmptyOrder("Enter a quantity for at least one item.")
    return units


def count_as_returned(returned: Mapping[OrderItem, int]) -> None:
    """Conditional, although the sale is locked: what was read before is never relied on."""
    for quantity in sorted({*returned.values()}):
        items = [item for item, units in returned.items() if units == quantity]
        for some in _batches(items):
            # Added, not subtracted: MariaDB refuses to compute a positive number below zero.
            lines = OrderItem.objects.filter(
                pk__in=[item.pk for item in some], quantity__gte=F("returned") + quantity
            )
            if lines.update(returned=F("returned") + quantity) != len(some):
                raise TooManyReturned("Items of this order were returned at the same moment.")
            for item in some:
                item.returned += quantity


def _batches(items: list[OrderItem]) -> Iterator[list[OrderItem]]:
    return (items[start : start + MOST_KEYS] for start in range(0, len(items), MOST_KEYS))


def _blank_return(sale: Order, at: datetime) -> Order:
    """An unsaved return without lines, at the exchange rate of its sale."""
    back = blank_order(sale.customer, sale.country, at)
    back.kind, back.status, back.returns = Kind.RETURN, Status.REFUNDED, sale
    # At the sale's rate a full return is exactly the sale's amount in the base currency.
    # Country, rates and settings may have changed since.
    back.currency, back.exchange_rate = sale.currency, sale.exchange_rate
    back.tax_included = sale.tax_included
    return back
