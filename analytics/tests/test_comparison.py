"""A number is compared with the same thing of the same earlier time, or with nothing."""

import csv
import io
from datetime import date
from decimal import Decimal as D

import pytest
from django.utils.datastructures import MultiValueDict

from analytics.faces import render_query
from analytics.pages.report_links import ReportLinks
from analytics.pages.tiles import kpi_tile
from analytics.query.query import build_query
from analytics.semantics.comparison import compare, growth
from analytics.semantics.filters import Reader
from analytics.semantics.periods import Period
from analytics.semantics.report import reports

pytestmark = pytest.mark.once

LONG_AFTER = date(2030, 1, 1)


def days(text: str) -> Period:
    return Period(*map(date.fromisoformat, text.split(" to ")))


@pytest.mark.parametrize(
    ("period", "name", "earlier"),
    [
        # Whole calendar periods with whole ones
        ("2026-10-01 to 2026-10-31", "previous_period", "2026-09-01 to 2026-09-30"),
        ("2026-02-01 to 2026-02-28", "previous_period", "2026-01-01 to 2026-01-31"),
        ("2026-04-01 to 2026-06-30", "previous_period", "2026-01-01 to 2026-03-31"),
        ("2026-01-01 to 2026-03-31", "previous_period", "2025-10-01 to 2025-12-31"),
        ("2024-01-01 to 2024-12-31", "previous_period", "2023-01-01 to 2023-12-31"),
        ("2025-11-01 to 2026-10-31", "previous_period", "2024-11-01 to 2025-10-31"),
        ("2026-03-02 to 2026-03-08", "previous_period", "2026-02-23 to 2026-03-01"),
        # Days of a month, of a year, with the same days
        ("2026-03-01 to 2026-03-09", "previous_period", "2026-02-01 to 2026-02-09"),
        ("2026-03-01 to 2026-03-30", "previous_period", "2026-02-01 to 2026-02-28"),
        ("2026-01-01 to 2026-08-20", "previous_period", "2025-01-01 to 2025-08-20"),
        # Other days with as many before
        ("2026-03-01 to 2026-03-01", "previous_period", "2026-02-28 to 2026-02-28"),
        ("2026-03-10 to 2026-03-20", "previous_period", "2026-02-27 to 2026-03-09"),
        ("2026-10-01 to 2026-11-15", "previous_period", "2026-08-16 to 2026-09-30"),
        # A year ago
        ("2026-10-01 to 2026-10-31", "previous_year", "2025-10-01 to 2025-10-31"),
        ("2025-02-01 to 2025-02-28", "previous_year", "2024-02-01 to 2024-02-29"),
        ("2024-02-01 to 2024-02-29", "previous_year", "2023-02-01 to 2023-02-28"),
        ("2024-03-14 to 2024-03-20", "previous_year", "2023-03-14 to 2023-03-20"),
    ],
)
def test_calendar_periods_are_compared_with_calendar_periods(period, name, earlier):
    assert compare(days(period), name, LONG_AFTER).earlier == days(earlier)


@pytest.mark.parametrize(
    ("period", "name", "earlier"),
    [
        ("2026-11-01 to 2026-11-30", "previous_period", "2026-10-01 to 2026-10-28"),
        ("2026-10-01 to 2026-12-31", "previous_period", "2026-07-01 to 2026-08-28"),
        ("2026-01-01 to 2026-12-31", "previous_period", "2025-01-01 to 2025-11-28"),
        ("2026-11-22 to 2026-12-05", "previous_period", "2026-11-15 to 2026-11-21"),
        ("2026-11-01 to 2026-11-30", "previous_year", "2025-11-01 to 2025-11-28"),
    ],
)
def test_of_a_period_that_is_not_over_only_the_days_so_far_count(period, name, earlier):
    assert compare(days(period), name, date(2026, 11, 28)).earlier == days(earlier)


@pytest.mark.parametrize(
    ("now", "then", "expected"),
    [
        (D(150), D(100), D("0.5")),
        (D(50), D(-100), None),
        (D(50), D(0), None),
        (D(0), D(50), D(-1)),
        (3, 2, D("0.5")),
        (None, D(1), None),
        (D(1), None, None),
    ],
)
def test_growth_has_no_value_where_the_base_is_not_above_zero(now, then, expected):
    assert growth(now, then) == expected


# Rows


@pytest.fixture
def coins(shop):
    """Sells so many coins of 1.00 on each of these days."""
    coin = shop.product("coin", "1.00", stock=100_000)

    def sell(sold: dict[str, int], **more):
        for day, amount in sold.items():
            shop.sell((coin, amount), on=day, **more)

    return sell


@pytest.fixture
def compared(db):
    """Key, value and the earlier value beside it, as the CSV has them."""

    def tell(path, name, key, **parameters):
        given = {name: [text] for name, text in parameters.items()}
        content = render_query(build_query(reports()[path], MultiValueDict(given), Reader()), "csv")
        rows = csv.DictReader(io.StringIO(content.decode()))
        return {row[key]: (row[name], row[f"{name}_before"]) for row in rows}

    return tell


OCTOBER = {"start": "2026-10-01", "end": "2026-10-31"}


def test_a_month_stands_beside_the_month_before_and_the_same_of_a_year_ago(coins, compared):
    coins({"2025-10-20": 7, "2026-08-31": 1, "2026-09-01": 2, "2026-09-30": 3, "2026-10-05": 9})
    for name, before in (("previous_period", "5.00"), ("previous_year", "7.00")):
        asked = {**OCTOBER, "compare": name}
        assert compared("revenue/monthly", "revenue", "month", **asked) == {
            "2026-10": ("9.00", before)
        }


def test_a_day_stands_beside_the_same_day_of_the_month_before(coins, compared):
    coins({"2026-08-31": 1, "2026-09-01": 2, "2026-09-30": 3, "2026-10-01": 9})
    rows = compared("analytics/daily", "revenue", "date", **OCTOBER, compare="previous_period")
    assert len(rows) == 31
    assert rows["2026-10-01"] == ("9.00", "2.00")
    assert (rows["2026-10-30"], rows["2026-10-31"]) == (("0.00", "3.00"), ("0.00", ""))


def test_a_day_of_a_leap_year_stands_beside_the_same_date_of_the_year_before(coins, compared):
    coins({"2023-01-01": 1, "2023-02-28": 4, "2023-03-14": 5, "2023-03-15": 6, "2024-03-14": 7})
    year = {"start": "2024-01-01", "end": "2024-12-31", "compare": "previous_year"}
    rows = compared("revenue/daily-trend", "revenue", "date", **year)
    assert rows["2024-03-14"] == ("7.00", "5.00")
    assert rows["2024-02-28"] == ("0.00", "4.00")
    assert rows["2024-02-29"] == ("0.00", "")


def test_days_that_are_no_calendar_period_stand_beside_as_many_before(coins, compared):
    coins({"2026-03-03": 1, "2026-03-04": 2, "2026-03-06": 4})
    asked = {"start": "2026-03-05", "end": "2026-03-06", "compare": "previous_period"}
    assert compared("analytics/daily", "revenue", "date", **asked) == {
        "2026-03-05": ("0.00", "1.00"),
        "2026-03-06": ("4.00", "2.00"),
    }


def test_a_weekday_stands_beside_the_same_weekday(coins, compared):
    coins({"2026-03-02": 1, "2026-03-08": 2, "2026-03-09": 4})
    asked = {"start": "2026-03-09", "end": "2026-03-15", "compare": "previous_period"}
    rows = compared("revenue/by-day-of-week", "revenue", "weekday", **asked)
    assert (rows["Monday"], rows["Sunday"]) == (("4.00", "1.00"), ("0.00", "2.00"))


def test_a_cohort_stands_beside_the_cohort_of_the_month_before_at_the_same_age(
    shop, coins, compared
):
    coins({"2026-02-01": 1, "2026-04-05": 1}, customer=shop.customer("bob"))
    coins({"2026-03-01": 1, "2026-04-02": 1}, customer=shop.customer("carl"))
    quarter = {"start": "2026-04-01", "end": "2026-06-30", "compare": "previous_period"}
    coins({"2026-04-01": 1, "2026-06-01": 1})
    assert compared("customers/cohorts", "customers", "age", **quarter) == {
        "0": ("1", ""),  # nobody was new in January
        "1": ("0", ""),
        "2": ("1", ""),
    }
    coins({"2026-01-01": 1, "2026-02-02": 1}, customer=shop.customer("dora"))
    assert compared("customers/cohorts", "customers", "age", **quarter) == {
        "0": ("1", "1"),
        "1": ("0", "1"),
        "2": ("1", "0"),
    }


def test_a_tax_rate_stands_beside_the_same_rate(shop, coins, compared):
    coins({"2026-02-10": 100})
    shop.country("Germany", "DE", "EUR", "7")
    coins({"2026-02-11": 200, "2026-03-01": 300})
    march = {"start": "2026-03-01", "end": "2026-03-31", "compare": "previous_period"}
    assert compared("revenue/tax", "tax", "tax_rate", **march) == {"0.07": ("21.00", "14.00")}


def test_one_february_has_one_value_in_every_report(coins, ask):
    coins({"2023-01-01": 1, "2024-02-10": 10, "2024-02-29": 30, "2025-02-20": 60})
    february = {"start": "2025-02-01", "end": "2025-02-28"}
    (grown,) = ask("revenue/growth", **february).rows
    months = ask("revenue/monthly", **february, compare="previous_year")
    kpis = ask("analytics/kpis", **february, compare="previous_year")
    assert [result.before.rows[0]["revenue"] for result in (months, kpis)] == [D(40), D(40)]
    assert (grown["year_change"], grown["year_growth"]) == (D(20), D("0.5"))


def test_the_last_day_of_a_month_that_is_not_over_is_compared_with_that_day(
    coins, ask, time_machine
):
    coins({"2025-12-01": 1, "2026-01-28": 10, "2026-01-31": 20, "2026-02-28": 40})
    asked = {"start": "2026-02-01", "end": "2026-02-28"}
    for now, change in (("2026-02-28 12:00Z", D(30)), ("2026-03-01 12:00Z", D(10))):
        time_machine.move_to(now, tick=False)
        (row,) = ask("revenue/growth", **asked).rows
        before = ask("revenue/monthly", **asked, compare="previous_period").before.rows[0]
        assert (row["month_change"], row["revenue"] - before["revenue"]) == (change, change)


def test_json_tells_which_earlier_row_belongs_to_which(coins, ask):
    coins({"2026-03-01": 1, "2026-03-06": 4})
    days_of_march = {"start": "2026-03-05", "end": "2026-03-06", "compare": "previous_year"}
    result = ask("products/top", **days_of_march)
    assert result.matches.to_pylist() == [None]
    days_of_march["compare"] = "previous_period"
    assert ask("analytics/daily", **days_of_march).matches.to_pylist() == [0, 1]


# What is not wholly known


def test_there_is_no_growth_against_days_before_the_shop_opened(shop, coins, columns_of):
    france = shop.country("France", "FR", "EUR", "20")
    coins({"2026-03-10": 10}, customer=None, country=france)
    coins({"2026-03-12": 10, "2026-03-20": 20, "2026-03-22": 30})
    asked = {"start": "2026-03-20", "end": "2026-03-29"}  # ten days, and as many before
    for path in ("geographic/country-performance", "products/performance"):
        assert columns_of(path, "growth", **asked)[0] == (
            (D("1.5"),) if "prod" in path else (D(4),)
        )
        assert columns_of(path, "growth", **{**asked, "end": "2026-03-30"})[0] == (None,)
    asked["start"] = "2026-03-21"  # from the 12th on: only then Germany was open
    assert columns_of("geographic/country-performance", "growth", **asked, country="DE") == [
        (D(0),)
    ]
    asked["end"] = "2026-03-30"
    assert columns_of("geographic/country-performance", "growth", **asked, country="DE") == [
        (None,)
    ]


@pytest.mark.parametrize(("end", "change"), [("2026-03-04", "+100.0 %"), ("2026-03-05", "")])
def test_a_tile_has_no_change_against_days_before_the_shop_opened(coins, ask, end, change):
    coins({"2026-03-01": 10, "2026-03-04": 20})
    asked = {"start": "2026-03-03", "end": end, "compare": "previous_period"}
    kpis, daily = ask("analytics/kpis", **asked), ask("analytics/daily", **asked)
    assert kpi_tile("revenue", ReportLinks(kpis, True), daily)["change"] == change


def test_a_tile_tells_no_percent_of_less_than_nothing(shop, ask):
    mug = shop.product("mug", "100.00")
    shop.give_back(shop.sell((mug, 1), on="2026-02-01"), 1, on="2026-03-01")
    shop.sell((mug, 1), on="2026-03-02")
    asked = {"start": "2026-03-02", "end": "2026-03-02", "compare": "previous_period"}
    kpis, daily = ask("analytics/kpis", **asked), ask("analytics/daily", **asked)
    shown = kpi_tile("revenue", ReportLinks(kpis, True), daily)
    assert (shown["change"], shown["difference"], shown["mood"]) == ("–", "+200.00", "good")
