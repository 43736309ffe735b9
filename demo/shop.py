"""A shop with two years of sample data, to look around in.

The same seed on the same day makes the same shop. It ends at last midnight, so that nothing in it
is in the future and it does not depend on the hour at which it was made.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random

from django.db import transaction
from django.db.models import Model

from catalog.models import Product, StockMovement
from customers.models import Customer
from demo.account import create_demo_account
from demo.people import DAYS, Calendar, Person, Population, generate_people, generate_visits
from demo.products import create_products
from demo.sales import Checkout, Return, Sale
from demo.stock import Warehouse
from orders import exchange_rates
from orders.models import Order, OrderItem

SMALL = {"orders": 20_000, "customers": 2_000}
CHUNK = 2_000  # documents held in memory at a time

ShowProgress = Callable[[int, int], None]
Kind = StockMovement.Kind
FILLED_MODELS = (Order, Product, Customer)


class ShopNotEmpty(Exception):
    """There is data already; sample data must not be mixed with it."""


def refuse_filled_shop() -> None:
    for model in FILLED_MODELS:
        if count := model.objects.count():
            raise ShopNotEmpty(f"There are already {count:,} {model._meta.verbose_name_plural}.")


def is_empty() -> bool:
    return not any(model.objects.exists() for model in FILLED_MODELS)


@transaction.atomic
def create_shop(
    *, orders: int, customers: int, seed: int, today: date, progress: ShowProgress = lambda *_: None
) -> None:
    """Write the whole shop, or nothing."""
    refuse_filled_shop()
    create_demo_account()
    # Ten days more, as there may be no rates on the first day of the shop.
    exchange_rates.load_rates(today - timedelta(DAYS + 10))
    rng = Random(f"{seed} {today}")  # noqa: S311 - invents customers, not secrets
    calendar, population = Calendar(today, rng), Population(rng)
    demo_products = create_products(calendar.datetime_of(0), timedelta(DAYS))
    refills = [one for one in demo_products if one.refill]
    people = list(generate_people(customers, calendar, population, refills))
    write_customers(people)
    warehouse = Warehouse(demo_products, orders, calendar, rng)
    checkout = Checkout(rng, demo_products, calendar, population, warehouse)
    write_orders(generate_visits(orders, people, calendar), checkout, progress)
    warehouse.write_inventory()


def write_orders(
    visits: list[tuple[int, Person | None]], checkout: Checkout, progress: ShowProgress
) -> None:
    for start in range(0, len(visits), CHUNK):
        sales, returns = [], []
        for moment, person in visits[start : start + CHUNK]:
            if sale := checkout.sell(moment, person):
                sales.append(sale)
                if returned := checkout.return_some(sale, moment):
                    returns.append(returned)
        write_sales(sales, checkout.calendar)
        write_returns(returns)
        checkout.warehouse.write_movements()
        progress(min(start + CHUNK, len(visits)), len(visits))


def write_customers(people: list[Person]) -> None:
    for start in range(0, len(people), CHUNK):
        insert_with_ids([person.customer for person in people[start : start + CHUNK]], "code")


def write_sales(sales: list[Sale], calendar: Calendar) -> None:
    write_documents(sales)
    movements = []
    for sale in sales:
        at = sale.order.placed_at
        movements += [
            order_movement(Kind.SALE, sale.order, item, -item.quantity, at) for item in sale.items
        ]
        if sale.canceled_at is not None:
            at = calendar.datetime_of(sale.canceled_at)
            movements += [
                order_movement(Kind.CANCEL, sale.order, i, i.quantity, at) for i in sale.items
            ]
    StockMovement.objects.bulk_create(movements)


def write_returns(returns: list[Return]) -> None:
    write_documents(returns)
    StockMovement.objects.bulk_create(
        order_movement(Kind.RETURN, one.order, item, item.quantity, one.order.placed_at)
        for one in returns
        if one.restocked
        for item in one.items
    )


def write_documents(documents: list[Sale] | list[Return]) -> None:
    insert_with_ids([document.order for document in documents], "number")
    # A basket is a set: no document has two lines with the same product.
    insert_with_ids(
        [item for document in documents for item in document.items], "order_id", "product_id"
    )


def order_movement(
    kind: str, order: Order, item: OrderItem, pieces: int, at: datetime
) -> StockMovement:
    return StockMovement(
        product_id=item.product_id,
        quantity=pieces,
        kind=kind,
        source=f"order:{order.pk}",
        line=item.pk,
        moved_at=at,
    )


def insert_with_ids(rows: list[Model], *key: str) -> None:
    """Insert rows; find the new ids by `key` where the database does not return them (MySQL)."""
    if not rows:
        return
    table = type(rows[0])._default_manager
    table.bulk_create(rows)
    if rows[0].pk is None:
        first = {f"{key[0]}__in": [getattr(row, key[0]) for row in rows]}
        ids = {tuple(rest): pk for pk, *rest in table.filter(**first).values_list("pk", *key)}
        for row in rows:
            row.pk = ids[tuple(getattr(row, name) for name in key)]
