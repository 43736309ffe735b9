"""Calendars: rows that count nothing, so that no day, month or hour is missing. There are none of
them in a shop where nothing was ever sold, whose first and last day are no value."""

from collections.abc import Callable

import ibis
from ibis import Table, _
from ibis.common.deferred import Deferred
from ibis.expr.types import BooleanValue, DateScalar, IntervalScalar

from analytics.semantics.shop import Shop
from ledger.engine import ledger_table

Fill = Callable[[Shop, Table], Table]  # adds blank rows
# Any whole week has each hour of each weekday once.
A_WEEK = ibis.date("2024-01-01"), ibis.date("2024-01-07")
# Before all days that a filter accepts.
A_LEAP_YEAR = ibis.date("1904-01-01"), ibis.date("1904-12-31")


def days_of_period(shop: Shop) -> Table:
    # No row of the ledger, only the type of its days.
    return with_every_day(shop, ledger_table("orders").filter(ibis.literal(False)).select("day"))


def count_days(shop: Shop, keys: dict[str, Deferred]) -> Table:
    """How many days of the period have the same values of these keys."""
    days = days_of_period(shop).mutate(**keys)
    for cut in shop.where:
        if cut.of_days:  # a condition on hours leaves no day out
            days = cut.filter(shop, days)
    grouped = days.group_by([*keys]) if keys else days
    return grouped.agg(days_in_period=_.count())


def with_every_day(shop: Shop, table: Table) -> Table:
    """The rows, and an empty one for each day of the period."""
    return with_moments(shop, table, shop.start, shop.end, ibis.interval(days=1))


def with_every_hour(shop: Shop, table: Table) -> Table:
    """The rows, and an empty one for each hour of each weekday."""
    return with_moments(shop, table, *A_WEEK, ibis.interval(hours=1))


def with_any_day(shop: Shop, table: Table) -> Table:
    """The rows, and an empty one for each day of the period and of a leap year: no weekday, day of
    the month or month is missing."""
    days = with_every_day(shop, table)
    return with_moments(shop, days, *A_LEAP_YEAR, ibis.interval(days=1))


def with_moments(
    shop: Shop, table: Table, first: DateScalar, last: DateScalar, step: IntervalScalar
) -> Table:
    # range() leaves out its end, and the last day counts with all of its hours.
    start, end = first.cast("timestamp"), last.cast("timestamp") + ibis.interval(days=1)
    moments = ibis.range(start, end, step).unnest().name("placed_at").as_table()
    known = {"placed_at": moments.placed_at, "day": moments.placed_at.date()}
    # NULL in every other column: sums, counts and `kind == "sale"` pass over a blank row.
    blanks = moments.filter(has_days(shop)).select(
        **{name: known.get(name, ibis.null(kind)) for name, kind in table.schema().items()}
    )
    return table.union(blanks)


def has_days(shop: Shop) -> BooleanValue:
    """Not where nothing was ever sold: there the period has no first day."""
    return ibis.literal(False) if shop.start is None else shop.start.notnull()


def cut_by_time(shop: Shop, rows: Table) -> Table:
    """Blank rows of a calendar are no orders, which the shop has cut already."""
    for cut in shop.where:
        if cut.of_calendar:
            rows = cut.filter(shop, rows)
    return rows
