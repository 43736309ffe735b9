"""Spark gives what DuckDB gives, over the same files. `make test-spark` brings a cluster along."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal as D
from itertools import cycle
from urllib.parse import parse_qs

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.forms import ChoiceField
from django.utils.datastructures import MultiValueDict
from ibis import _

from analytics.predictions.fit import fit_models
from analytics.query import lazy_table, statements
from analytics.query.cache import cache
from analytics.query.pivot import Pivot
from analytics.query.query import build_query
from analytics.query.run import run
from analytics.semantics import level, order_facts, placeholders, steps
from analytics.semantics.filters import Reader
from analytics.semantics.report import reports
from analytics.tests import varied_shop
from analytics.tests.explore_trial import Trial
from demo import shop
from ledger import build, repair
from ledger.duckdb_engine import Duck
from ledger.engine import engine, ledger_table
from ledger.sources import table_columns

pytestmark = pytest.mark.spark

TODAY = date(2026, 3, 1)
PERIOD = {"start": ["2025-03-10"], "end": ["2026-02-14"]}
QUESTIONS = [{**PERIOD, "country": ["DE", "FR"]}, {"category": ["Tea"], "returns_on": ["order"]}]

EXPLORED = [  # each dimension, each operator, each kind of calculation somewhere
    "measures=revenue,orders,aov&rows=country,category&columns=month&start=2025-10-01",
    "measures=new_customers,returning_customers,new_customer_revenue&rows=new_or_returning"
    "&columns=weekday&compare=previous_year",
    "measures=revenue_share,revenue_running,units&rows=quarter,month&where=day:at_least:2025-06-01",
    "measures=orders,revenue&rows=customer&top=3&where=country:one_of:DE,FR&sort=-orders",
    "measures=return_rate,net_units&rows=product&having=units:at_least:20&sort=-return_rate&top=5",
    "measures=revenue_per_day,days_in_period&rows=week,tag&where=category_1:is_not:Tea",
    "measures=customers,refunds&rows=rfm_group,buyer&where=hour:between:9,17",
    "measures=revenue,shipping&rows=order_value,order_units&bands=order_value:30,90&where=voucher:is:no",
    "measures=orders&rows=days_since_previous,cohort&where=source:contains:o",
    "measures=revenue&rows=sku&columns=year&where=product:contains:'a&where=tag:is_not:",
    "measures=units&rows=date_hour&where=customer:is:&start=2026-01-01&where=kind:is:sale",
    "measures=orders&rows=day_of_month,month_of_year&where=status:is_not:paid&start=2025-11-01",
]
DRAWN = 50


@pytest.fixture(scope="session")
def spark():
    assert settings.LEDGER_ENGINE == "spark", "bin/spark runs these tests"
    return engine()


@pytest.fixture
def duck():
    return Duck(settings.LEDGER_FOLDER)


@pytest.fixture
def use(monkeypatch):
    """Makes an engine the one that is asked."""

    def change(engine):
        for module in (statements, lazy_table, repair, steps, placeholders):
            monkeypatch.setattr(module, "engine", lambda: engine)
        cache.clear()
        for compiled in (steps.step_name, order_facts.fact_table, level.top_rows):
            compiled.cache_clear()
        statements.shop_with_settings.cache_clear()

    return change


@pytest.fixture
def answer_on(use):
    def ask(engine, path, parameters):
        use(engine)
        return answer(path, parameters)

    return ask


def answer(path, parameters):
    """The rows and totals of a question's answer, and of what it is compared with."""
    query = build_query(reports()[path], MultiValueDict(parameters), Reader())
    answered = run(replace(query, today=TODAY))
    parts = [(part.rows, part.totals) for part in (answered, answered.before) if part]
    return [*parts, *levels_of(answered)]


def ask_together(ask, questions):
    """The future answers: while Spark plans one query, the cluster works on others."""

    def asked(*question):
        try:
            return ask(*question)
        finally:
            connection.close()  # a thread has its own

    with ThreadPoolExecutor(4) as threads:
        return [threads.submit(asked, *question) for question in questions]


def levels_of(answer):
    """Of a question of Explore each row of each level."""
    if answer.report.path == "explore":
        for row in Pivot(answer).total.walk():
            yield row.depth, row.values, row.total, row.cells


def questions():
    # One of the two for each report, by turns: there every question takes seconds.
    yield from (("explore", parse_qs(text)) for text in EXPLORED)
    others = ((path, report) for path, report in reports().items() if path != "explore")
    for (path, report), question in zip(others, cycle(QUESTIONS), strict=False):
        for parameters in [question, *choices(report.form)]:
            yield path, parameters


def choices(form):
    """Each other choice that a report offers by parameters of its own."""
    for name in form.own_names():
        field = form.base_fields[name]
        if isinstance(field, ChoiceField):
            yield from ({name: [value]} for value, _ in field.choices if value != field.initial)


def test_every_report_gives_the_same_rows_on_both_engines(
    transactional_db, spark, duck, use, subtests
):
    with transaction.atomic():
        shop.create_shop(orders=2_000, customers=600, seed=1, today=TODAY)
    fit_models()
    asked = [*questions()]
    use(spark)
    on_spark = ask_together(answer, asked)
    use(duck)
    for (path, parameters), found in zip(asked, on_spark, strict=True):
        with subtests.test(path, **parameters):
            assert found.result() == answer(path, parameters)


def test_random_questions_are_answered_as_plain_sql_answers_them(
    transactional_db, spark, use, subtests
):
    with transaction.atomic():
        varied_shop.fill()
    trial = Trial(build.current())
    drawn = [*trial.draws("spark", DRAWN)]
    use(spark)
    answers = ask_together(trial.answer, [(question,) for question in drawn])
    for question, found in zip(drawn, answers, strict=True):
        with subtests.test(str(question)):
            assert trial.differences(question, found.result()) == []


def test_every_column_is_read_as_the_same_values_of_the_same_kind(shop, spark, duck):
    mug = shop.product("mug", cost="4", category="Kitchen")
    shop.sell((mug, 2), on="2026-03-05 23:59")
    shop.sell((mug, 1), on="2026-03-06", customer=None)
    snapshot = build.current()
    for name, table in ((name, ledger_table(name)) for name in table_columns()):
        query = table.order_by(table.columns[0])
        read = spark.fetch(snapshot, spark.compile(query))
        expected = duck.fetch(snapshot, duck.compile(query))
        assert (name, read.schema.types) == (name, expected.schema.types)
        assert (name, read.to_pylist()) == (name, expected.to_pylist())


def test_the_beginning_of_a_month_is_a_date_and_of_an_hour_a_moment_without_zone(shop, spark):
    shop.sell((shop.product("mug"), 1), on="2026-03-05 23:59")
    query = ledger_table("orders").select(month=_.day.truncate("M"), hour=_.placed_at.truncate("h"))
    assert spark.fetch(build.current(), spark.compile(query)).to_pylist() == [
        {"month": date(2026, 3, 1), "hour": datetime(2026, 3, 5, 23)}
    ]


def test_tax_on_shipping_is_divided_among_rates_in_the_same_way(shop, spark, duck, answer_on):
    mug, book = shop.product("mug", "3.33"), shop.product("book", "7.77", category="Books")
    shop.germany.tax_rates.create(category=book.category, rate="2.5", valid_from="2020-01-01")
    for cents in range(30):
        shop.sell((mug, 1 + cents % 3), (book, 1 + cents % 2), shipping=D("0.07") * cents)
    answer = answer_on(spark, "revenue/tax", {})
    assert answer == answer_on(duck, "revenue/tax", {})
    assert [row["taxable_shipping"] > 0 for row in answer[0][0]] == [True, True]


def test_an_empty_shop_has_no_rows(db, spark, duck, answer_on):
    assert answer_on(spark, "revenue/monthly", {}) == answer_on(duck, "revenue/monthly", {})
    assert answer_on(spark, "revenue/monthly", {})[0][0] == []


def test_an_older_snapshot_keeps_its_answer(shop, spark, answer_on):
    mug = shop.product("mug")
    shop.sell((mug, 1), on="2026-03-05")
    before = answer_on(spark, "revenue/monthly", {})
    number = build.current().number
    shop.sell((mug, 1), on="2026-03-05")
    assert answer_on(spark, "revenue/monthly", {}) != before
    assert answer_on(spark, "revenue/monthly", {"snapshot": [str(number)]}) == before


def test_threads_do_not_disturb_each_other(shop, spark):
    mug = shop.product("mug")
    for day in range(1, 9):
        shop.sell((mug, day), on=f"2026-03-0{day}")
    snapshot, orders = build.current(), ledger_table("orders")
    asked = [
        spark.compile(orders.filter(_.day == date(2026, 3, day)).agg(units=_.units.sum()))
        for day in range(1, 9)
    ]
    assert snapshot.files  # other threads do not see what this test's transaction wrote
    with ThreadPoolExecutor(4) as threads:
        found = threads.map(lambda sql: spark.fetch(snapshot, sql).to_pylist(), asked)
        assert list(found) == [[{"units": day}] for day in range(1, 9)]


def test_a_snapshot_that_a_thread_opens_has_moments_without_zone_too(shop, spark):
    shop.sell((shop.product("mug"), 1), on="2026-03-05 23:59")
    snapshot, sql = build.current(), spark.compile(ledger_table("orders").select("placed_at"))
    assert snapshot.files  # other threads do not see what this test's transaction wrote
    with ThreadPoolExecutor(1) as threads:
        found = threads.submit(spark.fetch, snapshot, sql).result()
    assert found.to_pylist() == [{"placed_at": datetime(2026, 3, 5, 23, 59)}]


def test_an_application_that_the_cluster_ended_begins_anew(shop, spark, answer_on):
    shop.sell((shop.product("mug"), 1), on="2026-03-05")
    before = answer_on(spark, "revenue/monthly", {})
    spark.base.sparkContext._jsc.sc().stop()
    cache.clear()
    assert answer_on(spark, "revenue/monthly", {}) == before
