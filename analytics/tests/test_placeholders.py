from datetime import date

import pytest

from analytics.query import statements
from analytics.query.cache import cache
from analytics.semantics.placeholders import MARK, PLACEHOLDER, bind
from analytics.semantics.report import reports

pytestmark = pytest.mark.once


def compiled() -> set[tuple]:
    """What the SQL of reports was compiled for."""
    parts = ("rows", "totals")
    return {key for key in cache.entries if key[0] == "sql" and key[2] in parts}


def write_sql(answer):
    """Otherwise it is written when a face needs it."""
    for part in filter(None, (answer, answer.before)):
        for table in filter(None, (part.lazy_rows, part.lazy_totals)):
            _ = table.statements


def test_a_question_with_other_days_countries_and_things_needs_no_new_sql(shop, ask):
    mug, cup = shop.product("mug", category="Kitchen"), shop.product("cup", category="Table")
    shop.sell((mug, 1), (cup, 1), on="2026-02-17")
    bob = shop.customer("bob", shop.country("France", "FR", "EUR", "20"))

    def everything(thing, buyer, category, country, **days):
        for path, report in reports().items():
            own = {"product": thing.pk, "customer": buyer.pk}
            own = {name: value for name, value in own.items() if name in report.form.base_fields}
            for more in ({}, {"country": country}, {"category": category}):
                write_sql(ask(path, **days, **own, **more))

    cache.clear()
    everything(mug, shop.anna, "Kitchen", "DE", start="2026-02-17", end="2026-02-17")
    before = compiled()
    days = {"start": "2025-11-03", "end": "2026-03-02", "compare": "previous_year"}
    everything(cup, bob, "Table", ["DE", "FR"], **days)
    assert before
    assert compiled() <= before


def test_days_become_literals_and_no_day_is_no_value():
    sql = f"START_{MARK}() END_BEFORE_{MARK}()"
    days = {"START": date(2026, 3, 1), "END_BEFORE": None}
    assert bind(sql, days) == "DATE '2026-03-01' CAST(NULL AS DATE)"


def test_ids_become_lists_and_who_sees_no_country_finds_nothing():
    sql = f'COUNTRIES_{MARK}("t1"."country_id")'
    assert bind(sql, {"COUNTRIES": (3, 7)}) == '("t1"."country_id" IN (3, 7))'
    assert bind(sql, {"COUNTRIES": ()}) == '("t1"."country_id" IN (NULL))'


def test_a_placeholder_without_a_value_is_an_error():
    with pytest.raises(KeyError):
        bind(f"PRODUCT_{MARK}()", {})


def test_no_placeholder_is_left_and_what_a_reader_writes_is_none(shop, ask, monkeypatch):
    shop.sell((shop.product("mug"), 1), on="2026-02-17")
    asked = []
    monkeypatch.setattr(statements, "bind", lambda *a: asked.append(bind(*a)) or asked[-1])
    write_sql(ask("orders/list", number="START_() END_()", country="DE", customer=shop.anna.pk))
    assert any("'start_() end_()'" in sql for sql in asked)
    assert not any(PLACEHOLDER.search(sql) for sql in asked)
