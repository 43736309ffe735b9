"""The SQL of a query. Compiling takes as long as most answers do, so it is done once for all
periods, countries and ids: they are bound as values (placeholders.py)."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from ibis import Table, _

from analytics.query.cache import cache
from analytics.query.query import ANY_ID, Query
from analytics.semantics.conditions import cut
from analytics.semantics.level_group import LevelGroup
from analytics.semantics.periods import Period
from analytics.semantics.placeholders import (
    CATEGORIES,
    COUNTRIES,
    HOURS,
    PLACEHOLDER,
    SCOPE,
    bind,
    placeholder,
)
from analytics.semantics.report import Report
from analytics.semantics.shop import Shop, ever
from analytics.semantics.steps import with_steps
from ledger.engine import engine
from shop_settings.saved import saved_version

Own = tuple[tuple[str, Any], ...]  # the parameters that only this report has


def row_statements(query: Query, periods: list[Period]) -> tuple[str, ...]:
    """One for each period; their rows together are those of the report."""
    return tuple(
        bind(compiled_rows(*query.shape, period.is_cut), query.values(period)) for period in periods
    )


def totals_statement(query: Query, period: Period) -> str:
    return bind(compiled_totals(*query.shape, period.is_cut), query.values(period))


def trading_days_statement(countries: tuple[int, ...] | None) -> str:
    """The first and the last day on which something was sold in these countries."""
    some = COUNTRIES if countries is not None else None

    # The first and last day do not depend on a category: a filter must not move the period.
    def days() -> Table:
        return ever(some).orders.agg(first=_.day.min(), last=_.day.max())

    return bind(compiled(("trading days", some is None), days), {"COUNTRIES": countries})


def is_of_period(query: Query) -> bool:
    """Whether the rows depend on the period. What is in stock, or forecast, does not."""
    sql = compiled_rows(*query.shape, False)
    return any(match[1] in ("START", "END") for match in PLACEHOLDER.finditer(sql))


def compiled_rows(report: Report, own: Own, *filters: Any) -> str:
    return compiled(
        ("rows", report, own, *filters),
        lambda: report.rows(build_shop(*filters), with_placeholders(own)),
    )


def compiled_totals(report: Report, own: Own, *filters: Any) -> str:
    return compiled(
        ("totals", report, own, *filters),
        lambda: report.totals_of(build_shop(*filters), with_placeholders(own)),
    )


def averages_statement(query: Query, averages: Callable[..., Table], period: Period) -> str:
    report, own, *filters = query.shape
    names = [column.name for column in report.average_columns]
    sql = compiled(
        ("averages", *query.shape, period.is_cut),
        lambda: averages(build_shop(*filters, period.is_cut), **with_placeholders(own)).select(
            names
        ),
    )
    return bind(sql, query.values(period))


def compiled(key: tuple, build_table: Callable[[], Table]) -> str:
    # Settings such as the first day of a week are part of the SQL.
    key = ("sql", saved_version(), *key)
    return cache.get(key, lambda: with_steps(engine().compile(build_table())), len)


def level_statement(
    query: Query, levels: LevelGroup, period: Period, asked: Period, most: int
) -> str:
    """The rows of levels of a question, at most so many."""
    filters: tuple[Any, ...] = (*query.shape[2:], period.is_cut)
    sql = compiled(
        ("level", levels, most, *filters),
        lambda: levels.table(build_shop(*filters)).limit(most),
    )
    days = {"ASKED_START": asked.start, "ASKED_END": asked.end}
    return bind(sql, query.values(period) | days)


def build_shop(*filters: Any) -> Shop:
    return shop_with_settings(saved_version(), *filters)


@lru_cache(256)  # the steps of its queries are built once
def shop_with_settings(
    _version: tuple,
    is_scoped: bool,
    some_countries: bool,
    some_categories: bool,
    returns_on: str,
    where: tuple[tuple, ...],
    is_cut: bool,
) -> Shop:
    scope = SCOPE if is_scoped else None
    return Shop(
        # In place of the scope: the form accepts only countries that the reader sees.
        countries=COUNTRIES if some_countries else scope,
        categories=CATEGORIES if some_categories else None,
        returns_on=returns_on,
        hours=HOURS if is_cut else None,
        scope=scope,
        where=tuple(cut(position, *shape) for position, shape in enumerate(where)),
    )


def with_placeholders(own: Own) -> dict[str, Any]:
    return {name: placeholder(name) if value is ANY_ID else value for name, value in own}
