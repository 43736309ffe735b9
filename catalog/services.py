"""All that changes stock. The counter and its movement are written together or not at all."""

import logging
from collections import namedtuple
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet, Sum
from django.dispatch import Signal
from django.utils import timezone

from catalog.models import Inventory, Product, StockMovement
from core.tracking import announce

log = logging.getLogger("ledgerlight.stock")

Kind = StockMovement.Kind

low_stock = Signal()  # sender: Inventory; products: ids that are low after a sale

Difference = namedtuple("Difference", "product counter movements")


class OutOfStock(Exception):
    """Fewer pieces are on the shelf than were asked for."""

    def __init__(self, product, asked):
        self.product, self.asked = product, asked
        self.on_hand = (
            Inventory.objects.filter(product=product).values_list("quantity", flat=True).first()
            or 0
        )
        super().__init__(f"{product.sku}: {asked} asked for, {self.on_hand} on hand.")


class StockRefused(ValueError):
    """A change of stock that makes no sense as asked."""


def take(moves):
    """Take pieces off the shelf for [(product, quantity, source, line)].

    One conditional UPDATE a product, in product order: nothing is read and then trusted, and two
    orders for the same products wait for each other instead of locking each other out.
    """
    for product, quantity, _, _ in sorted(moves, key=lambda move: move[0].pk):
        shelf = Inventory.objects.filter(product=product, quantity__gte=quantity)
        if not QuerySet.update(shelf, quantity=F("quantity") - quantity):
            raise OutOfStock(product, quantity)
    announce(Inventory, Inventory.ledger_parts)  # once for all of them
    _record(Kind.SALE, ((p, -quantity, source, line) for p, quantity, source, line in moves))
    products = [product.pk for product, *_ in moves]
    transaction.on_commit(lambda: tell_if_low(products), robust=True)


def put_back(kind, moves):
    """Lay pieces back on the shelf for [(product, quantity, source, line)], once for each line."""
    for product, quantity, _, _ in sorted(moves, key=lambda move: move[0].pk):
        _add(product, quantity)
    _record(kind, moves)


def restock(product, quantity, *, source="", note="") -> Inventory:
    """A delivery arrived. The same `source` (a delivery note's number) is booked only once."""
    if quantity <= 0:
        raise StockRefused("A delivery brings at least one piece.")
    with transaction.atomic():
        _add(product, quantity, last_restocked_at=timezone.now())
        _record(Kind.RESTOCK, [(product, quantity, source or f"restock:{uuid4()}", 0)], note)
        return Inventory.objects.get(product=product)


def correct_stock(product, quantity, *, kind=Kind.CORRECTION, note="") -> Inventory:
    """Somebody counted: the shelf holds `quantity`; the difference becomes a movement."""
    if quantity < 0:
        raise StockRefused("A shelf cannot hold less than nothing.")
    with transaction.atomic():
        Inventory.objects.get_or_create(product=product)
        shelf = Inventory.objects.select_for_update().get(product=product)
        if difference := quantity - shelf.quantity:
            _add(product, difference)
            _record(kind, [(product, difference, f"{kind}:{uuid4()}", 0)], note)
        return Inventory.objects.get(product=product)


def tell_if_low(products):
    low = Inventory.objects.low().filter(product__in=products)
    if ids := list(low.values_list("product_id", flat=True)):
        log.warning("Low stock of products %s", ids)
        low_stock.send_robust(sender=Inventory, products=ids)


def stock_differences():
    """Products whose counter is not the sum of their movements; empty when the books are right."""
    moved = dict(StockMovement.objects.order_by().values_list("product").annotate(Sum("quantity")))
    counted = dict(Inventory.objects.order_by().values_list("product", "quantity"))
    wrong = {pk for pk in moved | counted if moved.get(pk, 0) != counted.get(pk, 0)}
    return [
        Difference(product, counted.get(product.pk, 0), moved.get(product.pk, 0))
        for product in Product.objects.filter(pk__in=wrong).order_by("sku")
    ]


def _add(product, quantity, **also):
    shelf = Inventory.objects.filter(product=product)
    if not shelf.update(quantity=F("quantity") + quantity, **also):
        Inventory.objects.get_or_create(product=product)
        shelf.update(quantity=F("quantity") + quantity, **also)


def _record(kind, moves, note=""):
    try:
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
        raise StockRefused("This movement of stock was booked already.") from error
