"""What the lines of an order take out of stock and give back to it."""

import secrets
from collections.abc import Iterable

from catalog.models import StockMovement
from catalog.services import StockMove, deduct_stock, restore_stock
from orders.models import Order, OrderItem


def change_stock(order: Order, item: OrderItem, more: int) -> None:
    """Deduct more units for a line, or restore some of them where `more` is negative."""
    # A source of its own: a line may change several times, and each movement is recorded once.
    source = f"order:{order.pk}:{secrets.token_hex(4)}"
    if more > 0:
        deduct_stock([StockMove(item.product, more, source, item.pk)])
    elif more < 0:
        restore_stock(StockMovement.Kind.CANCEL, [StockMove(item.product, -more, source, item.pk)])


def deduct_stock_for(order: Order, items: Iterable[OrderItem]) -> None:
    deduct_stock([stock_move(order, item) for item in items])


def stock_move(order: Order, item: OrderItem) -> StockMove:
    # Unique with the kind of movement: the database refuses to restore a line's stock twice.
    return StockMove(item.product, item.quantity, f"order:{order.pk}", item.pk)
