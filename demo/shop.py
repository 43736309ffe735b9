"""A believable shop for whoever looks at Ledgerlight for the first time.

The same seed on the same day makes the same shop. It ends at last midnight, so nothing in it lies
in the future and it does not depend on the hour at which it was made.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random

from django.db import transaction
from django.db.models import Model

from accounts.models import User
from accounts.roles import Role
from catalog.models import Product, StockMovement
from customers.models import Customer
from demo.goods import stock_the_shelves
from demo.management.commands.demo_account import EMAIL
from demo.people import DAYS, Calendar, Person, Places, people, visits
from demo.sales import Return, Sale, Till
from demo.stock import Stockroom
from orders import exchange_rates
from orders.models import Order, OrderItem

SMALL = {"orders": 20_000, "customers": 2_000}
CHUNK = 2_000  # documents held in memory at a time

ShowProgress = Callable[[int, int], None]
Kind = StockMovement.Kind


class BooksNotEmpty(Exception):
    """There is a shop already; a demo must not be mixed into it."""


def refuse_if_filled() -> None:
    for model in (Order, Product, Customer):
        if count := model.objects.count():
            raise BooksNotEmpty(f"There are already {count:,} {model._meta.verbose_name_plural}.")


def is_possible() -> bool:
    return not any(model.objects.exists() for model in (Order, Product, Customer))


@transaction.atomic
def fill(
    *, orders: int, customers: int, seed: int, today: date, progress: ShowProgress = lambda *_: None
) -> None:
    """Write the whole shop, or nothing."""
    refuse_if_filled()
    open_account()
    # Ten days more: the first day of the shop may be one without rates.
    exchange_rates.load(today - timedelta(DAYS + 10))
    rng = Random(f"{seed} {today}")  # noqa: S311 - invents customers, not secrets
    calendar, places = Calendar(today, rng), Places(rng)
    wares = stock_the_shelves(calendar.at(0), timedelta(DAYS))
    crowd = write_people(list(people(customers, calendar, places, [w for w in wares if w.refill])))
    room = Stockroom(wares, orders, calendar, rng)
    till = Till(rng, wares, calendar, places)
    trade(visits(orders, crowd, calendar), crowd, till, room, progress)
    room.close()


def open_account() -> None:
    if not User.objects.filter(email=EMAIL).exists():
        User.objects.create_user(EMAIL, name="Demo", role=Role.ADMIN, email_verified=True)


def trade(
    coming: list[tuple[int, int]],
    crowd: list[Person],
    till: Till,
    room: Stockroom,
    progress: ShowProgress,
) -> None:
    for start in range(0, len(coming), CHUNK):
        sales, returns = [], []
        for moment, who in coming[start : start + CHUNK]:
            if sale := till.sell(moment, crowd[who] if who >= 0 else None, room):
                sales.append(sale)
                if back := till.take_back(sale, moment, room):
                    returns.append(back)
        write_sales(sales, till.calendar)
        write_returns(returns)
        room.write_movements()
        progress(min(start + CHUNK, len(coming)), len(coming))


def write_people(crowd: list[Person]) -> list[Person]:
    for start in range(0, len(crowd), CHUNK):
        store([person.customer for person in crowd[start : start + CHUNK]], "code")
    return crowd


def write_sales(sales: list[Sale], calendar: Calendar) -> None:
    write_documents(sales)
    moves = []
    for sale in sales:
        at = sale.order.placed_at
        moves += [movement(Kind.SALE, sale.order, item, -item.quantity, at) for item in sale.items]
        if sale.canceled_at is not None:
            at = calendar.at(sale.canceled_at)
            moves += [movement(Kind.CANCEL, sale.order, i, i.quantity, at) for i in sale.items]
    StockMovement.objects.bulk_create(moves)


def write_returns(returns: list[Return]) -> None:
    write_documents(returns)
    StockMovement.objects.bulk_create(
        movement(Kind.RETURN, back.order, item, item.quantity, back.order.placed_at)
        for back in returns
        if back.restocked
        for item in back.items
    )


def write_documents(documents: list[Sale] | list[Return]) -> None:
    store([document.order for document in documents], "number")
    store([item for document in documents for item in document.items], "order_id", "product_id")


def movement(kind: str, order: Order, item: OrderItem, pieces: int, at: datetime) -> StockMovement:
    return StockMovement(
        product_id=item.product_id,
        quantity=pieces,
        kind=kind,
        source=f"order:{order.pk}",
        line=item.pk,
        moved_at=at,
    )


def store(rows: list[Model], *key: str) -> None:
    """Insert rows; find the new ids by `key` where the database does not tell them (MySQL)."""
    if not rows:
        return
    table = type(rows[0])._default_manager
    table.bulk_create(rows)
    if rows[0].pk is None:
        known = {f"{key[0]}__in": [getattr(row, key[0]) for row in rows]}
        ids = {tuple(rest): pk for pk, *rest in table.filter(**known).values_list("pk", *key)}
        for row in rows:
            row.pk = ids[tuple(getattr(row, name) for name in key)]
