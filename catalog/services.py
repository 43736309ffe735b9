"""Everything that changes stock: the counter and its movement in one transaction."""

import logging
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import uuid4

from django.db import IntegrityError, connection, transaction
from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from catalog.models import Inventory, Product, StockMovement
from core.tracking import announce

log = logging.getLogger("ledgerlight.stock")

Kind = StockMovement.Kind

# By hand: Django takes longer to write these statements than the database to execute them, and an
# order has one for each of its products.
DEDUCT = """
    UPDATE catalog_inventory SET quantity = quantity - %s WHERE product_id = %s AND quantity >= %s
"""
RESTORE = "UPDATE catalog_inventory SET quantity = quantity + %s WHERE product_id = %s"


class StockMove(NamedTuple):
    """Units of a product that an order line takes, or gives back."""

    product: Product
    quantity: int
    source: str
    line: int


class Difference(NamedTuple):
    product: Product
    counter: int
    movements: int


class OutOfStock(Exception):
    """Fewer units are in stock than an order needs."""

    def __init__(self, product: Product, quantity: int):
        stock = Inventory.objects.filter(product=product).values_list("quantity", flat=True)
        in_stock = stock.first() or 0
        super().__init__(
            f"Not enough stock of {product.sku}: {quantity} needed, {in_stock} in stock."
        )


class StockRefused(ValueError):
    """A stock change that is not valid."""


def deduct_stock(moves: Sequence[StockMove]) -> None:
    """Take units out of stock for each move.

    One conditional UPDATE per product, in product order: no quantity is read first and relied on
    later, and two orders for the same products wait for each other instead of deadlocking.
    """
    with connection.cursor() as cursor:
        for product, quantity, _, _ in by_product(moves):
            cursor.execute(DEDUCT, [quantity, product.pk, quantity])
            if not cursor.rowcount:
                raise OutOfStock(product, quantity)
    _record(Kind.SALE, [move._replace(quantity=-move.quantity) for move in moves])
    # After the commit: a sale that is rolled back is no reason to warn. Robust, because the order
    # stays placed even if the log cannot be written.
    products = [move.product.pk for move in moves]
    transaction.on_commit(lambda: log_low_stock(products), robust=True)


def restore_stock(kind: str, moves: Sequence[StockMove]) -> None:
    """Put units back into stock for each move; each order line only once."""
    with connection.cursor() as cursor:
        for product, quantity, _, _ in by_product(moves):
            cursor.execute(RESTORE, [quantity, product.pk])
            if not cursor.rowcount:
                _add(product, quantity)
    # A second time this is refused, and the caller's transaction takes the units back.
    _record(kind, moves)


def restock(product: Product, quantity: int, *, source: str = "", note: str = "") -> Inventory:
    """Add a delivery to stock. The same `source` (a delivery note's number) counts only once."""
    if quantity <= 0:
        raise StockRefused("Enter a quantity of at least 1.")
    with transaction.atomic():
        # Without a source each call is a delivery of its own: a uuid is never refused as known.
        _add(product, quantity, last_restocked_at=timezone.now())
        _record(
            Kind.RESTOCK, [StockMove(product, quantity, source or f"restock:{uuid4()}", 0)], note
        )
        return Inventory.objects.get(product=product)


def correct_stock(
    product: Product, quantity: int, *, kind: str = Kind.CORRECTION, note: str = ""
) -> Inventory:
    """Set the stock to a counted quantity; the difference becomes a movement."""
    if quantity < 0:
        raise StockRefused("Stock cannot be negative.")
    with transaction.atomic():
        # Only a row that exists can be locked.
        Inventory.objects.get_or_create(product=product)
        # Locked, because here the quantity is read and relied on: a sale must not come between.
        inventory = Inventory.objects.select_for_update().get(product=product)
        if difference := quantity - inventory.quantity:  # a constraint refuses movements of 0
            _add(product, difference)
            _record(kind, [StockMove(product, difference, f"{kind}:{uuid4()}", 0)], note)
        return Inventory.objects.get(product=product)


def log_low_stock(products: Sequence[int]) -> None:
    if not any_is_low(products):  # as after most sales
        return
    low = Inventory.objects.low().filter(product__in=products)
    if ids := list(low.values_list("product_id", flat=True)):
        log.warning("Low stock of products %s", ids)


def any_is_low(products: Sequence[int]) -> bool:
    """Also of products that are not sold any more. By hand, for the same reason as DEDUCT."""
    marks = ", ".join(["%s"] * len(products))
    condition = f"product_id IN ({marks}) AND quantity <= reorder_level"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM catalog_inventory WHERE {condition} LIMIT 1", products)  # noqa: S608
        return cursor.fetchone() is not None


def stock_differences() -> list[Difference]:
    """Products whose counter is not the sum of their movements."""
    moved = dict(StockMovement.objects.order_by().values_list("product").annotate(Sum("quantity")))
    counted = dict(Inventory.objects.order_by().values_list("product", "quantity"))
    wrong = {pk for pk in moved | counted if moved.get(pk, 0) != counted.get(pk, 0)}
    return [
        Difference(product, counted.get(product.pk, 0), moved.get(product.pk, 0))
        for product in Product.objects.filter(pk__in=wrong).order_by("sku")
    ]


def by_product(moves: Sequence[StockMove]) -> list[StockMove]:
    """In one order for everybody: two transactions with the same products cannot deadlock."""
    return sorted(moves, key=lambda move: move.product.pk)


def _add(product: Product, quantity: int, **values: Any) -> None:
    stock = Inventory.objects.filter(product=product)
    values["quantity"] = F("quantity") + quantity
    # Django's own update(): the tracked one does not know the product, and announces all stock.
    # `_record` announces it, once for all products.
    if not QuerySet.update(stock, **values):
        # Created empty, then updated: of two first deliveries at once neither overwrites the other.
        Inventory.objects.get_or_create(product=product)
        QuerySet.update(stock, **values)


def _record(kind: str, moves: Sequence[StockMove], note: str = "") -> None:
    """Record movements, and say whose stock has changed."""
    announce(Inventory, Inventory.ledger_parts, [move.product.pk for move in moves])
    try:
        # A savepoint: after an error PostgreSQL refuses all further queries of a transaction.
        with transaction.atomic():
            StockMovement.objects.bulk_create(
                StockMovement(
                    product=product,
                    quantity=quantity,
                    kind=kind,
                    source=source,
                    line=line,
                    note=note,
                )
                for product, quantity, source, line in moves
            )
    except IntegrityError as error:
        raise StockRefused("This stock movement is already recorded.") from error
