"""The demo shop's shelves: pieces come, go and come back in the order of time, never below zero."""

from heapq import heappop, heappush
from math import ceil
from random import Random

from catalog.models import Inventory, StockMovement
from demo.goods import Ware
from demo.people import DAYS, SECONDS, Calendar

Kind = StockMovement.Kind

PIECES_AN_ORDER = 3.5
SUPPLY_DAYS = 50  # what a delivery is meant to last
LAST_DELIVERY = 0.82 * SECONDS  # of the wares that are out of stock today


class Shelf:
    """One ware's pieces, and when to order more."""

    def __init__(self, ware: Ware, daily: float, lead_days: int):
        self.ware, self.lead_days = ware, lead_days
        self.reorder_level = ceil(daily * lead_days * 1.2)
        self.batch = ceil(daily * SUPPLY_DAYS) + 1
        self.on_hand = self.reorder_level + self.batch
        self.awaits, self.restocked = False, None

    def closed(self, moment: int) -> bool:
        """Nobody orders more of what runs out or is not sold any more."""
        last = LAST_DELIVERY if self.ware.short else self.ware.end * SECONDS
        return moment >= last


class Stockroom:
    def __init__(self, wares: list[Ware], orders: int, calendar: Calendar, rng: Random):
        self.calendar, self.deliveries = calendar, 0
        total = sum(ware.popularity for ware in wares)
        a_day = orders * PIECES_AN_ORDER / DAYS
        self.shelves = {
            ware.product.pk: Shelf(ware, a_day * ware.popularity / total, rng.randint(5, 14))
            for ware in wares
        }
        self.arriving: list[tuple[int, int, int, bool]] = []
        self.movements = [
            self.movement(Kind.OPENING, pk, shelf.on_hand, int(shelf.ware.start * SECONDS), "demo")
            for pk, shelf in self.shelves.items()
        ]

    def take(self, pk: int, asked: int, moment: int) -> int:
        """As many of the asked pieces as there are; what runs low is ordered again."""
        self.arrive(moment)
        shelf = self.shelves[pk]
        if shelf.on_hand < asked and not shelf.closed(moment):
            self.deliver(pk, shelf.batch + asked, moment - 60)
        taken = min(asked, shelf.on_hand)
        shelf.on_hand -= taken
        if shelf.on_hand <= shelf.reorder_level and not shelf.awaits and not shelf.closed(moment):
            shelf.awaits = True
            due = moment + shelf.lead_days * 24 * 3600
            heappush(self.arriving, (due, pk, shelf.batch, True))
        return taken

    def bring_back(self, pk: int, pieces: int, moment: int) -> None:
        heappush(self.arriving, (moment, pk, pieces, False))

    def arrive(self, moment: int) -> None:
        while self.arriving and self.arriving[0][0] <= moment:
            due, pk, pieces, ordered = heappop(self.arriving)
            if ordered:
                self.deliver(pk, pieces, due)
                self.shelves[pk].awaits = False
            else:
                self.shelves[pk].on_hand += pieces

    def deliver(self, pk: int, pieces: int, moment: int) -> None:
        self.deliveries += 1
        shelf = self.shelves[pk]
        shelf.on_hand += pieces
        shelf.restocked = self.calendar.at(moment)
        source = f"demo:{self.deliveries}"
        self.movements.append(self.movement(Kind.RESTOCK, pk, pieces, moment, source))

    def movement(self, kind, pk: int, pieces: int, moment: int, source: str):
        return StockMovement(
            product_id=pk,
            quantity=pieces,
            kind=kind,
            source=source,
            line=pk,
            moved_at=self.calendar.at(moment),
        )

    def write_movements(self) -> None:
        StockMovement.objects.bulk_create(self.movements)
        self.movements = []

    def close(self) -> None:
        """The last deliveries up to now, then the counters."""
        self.arrive(SECONDS - 1)
        self.write_movements()
        Inventory.objects.bulk_create(
            Inventory(
                product_id=pk,
                quantity=shelf.on_hand,
                reorder_level=shelf.reorder_level,
                lead_time_days=shelf.lead_days,
                last_restocked_at=shelf.restocked,
            )
            for pk, shelf in self.shelves.items()
        )
