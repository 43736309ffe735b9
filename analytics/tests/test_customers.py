"""Who buys, how many are new, how many come again."""

from datetime import date
from decimal import Decimal as D

import pytest

from analytics.semantics.filters import Reader, Refused
from analytics.semantics.report import reports
from customers.models import Customer
from orders.services import cancel

pytestmark = pytest.mark.once

PATHS = [path for path in reports() if path.startswith("customers/")]
UNFITTED = [path for path in PATHS if not reports()[path].note]  # others have tests of their own


@pytest.fixture
def mug(shop):
    return shop.product("mug")


def month(number):
    return date(2026, number, 1)


# All of them


@pytest.mark.parametrize("path", PATHS)
def test_a_report_that_names_customers_is_personal(path):
    names = {column.name for column in reports()[path].columns}
    assert reports()[path].personal == ("customer" in names)


@pytest.mark.parametrize("path", PATHS)
def test_a_shop_without_customers_has_nothing_to_tell(db, ask, path):
    values = [value for row in ask(path).rows for value in row.values()]
    assert set(values) <= {0, None}


@pytest.mark.parametrize("path", UNFITTED)
def test_a_manager_sees_what_an_admin_sees_of_the_country(shop, mug, ask, path):
    france = shop.country("France", "FR")
    shop.sell((mug, 1), on="2026-02-10", customer=shop.customer("luc", france))
    shop.sell((mug, 1), on="2026-02-20")
    marie = shop.customer("marie", france)
    for number in range(1, 5):
        shop.sell((mug, number), on=f"2026-0{number}-05", customer=marie)
        shop.sell((mug, 1), on="2026-03-05 23:00")
    shop.give_back(shop.sell((mug, 3), on="2026-04-05"), 2, on="2026-04-09")
    filters = {"start": "2026-02-01", "end": "2026-05-31"}
    manager = ask(path, reader=Reader((shop.germany.pk,)), **filters)
    assert manager.rows
    assert manager.rows == ask(path, country="DE", **filters).rows
    assert manager.rows != ask(path, **filters).rows
    assert manager.totals == ask(path, country="DE", **filters).totals


# Top


def test_customers_are_ranked_by_what_they_bring_in(shop, mug, rows):
    bob = shop.customer("bob")
    shop.sell((mug, 1), on="2026-03-01")
    shop.sell((mug, 1), on="2026-03-09")
    shop.give_back(shop.sell((mug, 7), on="2026-03-04", customer=bob), 2, on="2026-03-20")
    shop.sell((mug, 30), on="2026-03-04", customer=None)
    cancel(shop.sell((mug, 9), on="2026-03-10"))
    assert rows("customers/top") == [
        (bob.pk, "bob", "Bob", D(50), 1, 7, date(2026, 3, 4)),
        (shop.anna.pk, "anna", "Anna", D(20), 2, 2, date(2026, 3, 9)),
    ]


@pytest.mark.parametrize(
    ("by", "best"),
    [("revenue", "anna bob carl"), ("orders", "carl anna bob"), ("units", "bob carl anna")],
)
def test_the_largest_are_the_largest_in_what_is_asked_for(shop, columns_of, by, best):
    mug, pot = shop.product("mug"), shop.product("pot", "90.00")
    bob, carl = shop.customer("bob"), shop.customer("carl")
    shop.sell((pot, 1))
    shop.sell((mug, 5), customer=bob)
    for day in ("2026-03-06", "2026-03-07"):
        shop.sell((mug, 1), on=day, customer=carl)
    assert columns_of("customers/top", "code", by=by) == [(code,) for code in best.split()]


def test_equals_stand_in_the_order_of_their_ids(shop, mug, columns_of):
    people = [shop.customer(code) for code in ("zoe", "bob", "carl")]
    for customer in reversed(people):
        shop.sell((mug, 2), customer=customer)
    assert columns_of("customers/top", "code", limit=2) == [("zoe",), ("bob",)]


def test_the_totals_of_the_top_are_those_of_all_customers(shop, mug, ask):
    shop.sell((mug, 2))
    shop.sell((mug, 5), customer=shop.customer("bob"))
    top = ask("customers/top", limit=1)
    assert [row["revenue"] for row in top.rows] == [D(50)]
    assert top.totals == {"revenue": D(70), "orders": 2, "units": 7}


def test_who_only_gives_back_in_the_period_is_no_customer_of_it(shop, mug, rows):
    shop.give_back(shop.sell((mug, 2), on="2026-02-05"), 1, on="2026-03-05")
    march = {"start": "2026-03-01", "end": "2026-03-31"}
    assert rows("customers/top", **march) == rows("customers/rfm", **march) == []
    assert rows("customers/repeat-rate", **march) == [(0, 0, None)]


@pytest.mark.parametrize(
    "wrong", [{"limit": 0}, {"limit": 10_001}, {"limit": "all"}, {"by": "name"}, {"days": 3}]
)
def test_what_is_not_a_ranking_is_refused(db, ask, wrong):
    with pytest.raises(Refused, match=next(iter(wrong))):
        ask("customers/top", **wrong)


# By country


def test_countries_are_those_of_the_orders(shop, mug, ask, rows):
    france = shop.country("France", "FR")
    shop.sell((mug, 1), on="2026-03-01")
    shop.sell((mug, 3), on="2026-03-02")
    shop.sell((mug, 2), on="2026-03-03", country=france)
    shop.sell((mug, 7), on="2026-03-03", customer=shop.customer("marie", france))
    shop.sell((mug, 50), on="2026-03-03", customer=None)
    assert rows("customers/by-country") == [
        (france.pk, "France", "FR", 2, 2, D(90), D(45), D(1)),
        (shop.germany.pk, "Germany", "DE", 1, 2, D(40), D(40), D(2)),
    ]
    totals = ask("customers/by-country").totals
    assert (totals["customers"], totals["orders"], totals["revenue"]) == (2, 4, D(130))


# New and returning


def test_a_customer_is_new_in_the_month_of_the_first_order_and_returns_later(shop, mug, rows):
    bob = shop.customer("bob")
    shop.sell((mug, 1), on="2026-01-05")
    sale = shop.sell((mug, 2), on="2026-01-20")
    shop.sell((mug, 5), on="2026-01-20", customer=None)
    shop.give_back(sale, 1, on="2026-02-10")
    shop.sell((mug, 3), on="2026-04-30")
    shop.sell((mug, 4), on="2026-04-01", customer=bob)
    assert rows("customers/new-vs-returning", end="2026-05-31") == [
        (month(1), 1, 0, D(30), D(0), D(50)),
        (month(2), 0, 0, D(0), D(-10), D(0)),
        (month(3), 0, 0, D(0), D(0), D(0)),
        (month(4), 1, 1, D(40), D(30), D(0)),
        (month(5), 0, 0, D(0), D(0), D(0)),
    ]


def test_who_bought_before_the_period_is_not_new_in_it(shop, mug, columns_of):
    shop.sell((mug, 1), on="2026-01-05")
    shop.sell((mug, 1), on="2026-02-05")
    shown = columns_of(
        "customers/new-vs-returning", "new_customers", "returning_customers", start="2026-02-01"
    )
    assert shown == [(0, 1)]


def test_a_canceled_first_order_makes_nobody_a_customer(shop, mug, columns_of):
    cancel(shop.sell((mug, 1), on="2026-01-05"))
    shop.sell((mug, 1), on="2026-02-05")
    shown = columns_of("customers/new-vs-returning", "month", "new_customers", start="2026-01-01")
    assert shown == [(month(1), 0), (month(2), 1)]


def test_the_circle_of_customers_grows_by_the_new_ones(shop, mug, rows):
    for day, code in [("2025-12-31", "x"), ("2026-01-10", "y"), ("2026-01-20", "z")]:
        shop.sell((mug, 1), on=day, customer=shop.customer(code))
    shop.sell((mug, 1), on="2026-02-05", customer=Customer.objects.get(code="x"))
    shop.sell((mug, 1), on="2026-03-05")
    shop.sell((mug, 1), on="2026-03-05", customer=None)
    whole = [(date(2025, 12, 1), 1, 1), (month(1), 2, 3), (month(2), 0, 3), (month(3), 1, 4)]
    assert rows("customers/growth") == whole
    assert rows("customers/growth", start="2026-01-15") == [(month(1), 1, 3), *whole[2:]]


# How many come again


def test_only_orders_of_the_period_count_for_the_repeat_rate(shop, mug, rows):
    bob, carl = shop.customer("bob"), shop.customer("carl")
    for day in ("2026-02-28", "2026-03-01"):
        shop.sell((mug, 1), on=day)
    for day in ("2026-03-02", "2026-03-03"):
        shop.sell((mug, 1), on=day, customer=bob)
        shop.sell((mug, 1), on=day, customer=None)
    shop.give_back(shop.sell((mug, 1), on="2026-03-04", customer=carl), 1, on="2026-03-05")
    assert rows("customers/repeat-rate", start="2026-03-01") == [(3, 1, D("0.333333"))]
    assert rows("customers/repeat-rate", start="2026-04-01", end="2026-04-30") == [(0, 0, None)]


def test_customers_are_counted_by_what_they_did(shop, mug, ask):
    bob, carl = shop.customer("bob"), shop.customer("carl")
    shop.customer("dora")
    Customer.objects.update(registered_at="2026-01-01T00:00Z")
    Customer.objects.filter(code="dora").update(registered_at="2026-03-31T23:59Z")
    shop.sell((mug, 1), on="2026-02-01")
    shop.sell((mug, 1), on="2026-03-01", customer=bob)
    shop.sell((mug, 1), on="2026-03-02", customer=bob)
    shop.sell((mug, 1), on="2026-03-02", customer=None)
    cancel(shop.sell((mug, 1), on="2026-03-02", customer=carl))
    (row,) = ask("customers/stats", start="2026-03-01", end="2026-03-31").rows
    assert row == {
        "registered": 4, "never_bought": 2, "ever_bought": 2, "one_time": 1, "repeat": 1,
        "customers": 1, "new_customers": 1, "guests": 1,
    }  # fmt: skip
    (before,) = ask("customers/stats", end="2026-03-30").rows
    assert (before["registered"], before["never_bought"]) == (3, 1)
