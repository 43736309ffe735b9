from datetime import date

import pytest

from analytics import answers
from analytics.days import MARK, NAMES, written
from analytics.periods import Period
from analytics.report import reports

pytestmark = pytest.mark.once
TODAY = date(2026, 3, 20)


def test_a_question_with_other_days_needs_no_new_sql(shop, ask):
    shop.sell((shop.product("mug"), 1), on="2026-02-17")
    for path in reports():
        ask(path, start="2026-02-17", end="2026-02-17")
    made = answers.sql_of_rows.cache_info().misses, answers.sql_of_sums.cache_info().misses
    for path in reports():
        ask(path, start="2025-11-03", end="2026-03-02", compare="previous_year")
    after = answers.sql_of_rows.cache_info().misses, answers.sql_of_sums.cache_info().misses
    assert after == made


def test_every_name_becomes_a_day():
    sql = " ".join(
        f"{name}_{MARK}()" for name in ("START", "END", "TODAY", "START_BEFORE", "END_BEFORE")
    )
    period = Period(date(2026, 3, 1), date(2026, 3, 10))
    assert written(sql, period, TODAY) == (
        "DATE '2026-03-01' DATE '2026-03-10' DATE '2026-03-20' DATE '2026-02-19' DATE '2026-02-28'"
    )


def test_the_days_before_are_as_many_as_are_over():
    sql = f"START_BEFORE_{MARK}() END_BEFORE_{MARK}()"
    march = Period(date(2026, 3, 1), date(2026, 3, 31))
    assert written(sql, march, TODAY) == "DATE '2026-02-09' DATE '2026-02-28'"


def test_where_nothing_was_sold_the_days_are_no_value():
    sql = f"START_{MARK}() END_BEFORE_{MARK}()"
    assert written(sql, Period(None, None), TODAY) == "CAST(NULL AS DATE) CAST(NULL AS DATE)"


def test_no_name_is_left_and_what_a_reader_writes_is_none(shop, ask, monkeypatch):
    shop.sell((shop.product("mug"), 1), on="2026-02-17")
    asked = []
    monkeypatch.setattr(answers, "written", lambda *a: asked.append(written(*a)) or asked[-1])
    ask("orders/list", number="START_() END_()")
    assert len(asked) == 2
    assert "'start_() end_()'" in asked[0]
    assert not any(NAMES.search(sql) for sql in asked)
