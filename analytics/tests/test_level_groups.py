"""Which levels of a question are read by one statement, and that they say what each says alone."""

from decimal import Decimal as D

import pytest

from analytics.query.level_rows import GroupTables
from analytics.query.pivot import Pivot, levels_of
from analytics.semantics.level_group import LevelGroup, level_groups
from analytics.semantics.question import Question

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def groups(*rows, columns=(), measures=("revenue",), **more):
    """How many dimensions each level has, by statement."""
    question = Question(measures, rows, columns, **more)
    return [[len(level.dimensions) for level in group.levels]
            for group in level_groups(levels_of(question))]  # fmt: skip


@pytest.mark.parametrize(("expected", "asked"), [
    ([[0, 1, 1, 2]], {"rows": ("country",), "columns": ("month",)}),
    ([[0, 1, 2]], {"rows": ("country", "new_or_returning")}),
    # Weekdays have a calendar of days, hours one of a week.
    ([[0, 1, 2], [1]], {"rows": ("weekday",), "columns": ("hour",)}),
    # Orders are counted as orders, categories by lines, products by what is theirs.
    ([[0, 1], [1, 2]], {"rows": ("category",), "columns": ("month",)}),
    ([[0], [1], [2]], {"rows": ("category", "product")}),
    # A product with two tags is among their rows twice.
    ([[0], [1], [2]], {"rows": ("category", "tag")}),
    ([[0, 1], [1, 2]], {"rows": ("country",), "columns": ("month",), "top": 2}),
    ([[0], [1]], {"rows": ("country",), "measures": ("revenue_share",)}),
    ([[0], [1]], {"rows": ("month",), "measures": ("revenue_per_day",)}),
])  # fmt: skip
def test_levels_of_the_same_rows_are_read_together(expected, asked):
    assert groups(*asked.pop("rows"), **asked) == expected


@pytest.fixture
def table(shop):
    """Germany sells in January and March; a guest buys in France."""
    mug = shop.product("mug", "10.00", category="Kitchen")
    shop.sell((mug, 2), on="2026-01-05 09:30")
    shop.sell((mug, 1), on="2026-03-06 17:00")
    shop.sell((mug, 3), on="2026-03-07 08:00", customer=None, country=shop.country("France", "FR"))
    return shop


@pytest.mark.parametrize("asked", [
    {"rows": "country", "columns": "month"},
    {"rows": "customer", "columns": "new_or_returning"},
    {"rows": "weekday", "columns": "hour"},
    {"rows": "month,country", "columns": "quarter", "where": "country:is:DE"},
    {"rows": "country", "columns": "month", "compare": "previous_year"},
    {"rows": "country", "columns": "month", "start": "2025-01-01", "end": "2025-01-31"},
])  # fmt: skip
def test_a_level_read_with_others_has_the_rows_that_it_has_alone(table, ask, asked):
    pivot = Pivot(ask("explore", measures="revenue,orders,customers", **asked))
    for rows in pivot.levels:
        alone = GroupTables(pivot.answer, LevelGroup((rows.level,))).rows(rows.level)
        assert [*rows.rows.items()] == [*alone.items()]


def test_the_total_of_no_rows_is_nothing_sold(table, ask):
    asked = {"rows": "country", "columns": "customer", "start": "2025-01-01", "end": "2025-01-31"}
    pivot = Pivot(ask("explore", measures="revenue,orders", **asked))
    assert pivot.total.total == {"revenue": D(0), "orders": 0}
    assert pivot.rows == []
