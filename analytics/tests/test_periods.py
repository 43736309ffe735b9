"""The days of each named period, whichever day is today, and the names as a parameter."""

from datetime import date

import pytest
import time_machine
from django.utils.datastructures import MultiValueDict

from analytics.query.query import build_query
from analytics.query.run import run
from analytics.semantics.comparison import compare
from analytics.semantics.filters import Reader, Refused
from analytics.semantics.periods import NAMED, OLD_NAMES, PRESETS, Period, preset
from analytics.semantics.report import reports

SATURDAY = "2026-11-28"


def days(name: str, today: str, include_today: bool = False) -> str:
    found = preset(name, date.fromisoformat(today), include_today)
    return f"{found.start} to {found.end}"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("today", "2026-11-28 to 2026-11-28"),
        ("yesterday", "2026-11-27 to 2026-11-27"),
        ("last_7_days", "2026-11-21 to 2026-11-27"),
        ("last_30_days", "2026-10-29 to 2026-11-27"),
        ("last_90_days", "2026-08-30 to 2026-11-27"),
        ("this_week", "2026-11-23 to 2026-11-28"),
        ("last_week", "2026-11-16 to 2026-11-22"),
        ("this_month", "2026-11-01 to 2026-11-28"),
        ("last_month", "2026-10-01 to 2026-10-31"),
        ("this_quarter", "2026-10-01 to 2026-11-28"),
        ("last_quarter", "2026-07-01 to 2026-09-30"),
        ("this_year", "2026-01-01 to 2026-11-28"),
        ("last_year", "2025-01-01 to 2025-12-31"),
        ("year_to_date", "2026-01-01 to 2026-11-28"),
        ("last_12_months", "2025-12-01 to 2026-11-28"),
    ],
)
def test_a_name_stands_for_days_that_are_counted_from_today(name, expected):
    assert days(name, SATURDAY) == expected


def test_every_name_but_those_that_need_sales_or_dates_is_tried_above():
    assert [name for name in PRESETS if name not in NAMED] == ["all_time", "last_sales", "custom"]
    assert len(NAMED) == 15


@pytest.mark.parametrize(
    ("name", "today", "expected"),
    [
        # The first day of a year, of a month, the last one, leap years
        ("this_year", "2027-01-01", "2027-01-01 to 2027-01-01"),
        ("last_year", "2027-01-01", "2026-01-01 to 2026-12-31"),
        ("last_month", "2027-01-01", "2026-12-01 to 2026-12-31"),
        ("last_quarter", "2027-01-01", "2026-10-01 to 2026-12-31"),
        ("last_month", "2028-03-31", "2028-02-01 to 2028-02-29"),
        ("last_month", "2027-03-01", "2027-02-01 to 2027-02-28"),
        ("last_12_months", "2028-02-29", "2027-03-01 to 2028-02-29"),
        ("last_12_months", "2027-01-31", "2026-02-01 to 2027-01-31"),
        ("last_7_days", "2028-03-01", "2028-02-23 to 2028-02-29"),
        ("this_week", "2026-11-23", "2026-11-23 to 2026-11-23"),
        ("last_week", "2027-01-01", "2026-12-21 to 2026-12-27"),
    ],
)
def test_months_and_years_end_where_they_do(name, today, expected):
    assert days(name, today) == expected


@pytest.mark.parametrize(
    ("start", "this", "last"),
    [
        (7, "2026-11-22 to 2026-11-28", "2026-11-15 to 2026-11-21"),
        (6, "2026-11-28 to 2026-11-28", "2026-11-21 to 2026-11-27"),
    ],
)
def test_weeks_begin_on_the_day_of_the_setting(settings, start, this, last):
    settings.WEEK_START = start
    assert days("this_week", SATURDAY) == this
    assert days("last_week", SATURDAY) == last


def test_the_last_days_end_today_on_request():
    assert days("last_7_days", SATURDAY, include_today=True) == "2026-11-22 to 2026-11-28"
    assert days("last_90_days", SATURDAY, include_today=True) == "2026-08-31 to 2026-11-28"
    assert days("last_month", SATURDAY, include_today=True) == "2026-10-01 to 2026-10-31"


@pytest.mark.parametrize("name", OLD_NAMES)
def test_the_names_of_before_are_those_of_now(name):
    if OLD_NAMES[name] in NAMED:
        expected = days(OLD_NAMES[name], SATURDAY, include_today=name.isdigit())
        assert days(name, SATURDAY) == expected


@pytest.mark.parametrize(
    ("name", "today", "earlier"),
    [
        # The first days of units, whose days alone would be compared with those before
        ("this_month", "2026-11-01", "2026-10-01 to 2026-10-01"),
        ("this_quarter", "2026-10-15", "2026-07-01 to 2026-07-15"),
        ("this_year", "2026-01-20", "2025-01-01 to 2025-01-20"),
        ("this_year", "2026-03-31", "2025-01-01 to 2025-03-31"),
        ("this_week", "2026-11-23", "2026-11-16 to 2026-11-16"),
        ("last_12_months", SATURDAY, "2024-12-01 to 2025-11-28"),
        ("last_month", SATURDAY, "2026-09-01 to 2026-09-30"),
        # Thirty days that happen to be those of a month
        ("last_30_days", "2026-12-01", "2026-10-02 to 2026-10-31"),
        ("today", SATURDAY, "2026-11-27 to 2026-11-27"),
    ],
)
def test_a_named_period_is_compared_with_the_one_before(name, today, earlier):
    today = date.fromisoformat(today)
    found = compare(preset(name, today), "previous_period", today, 10).earlier
    assert f"{found.start} to {found.end}" == earlier


# As a parameter


@pytest.fixture
def sold(shop, db):
    mug = shop.product("mug", "10.00")
    shop.sell((mug, 1), on="2026-10-01")
    shop.sell((mug, 2), on="2026-11-01")
    with time_machine.travel("2026-11-28 10:40:00Z", tick=False):
        yield shop


def asked(**parameters: str):
    lists = MultiValueDict({name: [value] for name, value in parameters.items()})
    return run(build_query(reports()["analytics/kpis"], lists, Reader()))


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"period": "this_month"}, "1–28 Nov 2026"),
        ({"period": "last-month"}, "1–31 Oct 2026"),
        ({"period": "7"}, "22–28 Nov 2026"),
        ({"period": "last_7_days"}, "21–27 Nov 2026"),
        ({"period": "last_7_days", "include_today": "1"}, "22–28 Nov 2026"),
        ({"period": "all_time"}, "1 Oct – 1 Nov 2026"),
        ({"period": "last_sales"}, "1 Dec 2025 – 1 Nov 2026"),
        ({"period": "custom", "start": "2026-10-05", "end": "2026-10-09"}, "5–9 Oct 2026"),
        ({}, "1 Oct – 1 Nov 2026"),
    ],
)
def test_a_report_takes_its_period_by_a_name(sold, parameters, text):
    assert asked(**parameters).period.text == text


def test_the_answer_tells_the_word_and_its_days(sold):
    shown = asked(period="last-month").filters
    assert shown["period"] == "last_month"
    assert (shown["start"], shown["end"]) == (date(2026, 10, 1), date(2026, 10, 31))


def test_a_named_period_is_compared_as_the_unit_that_it_is(sold):
    with time_machine.travel("2026-11-01 10:40:00Z", tick=False):
        answer = asked(period="this_month", compare="previous_period")
    assert answer.comparison.earlier == Period(date(2026, 10, 1), date(2026, 10, 1), 11)


@pytest.mark.parametrize("word", ["none", ""])
def test_nothing_to_compare_with_has_a_word(sold, word):
    answer = asked(compare=word)
    assert answer.before is None
    assert "compare" not in answer.filters


@pytest.mark.parametrize(
    ("parameters", "reasons"),
    [
        (
            {"period": "last_month", "start": "2026-11-01"},
            {"start": ["Choose a period or dates, not both."]},
        ),
        (
            {"period": "all_time", "end": "2026-11-01"},
            {"end": ["Choose a period or dates, not both."]},
        ),
        (
            {"period": "soon"},
            {"period": ["Select a valid choice. soon is not one of the available choices."]},
        ),
        (
            {"include_today": "yes"},
            {"include_today": ["Select a valid choice. yes is not one of the available choices."]},
        ),
    ],
)
def test_what_contradicts_itself_is_refused_by_name(sold, parameters, reasons):
    with pytest.raises(Refused) as refused:
        asked(**parameters)
    assert refused.value.reasons == reasons
