"""What is compared with what: periods, whichever day is today, and the rows of each."""

from datetime import date, datetime, timedelta
from decimal import Decimal as D

import pytest
from django.utils.datastructures import MultiValueDict
from hypothesis import given
from hypothesis import strategies as st

from analytics.query.query import build_query
from analytics.semantics.columns import Column
from analytics.semantics.comparison import Comparison, compare
from analytics.semantics.filters import Reader
from analytics.semantics.periods import WHOLE_DAY, Period, first_of_week, last_of
from analytics.semantics.report import reports

pytestmark = pytest.mark.once

SATURDAY = date(2026, 11, 28)


def days(text: str) -> Period:
    """2026-11-01 to 2026-11-28, or one day; a number of hours may follow."""
    text, _, hours = text.partition(", ")
    first, _, last = text.partition(" to ")
    first, last = date.fromisoformat(first), date.fromisoformat(last or first)
    return Period(first, last, int(hours or WHOLE_DAY))


@pytest.mark.parametrize(
    ("period", "today", "earlier"),
    [
        # A month: to come, begun, on its last day, over
        ("2026-12-01 to 2026-12-31", "2026-11-28", "2026-11-01"),
        ("2026-11-01 to 2026-11-30", "2026-11-01", "2026-10-01, 10"),
        ("2026-11-01 to 2026-11-30", "2026-11-28", "2026-10-01 to 2026-10-28, 10"),
        ("2026-11-01 to 2026-11-28", "2026-11-28", "2026-10-01 to 2026-10-28, 10"),
        ("2026-11-01 to 2026-11-30", "2026-11-30", "2026-10-01 to 2026-10-30, 10"),
        ("2026-11-01 to 2026-11-30", "2026-12-01", "2026-10-01 to 2026-10-31"),
        ("2026-03-01 to 2026-03-31", "2026-03-30", "2026-02-01 to 2026-02-28"),
        ("2028-03-01 to 2028-03-31", "2028-03-29", "2028-02-01 to 2028-02-29, 10"),
        ("2026-02-01 to 2026-02-28", "2026-02-28", "2026-01-01 to 2026-01-28, 10"),
        ("2026-02-01 to 2026-02-28", "2026-03-01", "2026-01-01 to 2026-01-31"),
        # A quarter, also to date
        ("2026-10-01 to 2026-12-31", "2026-11-28", "2026-07-01 to 2026-08-28, 10"),
        ("2026-10-01 to 2026-11-28", "2026-11-28", "2026-07-01 to 2026-08-28, 10"),
        ("2026-10-01 to 2026-11-28", "2026-11-29", "2026-08-03 to 2026-09-30"),
        ("2026-01-01 to 2026-03-31", "2026-02-10", "2025-10-01 to 2025-11-10, 10"),
        ("2026-01-01 to 2026-03-31", "2026-04-01", "2025-10-01 to 2025-12-31"),
        # A year, also to date
        ("2026-01-01 to 2026-12-31", "2026-11-28", "2025-01-01 to 2025-11-28, 10"),
        ("2026-01-01 to 2026-11-28", "2026-11-28", "2025-01-01 to 2025-11-28, 10"),
        ("2026-01-01 to 2026-12-31", "2027-01-01", "2025-01-01 to 2025-12-31"),
        ("2024-01-01 to 2024-12-31", "2024-02-29", "2023-01-01 to 2023-02-28"),
        # A week from Monday on, also to date
        ("2026-11-23 to 2026-11-29", "2026-11-28", "2026-11-16 to 2026-11-21, 10"),
        ("2026-11-23 to 2026-11-28", "2026-11-28", "2026-11-16 to 2026-11-21, 10"),
        ("2026-11-23 to 2026-11-24", "2026-11-24", "2026-11-16 to 2026-11-17, 10"),
        ("2026-11-23 to 2026-11-29", "2026-11-30", "2026-11-16 to 2026-11-22"),
        ("2026-11-23 to 2026-11-26", "2026-11-30", "2026-11-19 to 2026-11-22"),
        # Today, yesterday, other days
        ("2026-11-28", "2026-11-28", "2026-11-27, 10"),
        ("2026-11-01", "2026-11-01", "2026-10-31, 10"),
        ("2026-11-23", "2026-11-23", "2026-11-22, 10"),
        ("2026-11-28", "2026-11-29", "2026-11-27"),
        ("2026-10-30 to 2026-11-28", "2026-11-28", "2026-09-30 to 2026-10-29, 10"),
        ("2026-11-22 to 2026-11-28", "2026-11-28", "2026-11-15 to 2026-11-21, 10"),
        ("2026-11-22 to 2026-12-05", "2026-11-28", "2026-11-15 to 2026-11-21, 10"),
        ("2026-11-10 to 2026-11-20", "2026-11-28", "2026-10-30 to 2026-11-09"),
    ],
)
def test_the_previous_period(period, today, earlier):
    """It is between nine and ten in the morning: ten hours of today have begun."""
    found = compare(days(period), "previous_period", date.fromisoformat(today), 10)
    assert found.earlier == days(earlier)


@pytest.mark.parametrize(
    ("name", "period", "earlier"),
    [
        ("previous_year", "2026-11-01 to 2026-11-30", "2025-11-01 to 2025-11-28, 10"),
        ("previous_year", "2026-11-23 to 2026-11-29", "2025-11-23 to 2025-11-28, 10"),
        ("previous_year", "2026-10-01 to 2026-10-31", "2025-10-01 to 2025-10-31"),
        ("previous_year", "2026-11-28", "2025-11-28, 10"),
        ("previous_year_weekdays", "2026-11-01 to 2026-11-30", "2025-11-02 to 2025-11-29, 10"),
        ("previous_year_weekdays", "2026-11-16 to 2026-11-22", "2025-11-17 to 2025-11-23"),
        ("previous_year_weekdays", "2026-10-01 to 2026-10-31", "2025-10-02 to 2025-11-01"),
        ("previous_year_weekdays", "2026-11-28", "2025-11-29, 10"),
    ],
)
def test_a_year_ago(name, period, earlier):
    assert compare(days(period), name, SATURDAY, 10).earlier == days(earlier)


@pytest.mark.parametrize(
    ("start", "earlier"), [(1, "2026-11-22 to 2026-11-28"), (7, "2026-11-22 to 2026-11-28, 10")]
)
def test_weeks_begin_on_the_day_of_the_setting(settings, start, earlier):
    settings.WEEK_START = start
    sunday_on = days("2026-11-29 to 2026-12-05")
    (one, other) = (compare(sunday_on, "previous_period", date(2026, 12, n), 10) for n in (5, 6))
    assert one.earlier == days("2026-11-22 to 2026-11-28, 10")
    assert other.earlier == days("2026-11-22 to 2026-11-28")
    monday = compare(days("2026-11-30 to 2026-12-02"), "previous_period", date(2026, 12, 2), 10)
    weekdays_before = (
        "2026-11-23 to 2026-11-25, 10" if start == 1 else "2026-11-27 to 2026-11-29, 10"
    )
    assert monday.earlier == days(weekdays_before)


DAYS = st.dates(date(2000, 1, 1), date(2040, 12, 31))
NAMES = st.sampled_from(["previous_period", "previous_year", "previous_year_weekdays"])


@given(DAYS, st.integers(0, 800), DAYS, st.integers(1, WHOLE_DAY), NAMES)
def test_the_earlier_period_lies_before_and_is_no_longer(first, length, today, hours, name):
    period = Period(first, first + timedelta(length))
    found = compare(period, name, today, hours)
    earlier, elapsed = found.earlier, found.elapsed
    assert earlier.start < earlier.end + timedelta(1)
    assert earlier.start < period.start
    if name == "previous_period" or length < 364:
        assert earlier.end < period.start
    assert elapsed.end == min(period.end, max(today, first))
    # Months differ by at most three days, a whole one and the one before; and so do quarters.
    assert abs(earlier.days - elapsed.days) <= 3
    assert not earlier.is_cut or elapsed.end == today


@given(DAYS, st.integers(0, 800), DAYS, NAMES)
def test_days_stand_beside_different_days_of_the_earlier_period(first, length, today, name):
    found = compare(Period(first, first + timedelta(length)), name, today)
    all_days = [found.elapsed.start + timedelta(n) for n in range(found.elapsed.days)]
    moved = [day for day in map(found.earlier_day, all_days) if day]
    assert moved == sorted(set(moved))
    assert all(found.earlier.start <= day <= found.earlier.end for day in moved)


# Places in the calendar


@pytest.mark.parametrize(
    ("name", "period", "kind", "pairs"),
    [
        ("previous_year", "2026-01-01 to 2026-12-31", "month", {"2026-03-01": "2025-03-01"}),
        ("previous_year", "2026-01-01 to 2026-12-31", "quarter", {"2026-04-01": "2025-04-01"}),
        ("previous_year", "2026-01-01 to 2026-12-31", "year", {"2026-01-01": "2025-01-01"}),
        ("previous_year", "2026-01-01 to 2026-12-31", "month_of_year", {3: 3}),
        ("previous_year", "2026-01-01 to 2026-12-31", "weekday", {6: 6}),
        ("previous_year", "2026-01-01 to 2026-12-31", "hour", {0: 0, 23: 23}),
        ("previous_year", "2026-01-01 to 2026-12-31", "text", {"Germany": "Germany"}),
        # Monday with Monday, 52 weeks before
        ("previous_year", "2026-01-01 to 2026-12-31", "week",
         {"2025-12-29": "2024-12-30", "2026-11-23": "2025-11-24"}),
        ("previous_year", "2024-03-01 to 2024-03-31", "date",
         {"2024-03-01": "2023-03-01", "2024-03-31": "2023-03-31"}),
        ("previous_year", "2024-02-01 to 2024-02-29", "date", {"2024-02-29": None}),
        ("previous_year_weekdays", "2026-11-01 to 2026-11-30", "date",
         {"2026-11-28": "2025-11-29"}),
        ("previous_year_weekdays", "2026-11-01 to 2026-11-30", "week",
         {"2026-11-23": "2025-11-24"}),
        ("previous_year_weekdays", "2026-11-01 to 2026-11-30", "month",
         {"2026-11-01": "2025-11-01"}),
        ("previous_period", "2026-04-01 to 2026-06-30", "month",
         {"2026-04-01": "2026-01-01", "2026-06-01": "2026-03-01"}),
        ("previous_period", "2026-04-01 to 2026-06-30", "quarter", {"2026-04-01": "2026-01-01"}),
        ("previous_period", "2026-01-01 to 2026-03-31", "quarter", {"2026-01-01": "2025-10-01"}),
        ("previous_period", "2026-01-01 to 2026-03-31", "year", {"2026-01-01": "2025-01-01"}),
        ("previous_period", "2026-01-01 to 2026-03-31", "month_of_year", {1: 10, 3: 12}),
        ("previous_period", "2026-04-01 to 2026-06-30", "week", {"2026-04-06": "2026-01-05"}),
        ("previous_period", "2026-11-16 to 2026-11-22", "week", {"2026-11-16": "2026-11-09"}),
        ("previous_period", "2026-11-16 to 2026-11-22", "date", {"2026-11-18": "2026-11-11"}),
        ("previous_period", "2026-10-01 to 2026-10-31", "date",
         {"2026-10-30": "2026-09-30", "2026-10-31": None}),
        ("previous_period", "2026-10-01 to 2026-10-31", "week", {"2026-10-05": "2026-09-07"}),
        ("previous_period", "2026-11-28", "date", {"2026-11-28": "2026-11-27"}),
    ],
)  # fmt: skip
def test_a_place_in_the_calendar_has_its_place_in_the_earlier_period(name, period, kind, pairs):
    found = compare(days(period), name, date(2030, 1, 1))
    for place, earlier in pairs.items():
        is_day = kind not in ("month_of_year", "weekday", "hour", "text")
        place, earlier = (date.fromisoformat(p) if is_day and p else p for p in (place, earlier))
        assert found.earlier_key([kind], (place,)) == (earlier,)


def test_an_hour_of_a_day_stands_beside_the_same_hour():
    october = compare(days("2026-10-01 to 2026-10-31"), "previous_period", date(2030, 1, 1))
    hours = [datetime(2026, 10, 30, 0), datetime(2026, 10, 30, 23), datetime(2026, 10, 31, 9)]
    assert [october.earlier_key(["date_hour"], (hour,)) for hour in hours] == [
        (datetime(2026, 9, 30, 0),),
        (datetime(2026, 9, 30, 23),),
        (None,),
    ]


@given(DAYS, st.integers(1, 120))
def test_weeks_of_whole_months_stand_beside_different_weeks(first, length):
    start = first.replace(day=1)
    period = Period(start, last_of(start + timedelta(length)))
    for name in ("previous_period", "previous_year"):
        found = compare(period, name, date(2050, 1, 1))
        weeks = sorted({first_of_week(start + timedelta(n)) for n in range(period.days)})
        moved = [found.earlier_week(week) for week in weeks]
        assert moved == sorted(set(moved))
        assert all(week.weekday() == 0 for week in moved)
        # The days of each begin at most three days apart from the days before.
        assert abs((moved[0] - found.earlier.start) - (weeks[0] - period.start)) <= timedelta(3)


def test_rows_are_joined_by_their_key_in_whatever_order_they_are():
    found = compare(days("2026-10-01 to 2026-10-31"), "previous_period", date(2030, 1, 1))
    columns = Column("country"), Column("weekday"), Column("day", "date")
    now = [
        {"country": "France", "weekday": 4, "day": date(2026, 10, 1)},
        {"country": "Germany", "weekday": 4, "day": date(2026, 10, 1)},
        {"country": None, "weekday": 4, "day": date(2026, 10, 1)},
        {"country": "Germany", "weekday": 5, "day": date(2026, 10, 31)},
        {"country": "Spain", "weekday": 4, "day": date(2026, 10, 1)},
    ]
    then = [
        {"country": None, "weekday": 4, "day": date(2026, 9, 1)},
        {"country": "Germany", "weekday": 4, "day": date(2026, 9, 1)},
        {"country": "Germany", "weekday": 5, "day": date(2026, 9, 30)},
        {"country": "France", "weekday": 4, "day": date(2026, 9, 1)},
    ]
    assert found.matches(columns, now, then) == [3, 1, 0, None, None]


# In words


@pytest.mark.parametrize(
    ("period", "text"),
    [
        ("2026-11-28", "28 Nov 2026"),
        ("2026-11-01 to 2026-11-28", "1–28 Nov 2026"),
        ("2026-10-01 to 2026-11-28", "1 Oct – 28 Nov 2026"),
        ("2025-12-01 to 2026-11-28", "1 Dec 2025 – 28 Nov 2026"),
    ],
)
def test_a_period_in_words(period, text):
    assert days(period).text == text


@pytest.mark.parametrize(
    ("period", "name", "text"),
    [
        ("2026-11-01 to 2026-11-30", "previous_period",
         "1–28 Nov 2026 compared with 1–28 Oct 2026, both until 10:00 of the last day"),
        ("2026-11-28", "previous_year",
         "28 Nov 2026 compared with 28 Nov 2025, both until 10:00 of the last day"),
        ("2026-10-01 to 2026-10-31", "previous_period",
         "1–31 Oct 2026 compared with 1–30 Sep 2026"),
        ("2026-03-01 to 2026-03-31", "previous_year_weekdays",
         "1–31 Mar 2026 compared with 2 Mar – 1 Apr 2025"),
    ],
)  # fmt: skip
def test_a_comparison_in_words(period, name, text):
    assert compare(days(period), name, SATURDAY, 10).text == text


def test_what_is_not_compared_needs_no_words():
    nothing = Period(None, None)
    assert compare(nothing, "previous_year", SATURDAY).text == ""
    assert nothing.text == "no sales"


def test_the_words_say_where_the_shop_was_not_open_yet():
    found = Comparison(days("2026-03-01"), days("2026-02-28"), days=1, is_known=False)
    assert found.text == (
        "1 Mar 2026 compared with 28 Feb 2026; on 28 Feb 2026 the shop was not open yet"
    )


# With orders


@pytest.fixture
def morning(shop, time_machine):
    """Coins of 1.00 sold in the mornings and evenings of three days; it is 9:30 of the last one."""
    coin = shop.product("coin", "1.00", stock=100_000)
    for at, amount in {
        "2026-09-30 12:00": 128, "2026-10-28 09:59": 1, "2026-10-28 10:00": 2,
        "2026-11-27 00:00": 4, "2026-11-27 09:59": 8, "2026-11-27 10:00": 16,
        "2026-11-28 00:10": 32, "2026-11-28 09:20": 64,
    }.items():  # fmt: skip
        shop.sell((coin, amount), on=at)
    time_machine.move_to("2026-11-28 09:30Z", tick=False)


@pytest.mark.parametrize(
    ("start", "end", "now", "before"),
    [
        ("2026-11-28", "2026-11-28", 96, 12),
        ("2026-11-27", "2026-11-27", 28, 0),
        ("2026-11-01", "2026-11-30", 124, 1),
        ("2026-11-01", "2026-11-28", 124, 1),
        ("2026-11-28", "2026-12-31", 96, 12),
    ],
)
@pytest.mark.parametrize("path", ["analytics/kpis", "revenue/by-hour", "products/top"])
def test_today_is_compared_up_to_the_same_hour(morning, ask, path, start, end, now, before):
    found = ask(path, start=start, end=end, compare="previous_period")
    sums = [sum(row["revenue"] for row in part.rows) for part in (found, found.before)]
    assert sums == [D(now), D(before)]
    if found.totals:
        assert (found.totals["revenue"], found.before.totals["revenue"]) == (D(now), D(before))


def test_of_the_countries_and_categories_of_a_filter_too(morning, ask):
    today = {"start": "2026-11-28", "end": "2026-11-28", "compare": "previous_period"}
    for chosen in ({"country": "DE"}, {"category": "Uncategorised"}, {"returns_on": "order"}):
        found = ask("analytics/kpis", **today, **chosen)
        assert found.before.rows[0]["revenue"] == D(12)


def test_growth_inside_of_a_report_is_the_same(morning, columns_of):
    today = {"start": "2026-11-28", "end": "2026-11-28"}
    for path in ("geographic/country-performance", "products/performance"):
        assert columns_of(path, "growth", **today) == [(D(7),)]
    (month,) = columns_of("revenue/growth", "month_change", start="2026-11-01", end="2026-11-30")
    assert month == (D(123),)


def test_lines_are_cut_on_the_last_day_only(morning, ask):
    asked = {"start": "2026-11-01", "end": "2026-11-30", "compare": "previous_period"}
    before = ask("orders/lines", **asked).before
    assert [row["revenue"] for row in before.rows] == [D(1)]
    whole = ask("orders/lines", start="2026-10-01", end="2026-11-28", compare="previous_year")
    assert len(whole.rows) == 7


@pytest.mark.parametrize("address", ["/", "/reports/revenue/by-hour/"])
def test_pages_say_what_is_compared_with_what(morning, client, signed_in, address):
    client.force_login(signed_in("admin").user)
    asked = {"start": "2026-11-01", "end": "2026-11-30", "compare": "previous_period"}
    words = "1–28 Nov 2026 compared with 1–28 Oct 2026, both until 10:00 of the last day"
    assert words in client.get(address, asked).content.decode()


def test_an_answer_of_today_is_made_again_when_another_hour_begins(morning, ask, time_machine):
    today = {"start": "2026-11-28", "end": "2026-11-28", "compare": "previous_period"}
    past = {"start": "2026-11-27", "end": "2026-11-27", "compare": "previous_period"}
    keys = []
    for now in ("09:30", "09:59", "10:00"):
        time_machine.move_to(f"2026-11-28 {now}Z", tick=False)
        keys.append([query_of(asked).key for asked in (today, past)])
    assert [keys[0][n] == keys[1][n] for n in (0, 1)] == [True, True]
    assert [keys[1][n] == keys[2][n] for n in (0, 1)] == [False, True]
    assert ask("analytics/kpis", **today).before.rows[0]["revenue"] == D(28)


def query_of(parameters: dict):
    lists = MultiValueDict({name: [text] for name, text in parameters.items()})
    return build_query(reports()["analytics/kpis"], lists, Reader())
