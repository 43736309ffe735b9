"""What was sold, when, where the money came from, and what became of it."""

from datetime import date
from decimal import Decimal as D

import pytest
import time_machine

from orders.models import TaxRate
from orders.services import cancel, pay, return_items
from orders.tests.shop import at

pytestmark = pytest.mark.once


@pytest.fixture
def year(shop):
    """Sells one thing on each of some days, for as much as is said."""
    coin = shop.product("coin", "1.00", stock=100_000)

    def sell(**amounts):
        for day, amount in amounts.items():
            shop.sell((coin, amount), on=day.strip("_").replace("_", "-"))

    return sell


# Day by day


def test_days_without_sales_are_there_and_the_mean_takes_seven_days(year, rows):
    year(_2026_03_01=7, _2026_03_03=14, _2026_03_08=70)
    assert rows("revenue/daily-trend") == [
        (date(2026, 3, 1), D(7), 1, None),
        (date(2026, 3, 2), D(0), 0, None),
        (date(2026, 3, 3), D(14), 1, None),
        (date(2026, 3, 4), D(0), 0, None),
        (date(2026, 3, 5), D(0), 0, None),
        (date(2026, 3, 6), D(0), 0, None),
        (date(2026, 3, 7), D(0), 0, D(3)),
        (date(2026, 3, 8), D(70), 1, D(12)),
    ]


def test_the_mean_knows_the_days_before_the_period(year, ask):
    year(_2026_02_01=1, _2026_02_27=49, _2026_03_05=21)
    trend = ask("revenue/daily-trend", start="2026-03-04", end="2026-03-06")
    assert [(row["revenue"], row["week_mean"]) for row in trend.rows] == [
        (D(0), D(7)),
        (D(21), D(10)),
        (D(0), D(3)),
    ]
    assert trend.totals == {"revenue": D(21), "orders": 1}


# Month by month


def test_a_month_has_its_own_discounts_and_returns(shop, rows):
    mug = shop.product("mug")
    sale = shop.sell((mug, 3, D("3.00")), on="2026-02-10", shipping=D("4.90"))
    shop.sell((mug, 1), on="2026-02-28", customer=None)
    cancel(shop.sell((mug, 5), on="2026-02-11"))
    shop.give_back(sale, 1, on="2026-03-02")
    february, march = date(2026, 2, 1), date(2026, 3, 1)
    assert rows("revenue/monthly") == [
        (february, D(40), D(3), D(0), D(37), 2, 4, D("18.50")),
        (march, D(0), D(0), D(9), D(-9), 0, 0, None),
    ]
    assert rows("revenue/monthly", returns_on="order") == [
        (february, D(40), D(3), D(9), D(28), 2, 4, D("18.50")),
        (march, D(0), D(0), D(0), D(0), 0, 0, None),
    ]


def test_growth_is_told_against_the_month_and_the_year_before(year, rows):
    year(_2025_02_01=40, _2025_03_10=80, _2026_01_31=50, _2026_02_10=100, _2026_03_31=60)
    assert rows("revenue/growth", start="2026-02-01", end="2026-03-31") == [
        (date(2026, 2, 1), "yes", D(100), 1, D(50), D(1), D(60), D("1.5")),
        (date(2026, 3, 1), "yes", D(60), 1, D(-40), D("-0.4"), D(-20), D("-0.25")),
    ]


def test_a_month_that_has_only_begun_is_compared_with_the_same_days(year, columns_of):
    year(_2025_02_01=1, _2025_03_09=10, _2025_03_10=7)
    year(_2026_02_01=1, _2026_02_09=20, _2026_02_10=7, _2026_03_02=42)
    names = ("complete", "revenue", "month_change", "month_growth", "year_change", "year_growth")
    assert columns_of("revenue/growth", *names, start="2026-03-01", end="2026-03-09") == [
        ("no", D(42), D(21), D(1), D(32), D("3.2"))
    ]


def test_what_is_left_of_a_month_is_compared_with_the_same_days(year, columns_of):
    year(_2026_01_01=1, _2026_02_09=20, _2026_02_10=7, _2026_03_09=50, _2026_03_10=21)
    year(_2026_04_30=21)
    names = ("complete", "revenue", "month_change", "month_growth")
    assert columns_of("revenue/growth", *names, start="2026-03-10", end="2026-04-30") == [
        ("no", D(21), D(14), D(2)),
        ("yes", D(21), D(-50), D("-0.704225")),
    ]


@pytest.mark.parametrize("last", ["2026-03-31", "2026-12-31"])
def test_days_that_have_not_come_yet_are_not_compared(year, columns_of, last):
    year(_2026_01_01=1, _2026_02_09=20, _2026_02_10=7, _2026_03_02=40)
    names = ("complete", "revenue", "month_change", "month_growth")
    with time_machine.travel("2026-03-09 12:30", tick=False):
        months = columns_of("revenue/growth", *names, start="2026-03-01", end=last)
    assert months[0] == ("no", D(40), D(20), D(1))
    assert set(months[1:]) <= {("no", D(0), None, None)}


@pytest.mark.parametrize(
    ("now", "complete"), [("2026-03-31 23:00", "no"), ("2026-04-01 00:30", "yes")]
)
def test_a_month_is_complete_when_its_last_day_is_over(year, columns_of, now, complete):
    year(_2026_03_01=1)
    with time_machine.travel(now, tick=False):
        months = columns_of("revenue/growth", "complete", start="2026-03-01", end="2026-03-31")
    assert months == [(complete,)]


def test_long_months_are_compared_with_short_ones_as_a_whole(year, columns_of):
    year(_2026_01_01=1, _2026_01_31=9, _2026_02_28=20, _2026_03_01=30, _2026_03_31=10)
    assert columns_of("revenue/growth", "complete", "month_change", end="2026-03-31") == [
        ("yes", None),
        ("yes", D(10)),
        ("yes", D(20)),
    ]


def test_there_is_no_growth_from_before_the_shop_opened(year, columns_of):
    year(_2026_01_12=10, _2026_02_01=10, _2026_04_30=10)
    names = ("complete", "revenue", "month_change", "month_growth", "year_change")
    assert columns_of("revenue/growth", *names) == [
        ("no", D(10), None, None, None),
        ("yes", D(10), None, None, None),
        ("yes", D(0), D(-10), D(-1), None),
        ("yes", D(10), D(10), None, None),
    ]


# In the day and the week


def test_revenue_and_orders_of_each_hour(shop, rows):
    mug = shop.product("mug")
    sale = shop.sell((mug, 2), on="2026-03-05 09:59")
    shop.sell((mug, 1), on="2026-03-06 23:30", customer=None)
    shop.give_back(sale, 1, on="2026-03-07 10:00")
    hours = dict.fromkeys(range(24), (D(0), 0))
    hours |= {9: (D(20), 1), 10: (D(-10), 0), 23: (D(10), 1)}
    assert rows("revenue/by-hour") == [(hour, *of) for hour, of in hours.items()]


def test_a_weekday_that_comes_twice_has_twice_the_days(shop, rows):
    mug = shop.product("mug")
    shop.sell((mug, 1), on="2026-03-02")  # a Monday
    shop.sell((mug, 3), on="2026-03-09")
    shop.sell((mug, 1), on="2026-03-08", customer=None)
    assert rows("revenue/by-day-of-week", start="2026-03-02", end="2026-03-09") == [
        (1, D(40), 2, D(20), 2, D(20)),
        *((day, D(0), 0, None, 1, D(0)) for day in range(2, 7)),
        (7, D(10), 1, D(10), 1, D(10)),
    ]


def test_weekdays_that_the_period_does_not_have_count_no_days(shop, rows):
    shop.sell((shop.product("mug"), 1), on="2026-03-03")
    none = [(day, D(0), 0, None, 0, None) for day in range(3, 8)]
    assert rows("revenue/by-day-of-week") == [
        (1, D(0), 0, None, 0, None),
        (2, D(10), 1, D(10), 1, D(10)),
        *none,
    ]


# Where it comes from


@pytest.fixture
def shelves(shop):
    """Tea stands among the drinks, at a lower tax; a pin stands nowhere."""
    tea = shop.product("tea", "5.00", cost="2.00", category="Tea")
    juice = shop.product("juice", category="Drinks")
    pin = shop.product("pin", "2.00")
    tea.category.parent = juice.category
    tea.category.save()
    TaxRate.objects.create(
        country=shop.germany, category=juice.category, rate=D(7), valid_from="2007-01-01"
    )
    france = shop.country("France", "FR", "EUR", "5.5")
    sale = shop.sell((tea, 4), (juice, 2), (pin, 1), on="2026-03-05", shipping=D("4.90"))
    shop.sell((tea, 2, D("1.00")), on="2026-03-06", customer=None)
    shop.sell((pin, 5), on="2026-03-07", customer=shop.customer("ben", france))
    sale = pay(sale)
    return_items(sale, {sale.items.get(product=tea): 1}, at=at("2026-03-09"))
    return shop


def test_revenue_of_categories_and_of_what_stands_nowhere(shelves, ask):
    answer = ask("revenue/by-category")
    assert [tuple(row.values()) for row in answer.rows] == [
        ("Tea", D(30), D(1), D(5), D(24), D("0.428571"), 2, 6, D("0.583333")),
        ("Drinks", D(20), D(0), D(0), D(20), D("0.357143"), 1, 2, None),
        ("Uncategorised", D(12), D(0), D(0), D(12), D("0.214286"), 2, 6, None),
    ]
    assert (answer.totals["revenue"], answer.totals["orders"]) == (D(56), 3)


def test_what_stands_inside_a_category_belongs_to_it(shelves, columns_of):
    names = ("category", "revenue", "share")
    assert columns_of("revenue/by-category", *names, category="Drinks") == [
        ("Tea", D(24), D("0.545455")),
        ("Drinks", D(20), D("0.454545")),
    ]


def test_what_becomes_of_the_gross_sales(shelves, rows):
    assert rows("revenue/breakdown") == [
        ("Gross sales", D(62)),
        ("Discounts", D(-1)),
        ("Returns", D(-5)),
        ("Net sales", D(56)),
        ("Tax", D("4.38")),  # 0.37 of it on the shipping
        ("Shipping", D("4.90")),
        ("Total sales", D("65.28")),
    ]


def test_a_category_has_no_shipping(shelves, rows):
    assert rows("revenue/breakdown", category="Tea") == [
        ("Gross sales", D(30)),
        ("Discounts", D(-1)),
        ("Returns", D(-5)),
        ("Net sales", D(24)),
        ("Tax", D("1.68")),
        ("Shipping", D(0)),
        ("Total sales", D("25.68")),
    ]


def test_tax_of_each_rate_in_each_country(shelves, ask):
    answer = ask("revenue/tax")
    assert [tuple(row.values()) for row in answer.rows] == [
        ("France", D("0.055"), D(10), D(0), D("0.55")),
        ("Germany", D("0.07"), D(44), D("4.67"), D("3.41")),
        ("Germany", D("0.19"), D(2), D("0.23"), D("0.42")),
    ]
    assert answer.totals == {"revenue": D(56), "tax": D("4.38")}


# Nothing sold


@pytest.mark.parametrize(
    "path",
    ["daily-trend", "monthly", "growth", "by-hour", "by-day-of-week", "by-category", "tax"],
)
def test_a_shop_that_never_sold_anything_has_no_rows(shop, rows, path):
    assert rows(f"revenue/{path}") == []


def test_a_shop_that_never_sold_anything_breaks_down_to_nothing(shop, rows):
    assert {amount for _, amount in rows("revenue/breakdown")} == {D(0)}
