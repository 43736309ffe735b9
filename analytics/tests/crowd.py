"""A shop with enough customers to fit models to, written past the services: that takes a second."""

from datetime import UTC, date, datetime, timedelta

import numpy as np

from customers.models import Customer
from orders.models import Order, OrderItem

LAST_DAY = date(2026, 6, 30)
DAYS = 360


def crowd(shop, people: int = 520) -> list[Customer]:
    """Customers who come the less often the later they stand in the list; a third leave somewhere.

    Every fourth lives in France; the others in Germany.
    """
    mug, france = shop.product("mug", "10.00"), shop.country("France", "FR", "EUR")
    homes = [france if n % 4 == 3 else shop.germany for n in range(people)]
    customers = Customer.objects.bulk_create(
        Customer(code=f"c{n:03}", name=f"Customer {n}", country=home)
        for n, home in enumerate(homes)
    )
    visits = [(n, day, pieces) for n in range(people) for day, pieces in visits_of(n, people)]
    orders = Order.objects.bulk_create(
        Order(
            number=f"crowd-{n}-{day}", customer=customers[n], country=homes[n], status="delivered",
            currency="EUR", placed_at=at(day), placed_on=LAST_DAY - timedelta(days=day),
            subtotal=10 * pieces, total=10 * pieces,
        )
        for n, day, pieces in visits
    )  # fmt: skip
    OrderItem.objects.bulk_create(
        OrderItem(order=order, product=mug, quantity=pieces, unit_price="10.00")
        for order, (_, _, pieces) in zip(orders, visits, strict=True)
    )
    return customers


def at(days_ago: int) -> datetime:
    return datetime(*LAST_DAY.timetuple()[:3], 12, tzinfo=UTC) - timedelta(days=days_ago)


def visits_of(n: int, people: int) -> list[tuple[int, int]]:
    """How many days ago, and how many pieces."""
    chance = np.random.default_rng(n)
    if n == 0:
        return [(day, 9) for day in range(0, DAYS, 10)]  # the best, who came on the last day too
    every = 40 + 120 * n / people
    days, day = [], int(chance.integers(0, every))
    leaves = day + 1 + int(chance.integers(0, 3 * DAYS))
    while day < min(DAYS, leaves):
        days.append(DAYS - 1 - day)
        day += 1 + int(chance.exponential(every))
    return [(day, int(chance.integers(1, 9))) for day in sorted(set(days), reverse=True)]
