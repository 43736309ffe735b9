"""New means new to the shop: a filter chooses whose orders count, and makes nobody new."""

from datetime import date
from decimal import Decimal as D

import pytest

from analytics.semantics.filters import Reader

pytestmark = pytest.mark.once

MARCH = {"start": "2026-03-01", "end": "2026-03-31"}
POTS = {**MARCH, "category": "Pots"}


@pytest.fixture
def goods(shop):
    """Anna knew the shop before her first pot of March; Bob is new, and begins with a mug."""
    mug, pot = shop.product("mug", category="Cups"), shop.product("pot", "30.00", category="Pots")
    shop.bob = shop.customer("bob")
    shop.sell((mug, 1), on="2026-02-10")
    shop.sell((pot, 1), on="2026-03-10")
    shop.sell((mug, 1), on="2026-03-01", customer=shop.bob)
    shop.sell((pot, 2), on="2026-03-20", customer=shop.bob)
    shop.mug, shop.pot = mug, pot
    return shop


def test_key_figures_of_a_category_count_who_is_new_to_the_shop(goods, columns_of):
    names = ("customers", "new_customers", "returning_rate", "repeat_rate")
    assert columns_of("analytics/kpis", *names, **POTS) == [(2, 1, D(1), D(0))]
    assert columns_of("analytics/kpis", *names, **MARCH) == [(2, 1, D(1), D("0.5"))]


def test_every_report_of_new_customers_counts_the_same_ones(goods, columns_of):
    names = ("new_customers", "returning_customers", "new_revenue", "returning_revenue")
    assert columns_of("customers/new-vs-returning", *names, **POTS) == [(1, 1, D(60), D(30))]
    assert columns_of("customers/growth", "new_customers", "ever_bought", **POTS) == [(1, 2)]
    assert columns_of("customers/stats", "new_customers", "ever_bought", **POTS) == [(1, 2)]
    assert columns_of("customers/buyers", "code", "acquaintance", **POTS) == [
        ("bob", "new"),
        ("anna", "returning"),
    ]


def test_who_came_before_returns_on_the_day_of_a_first_pot(goods, columns_of):
    days = {"start": "2026-03-10", "end": "2026-03-10"}
    for asked in (days, {**days, "category": "Pots"}):
        assert columns_of("analytics/daily", "customers", "returning_rate", **asked) == [(1, D(1))]


def test_of_two_first_orders_of_one_moment_the_lower_id_is_the_first(goods, columns_of):
    carl = goods.customer("carl")
    for product in goods.pot, goods.mug:
        goods.sell((product, 1), on="2026-03-15", customer=carl)
    asked = {"start": "2026-03-15", "end": "2026-03-15"}
    names = ("customers", "returning_rate")
    assert columns_of("analytics/daily", *names, **asked) == [(1, D(1))]
    assert columns_of("analytics/daily", *names, **asked, category="Pots") == [(1, D(0))]
    assert columns_of("analytics/daily", *names, **asked, category="Cups") == [(1, D(1))]


def test_cohorts_begin_with_the_first_order_of_whatever_it_was(goods, rows):
    goods.sell((goods.pot, 1), on="2026-04-03", customer=goods.bob)
    spring = {"start": "2026-03-01", "end": "2026-04-30", "category": "Pots"}
    march = date(2026, 3, 1)
    assert rows("customers/cohorts", **spring) == [(march, 0, 1), (march, 1, 1)]
    assert rows("customers/retention", **spring) == [(march, 0, 1, D(1)), (march, 1, 1, D(1))]


def test_from_the_first_to_the_second_order_every_order_counts(goods, columns_of):
    names = ("from_day", "to_day", "customers")
    for path in ("customers/first-to-second", "customers/lifetime"):
        for asked in (MARCH, POTS):
            assert columns_of(path, *names, width=19, **asked)[-1] == (1, 19, 1)
    dates = ("code", "first_order", "second_order")
    assert columns_of("customers/order-dates", *dates, **POTS) == [
        ("anna", date(2026, 2, 10), date(2026, 3, 10)),
        ("bob", date(2026, 3, 1), date(2026, 3, 20)),
    ]


def test_at_the_end_of_a_month_only_who_is_new_to_the_shop_is_new(goods, columns_of):
    goods.sell((goods.mug, 1), on="2025-12-01", customer=goods.anna)
    stages = ("new", "active")
    assert columns_of("customers/lifecycle", *stages, **POTS) == [(1, 1)]


def test_who_bought_in_another_country_is_not_new_in_this_one(goods, columns_of, ask):
    france = goods.country("France", "FR", "EUR", "20")
    goods.sell((goods.mug, 1), on="2026-03-25", customer=None, country=france)
    goods.anna.country = france
    goods.anna.save()
    goods.sell((goods.mug, 1), on="2026-03-26")
    names = ("customers", "new_customers", "returning_rate")
    assert columns_of("analytics/kpis", *names, country="FR", **MARCH) == [(1, 0, D(1))]
    # Who sees France only knows of no order elsewhere, and is told of none.
    (seen,) = ask("analytics/kpis", reader=Reader((france.pk,)), **MARCH).rows
    assert tuple(seen[name] for name in names) == (1, 1, D(0))


def test_the_label_says_so(ask):
    for path in ("analytics/kpis", "customers/stats", "customers/new-vs-returning"):
        (column,) = (c for c in ask(path).columns if c.name == "new_customers")
        assert "new to the shop, not only to a chosen category or country" in column.definition
