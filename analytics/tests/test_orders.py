"""When orders come, how large they are, how far they are, and how long until the next."""

from datetime import date
from decimal import Decimal as D

import pytest

from analytics.semantics.filters import Refused
from orders.services import cancel, deliver, pay, return_items, ship
from orders.tests.shop import at

pytestmark = pytest.mark.once


@pytest.fixture
def week(shop):
    """Three orders of two customers and one of a guest; one is canceled, one comes back."""
    mug, ben = shop.product("mug", stock=1000), shop.customer("ben")
    shop.sell((mug, 2), on="2026-03-02 09:15")  # a Monday
    sale = pay(shop.sell((mug, 4, D("10.00")), on="2026-03-02 09:45", customer=ben))
    shop.sell((mug, 1), on="2026-03-02 20:00")
    shop.sell((mug, 1), on="2026-03-08 23:59", customer=None)  # a Sunday
    cancel(shop.sell((mug, 9), on="2026-03-04 09:00"))
    return_items(sale, {sale.items.get(): 2}, at=at("2026-03-09 10:00"))
    return shop


def filled(keys, nothing, **found):
    """The rows of all keys: `k9=(…)` is what was found for 9."""
    return [(key, *found.get(f"k{key}", nothing)) for key in keys]


# When


def test_orders_customers_and_units_of_each_hour(week, ask):
    answer = ask("orders/by-hour")
    assert [tuple(row.values()) for row in answer.rows] == filled(
        range(24), (0, 0, 0), k9=(2, 2, 6), k20=(1, 1, 1), k23=(1, 0, 1)
    )
    assert answer.totals == {"orders": 4, "customers": 2, "units": 8}


def test_orders_of_each_weekday_and_how_many_of_them_there_were(week, rows):
    assert rows("orders/by-day-of-week") == filled(
        range(1, 8), (0, 1, D(0)), k1=(3, 2, D("1.5")), k7=(1, 1, D(1))
    )


def test_orders_of_each_day_of_the_month(week, rows):
    days = rows("orders/by-day-of-month", start="2026-02-01", end="2026-03-31")
    assert days == [
        (1, 0, 2, D(0)),
        (2, 3, 2, D("1.5")),
        *((day, 0, 2, D(0)) for day in range(3, 8)),
        (8, 1, 2, D("0.5")),
        *((day, 0, 2, D(0)) for day in range(9, 29)),
        *((day, 0, 1, D(0)) for day in range(29, 32)),
    ]


def test_the_same_month_of_all_years_is_one(week, rows):
    week.sell((week.product("pot"), 1), on="2025-03-31")
    months = rows("orders/by-month", start="2025-03-01", end="2026-03-31")
    assert months[:4] == [
        ("January", 0, 31, D(0)),
        ("February", 0, 28, D(0)),
        ("March", 5, 62, D("0.080645")),
        ("April", 0, 30, D(0)),
    ]
    assert [row[0] for row in months[4:]] == [
        *("May", "June", "July", "August"),
        *("September", "October", "November", "December"),
    ]


def test_days_that_the_period_does_not_have_are_there_without_a_mean(week, rows):
    one_day = {"start": "2026-03-02", "end": "2026-03-02"}
    none = (0, 0, None)
    assert rows("orders/by-day-of-week", **one_day) == filled(range(1, 8), none, k1=(3, 1, D(3)))
    assert rows("orders/by-day-of-month", **one_day) == filled(range(1, 32), none, k2=(3, 1, D(3)))
    months = rows("orders/by-month", **one_day)
    assert (len(months), months[2]) == (12, ("March", 3, 1, D(3)))


def test_days_of_the_leap_year_are_not_counted_twice(shop, rows):
    shop.sell((shop.product("mug"), 1), on="2024-02-29")
    days = rows("orders/by-day-of-month", start="2024-01-01", end="2024-12-31")
    assert days[28] == (29, 1, 12, D("0.083333"))
    assert sum(row[2] for row in days) == 366


def test_every_hour_of_every_weekday_has_its_orders_and_revenue(week, rows):
    found = {(1, 9): (2, D(50)), (1, 20): (1, D(10)), (7, 23): (1, D(10)), (1, 10): (0, D(-15))}
    cells = [(day, hour) for day in range(1, 8) for hour in range(24)]
    assert rows("orders/heatmap") == [(*cell, *found.get(cell, (0, D(0)))) for cell in cells]


def test_the_value_of_orders_of_each_hour(week, ask):
    answer = ask("orders/value-by-hour")
    assert [tuple(row.values()) for row in answer.rows] == filled(
        range(24),
        (None, None, 0),
        k9=(D(25), D(3), 2),
        k20=(D(10), D(1), 1),
        k23=(D(10), D(1), 1),
    )
    assert answer.totals == {"aov": D("17.50"), "items_per_order": D(2), "orders": 4}


# How long until the next


@pytest.fixture
def returning(shop):
    """Anna orders after 0, 6, 8 and 85 days, Ben after 7; the guest, the canceled and the returned
    order follow nothing."""
    mug, ben = shop.product("mug"), shop.customer("ben")
    shop.sell((mug, 1), on="2026-01-01 09:00")
    sale = pay(shop.sell((mug, 1), on="2026-01-01 19:00"))
    shop.sell((mug, 1), on="2026-01-07")
    shop.sell((mug, 1), on="2026-01-15")
    shop.sell((mug, 1), on="2026-04-10")
    shop.sell((mug, 1), on="2026-01-02", customer=ben)
    shop.sell((mug, 1), on="2026-01-09", customer=ben)
    cancel(shop.sell((mug, 1), on="2026-01-10", customer=ben))
    shop.sell((mug, 1), on="2026-01-11", customer=None)
    shop.sell((mug, 1), on="2026-01-12", customer=None)
    return_items(sale, {sale.items.get(): 1}, at=at("2026-01-20"))
    return ben


def test_days_between_an_order_and_the_next_one_of_the_customer(returning, rows):
    spans = ["0 to 6", "7 to 13", *(f"{7 * n} to {7 * n + 6}" for n in range(2, 13)), "91 or more"]
    times = {"0 to 6": 2, "7 to 13": 2, "84 to 90": 1}
    so_far = [D("0.4"), *[D("0.8")] * 11, D(1), D(1)]
    assert rows("orders/days-between") == [
        (span, times.get(span, 0), D(times.get(span, 0)) / 5, share)
        for span, share in zip(spans, so_far, strict=True)
    ]


def test_spans_are_as_wide_and_as_many_as_asked(returning, rows):
    assert rows("orders/days-between", width=8, bins=3) == [
        ("0 to 7", 3, D("0.6"), D("0.6")),
        ("8 to 15", 1, D("0.2"), D("0.8")),
        ("16 or more", 1, D("0.2"), D(1)),
    ]
    assert rows("orders/days-between", width=1, bins=2) == [
        ("0", 1, D("0.2"), D("0.2")),
        ("1 or more", 4, D("0.8"), D(1)),
    ]


def test_an_order_follows_one_that_was_before_the_period(returning, columns_of):
    april = {"start": "2026-04-01", "end": "2026-04-30"}
    spans = columns_of("orders/days-between", "days", "times", width=85, bins=2, **april)
    assert spans == [("0 to 84", 0), ("85 or more", 1)]


def test_how_regularly_each_customer_orders(returning, shop, rows):
    shop.sell((shop.product("pot"), 1), on="2026-01-05", customer=shop.customer("once"))
    assert rows("orders/days-between-by-customer") == [
        (shop.anna.pk, "anna", "Anna", 4, D("24.75"), 0, 85, date(2026, 4, 10)),
        (returning.pk, "ben", "Ben", 1, D(7), 7, 7, date(2026, 1, 9)),
    ]


def test_the_mean_of_the_days_between_orders_is_one_number(returning, rows):
    assert rows("orders/mean-days-between") == [(2, 5, D("21.2"))]
    assert rows("orders/mean-days-between", start="2026-04-01") == [(1, 1, D(85))]


def test_each_customer_has_a_first_a_second_and_a_last_order(returning, shop, columns_of):
    shop.sell((shop.product("pot"), 1), on="2026-01-05", customer=shop.customer("once"))
    columns = ("code", "first_order", "second_order", "last_order")
    lengths = ("days_to_second", "lifetime_days", "orders")
    assert columns_of("customers/order-dates", *columns, *lengths) == [
        ("anna", date(2026, 1, 1), date(2026, 1, 1), date(2026, 4, 10), 0, 99, 5),
        ("ben", date(2026, 1, 2), date(2026, 1, 9), date(2026, 1, 9), 7, 7, 2),
        ("once", date(2026, 1, 5), None, date(2026, 1, 5), None, 0, 1),
    ]


@pytest.mark.parametrize(
    "given", [{"width": 0}, {"width": 366}, {"bins": 1}, {"bins": 101}, {"bins": "many"}]
)
def test_spans_that_make_no_sense_are_refused_by_name(db, ask, given):
    with pytest.raises(Refused) as refused:
        ask("orders/days-between", **given)
    assert refused.value.reasons.keys() == given.keys()


# How far


def test_every_state_has_its_documents_and_what_they_are_worth(week, rows):
    pot = week.product("pot", "30.00")
    pay(week.sell((pot, 1)))
    ship(pay(week.sell((pot, 1))))
    deliver(ship(pay(week.sell((pot, 1, D("6.00"))))))
    assert rows("orders/status") == [
        ("pending", 3, D(40)),
        ("paid", 2, D(60)),
        ("shipped", 1, D(30)),
        ("delivered", 1, D(24)),
        ("canceled", 1, D(90)),
        ("refunded", 1, D(15)),
    ]


# Nothing sold


@pytest.mark.parametrize(
    "path",
    [
        *("by-hour", "by-day-of-week", "by-day-of-month", "by-month", "heatmap", "value-by-hour"),
        *("days-between-by-customer", "status"),
    ],
)
def test_a_shop_that_never_sold_anything_has_no_rows(shop, rows, path):
    assert rows(f"orders/{path}") == []


def test_without_orders_there_is_no_mean(shop, rows):
    assert rows("orders/mean-days-between") == [(0, 0, None)]
    assert rows("customers/order-dates") == []


def test_without_orders_none_follows_another(shop, rows):
    assert rows("orders/days-between", bins=2) == [
        ("0 to 6", 0, None, None),
        ("7 or more", 0, None, None),
    ]
