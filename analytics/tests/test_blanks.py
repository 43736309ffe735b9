from datetime import date

import pytest

from analytics.query import query
from analytics.semantics.placeholders import BLANK, MARK, filled
from analytics.semantics.report import reports

pytestmark = pytest.mark.once


def made() -> list[int]:
    return [sql.cache_info().misses for sql in (query.sql_of_rows, query.sql_of_sums)]


def test_a_question_with_other_days_countries_and_things_needs_no_new_sql(shop, ask):
    mug, cup = shop.product("mug", category="Kitchen"), shop.product("cup", category="Table")
    shop.sell((mug, 1), (cup, 1), on="2026-02-17")
    bob = shop.customer("bob", shop.country("France", "FR", "EUR", "20"))

    def everything(thing, buyer, category, country, **days):
        for path, report in reports().items():
            own = {"product": thing.pk, "customer": buyer.pk}
            own = {name: value for name, value in own.items() if name in report.form.base_fields}
            ask(path, **days, **own)
            ask(path, **days, **own, country=country)
            ask(path, **days, **own, category=category)

    everything(mug, shop.anna, "Kitchen", "DE", start="2026-02-17", end="2026-02-17")
    before = made()
    days = {"start": "2025-11-03", "end": "2026-03-02", "compare": "previous_year"}
    everything(cup, bob, "Table", ["DE", "FR"], **days)
    assert made() == before


def test_days_become_literals_and_no_day_is_no_value():
    sql = f"START_{MARK}() END_BEFORE_{MARK}()"
    days = {"START": date(2026, 3, 1), "END_BEFORE": None}
    assert filled(sql, days) == "DATE '2026-03-01' CAST(NULL AS DATE)"


def test_ids_become_lists_and_who_sees_no_country_finds_nothing():
    sql = f'COUNTRIES_{MARK}("t1"."country_id")'
    assert filled(sql, {"COUNTRIES": (3, 7)}) == '("t1"."country_id" IN (3, 7))'
    assert filled(sql, {"COUNTRIES": ()}) == '("t1"."country_id" IN (NULL))'


def test_a_blank_without_a_value_is_an_error():
    with pytest.raises(KeyError):
        filled(f"PRODUCT_{MARK}()", {})


def test_no_blank_is_left_and_what_a_reader_writes_is_none(shop, ask, monkeypatch):
    shop.sell((shop.product("mug"), 1), on="2026-02-17")
    asked = []
    monkeypatch.setattr(query, "filled", lambda *a: asked.append(filled(*a)) or asked[-1])
    ask("orders/list", number="START_() END_()", country="DE", customer=shop.anna.pk)
    assert any("'start_() end_()'" in sql for sql in asked)
    assert not any(BLANK.search(sql) for sql in asked)
