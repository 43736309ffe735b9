"""The stock of the demo shop: pieces come, go and return in order of time, never below zero."""

from datetime import datetime
from heapq import heappop, heappush
from math import ceil
from random import Random

from catalog.models import Inventory, StockMovement
from demo.people import DAYS, SECONDS, Calendar
from demo.products import DemoProduct

Kind = StockMovement.Kind

PIECES_PER_ORDER = 3.5
DELIVERY_DAYS = 50  # how many days a delivery is expected to last
LAST_DELIVERY = 0.82 * SECONDS  # of products that are out of stock today


class StockLevel:
    """The pieces of one product, and when to reorder."""

    def __init__(self, demo_product: DemoProduct, daily: float, lead_days: int):
        self.demo_product, self.lead_days = demo_product, lead_days
        # The demand until the delivery, and a fifth more as safety stock.
        self.reorder_level = ceil(daily * lead_days * 1.2)
        self.batch = ceil(daily * DELIVERY_DAYS) + 1
        self.on_hand = self.reorder_level + self.batch
        self.reorder_pending = False
        self.restocked_at: datetime | None = None

    def is_discontinued(self, moment: int) -> bool:
        """Products that run out or are no longer sold are not reordered."""
        short = self.demo_product.short
        return moment >= (LAST_DELIVERY if short else self.demo_product.end * SECONDS)

    def needs_reorder(self, moment: int) -> bool:
        low = self.on_hand <= self.reorder_level
        return low and not self.reorder_pending and not self.is_discontinued(moment)


class Warehouse:
    def __init__(
        self, demo_products: list[DemoProduct], orders: int, calendar: Calendar, rng: Random
    ):
        self.calendar, self.deliveries = calendar, 0
        total = sum(one.popularity for one in demo_products)
        daily = orders * PIECES_PER_ORDER / DAYS
        self.levels = {
            one.product.pk: StockLevel(one, daily * one.popularity / total, rng.randint(5, 14))
            for one in demo_products
        }
        # Moment, product id, pieces, and whether it is a delivery; the earliest first.
        self.arrivals: list[tuple[int, int, int, bool]] = []
        self.movements = [
            self.movement(
                Kind.OPENING, pk, level.on_hand, int(level.demo_product.start * SECONDS), "demo"
            )
            for pk, level in self.levels.items()
        ]

    def take_out(self, pk: int, wanted: int, moment: int) -> int:
        """Take as many of the wanted pieces as there are, and reorder what runs low."""
        self.receive(moment)
        level = self.levels[pk]
        if level.on_hand < wanted and not level.is_discontinued(moment):
            # A minute before the sale, so that the movements in order of time never go below zero.
            self.deliver(pk, level.batch + wanted, moment - 60)
        taken = min(wanted, level.on_hand)
        level.on_hand -= taken
        if level.needs_reorder(moment):
            level.reorder_pending = True
            due = moment + level.lead_days * 24 * 3600
            heappush(self.arrivals, (due, pk, level.batch, True))
        return taken

    def put_back(self, pk: int, pieces: int, moment: int) -> None:
        heappush(self.arrivals, (moment, pk, pieces, False))

    def receive(self, moment: int) -> None:
        """Add everything that has arrived until then."""
        while self.arrivals and self.arrivals[0][0] <= moment:
            due, pk, pieces, is_delivery = heappop(self.arrivals)
            if is_delivery:
                self.deliver(pk, pieces, due)
                self.levels[pk].reorder_pending = False
            else:
                # Their movement is written with the cancellation or the return (demo/shop.py).
                self.levels[pk].on_hand += pieces

    def deliver(self, pk: int, pieces: int, moment: int) -> None:
        self.deliveries += 1
        level = self.levels[pk]
        level.on_hand += pieces
        level.restocked_at = self.calendar.datetime_of(moment)
        # Movements are unique by source, line and kind, so each delivery has a number.
        source = f"demo:{self.deliveries}"
        self.movements.append(self.movement(Kind.RESTOCK, pk, pieces, moment, source))

    def movement(self, kind: str, pk: int, pieces: int, moment: int, source: str) -> StockMovement:
        return StockMovement(
            product_id=pk,
            quantity=pieces,
            kind=kind,
            source=source,
            line=pk,
            moved_at=self.calendar.datetime_of(moment),
        )

    def write_movements(self) -> None:
        StockMovement.objects.bulk_create(self.movements)
        self.movements = []

    def write_inventory(self) -> None:
        """Write the last deliveries up to now, then the counters."""
        self.receive(SECONDS - 1)
        self.write_movements()
        Inventory.objects.bulk_create(
            Inventory(
                product_id=pk,
                quantity=level.on_hand,
                reorder_level=level.reorder_level,
                lead_time_days=level.lead_days,
                last_restocked_at=level.restocked_at,
            )
            for pk, level in self.levels.items()
        )
