"""Levels of a question that are read together: planning four statements takes longer than reading
the orders of a year."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import ibis
from ibis import Table, Value, _

from analytics.semantics.columns import Column
from analytics.semantics.level import Fill, Level
from analytics.semantics.question import DAYS
from analytics.semantics.shop import Shop
from analytics.semantics.steps import grouping_sets
from ledger.engine import engine

MARK = "level"  # which of the levels a row is of
ROWS = "rows_counted"


@dataclass(frozen=True)
class LevelGroup:
    """One level, or several of which the last has the keys of all others."""

    levels: tuple[Level, ...]

    @property
    def finest(self) -> Level:
        return self.levels[-1]

    @property
    def is_single(self) -> bool:
        return len(self.levels) == 1

    @property
    def of_earlier_period(self) -> "LevelGroup":
        return LevelGroup(tuple(replace(level, is_earlier=True) for level in self.levels))

    @property
    def columns(self) -> tuple[Column, ...]:
        mark = () if self.is_single else (Column(MARK, "id"),)
        return (*mark, *self.finest.columns)

    def mark(self, level: Level) -> int:
        """A bit for each key of the finest level that this one sums over."""
        return sum(
            1 << place for place, key in enumerate(self.finest.keys) if key not in level.keys
        )

    def table(self, shop: Shop) -> Table:
        if self.is_single:
            return self.finest.in_order(self.finest.table(shop))
        named = self.finest.with_names(shop, self.sums(shop))
        return self.finest.in_order(named).select(*(column.name for column in self.columns))

    def sums(self, shop: Shop) -> Table:
        finest, fill = self.finest, self.fill
        rows = finest.keyed_rows(shop, fill)
        keys = finest.keys
        mark = sum(grouping(rows[key]) * (1 << place) for place, key in enumerate(keys))
        measures = [*finest.measures(shop), mark.name(MARK), rows.order_id.count().name(ROWS)]
        sets = ([keys.index(key) + 1 for key in level.keys] for level in self.levels)
        sums = grouping_sets(rows.group_by(keys).agg(measures), sets)
        if fill:
            # Blank rows are for the levels of the calendar; the total has no keys.
            filled = [self.mark(each) for each in self.levels if each.fill or not each.keys]
            sums = sums.filter((_[ROWS] > 0) | _[MARK].isin(filled))
        return sums.mutate(**finest.blanks(shop))

    @property
    def fill(self) -> Fill | None:
        return next(filter(None, (level.fill for level in self.levels)), None)


def grouping(key: Value) -> Value:
    """Of a group 1 if it is of all values of the key, else 0; Ibis does not know the function."""
    function = ibis.udf.agg.builtin(
        lambda key: 0, name="grouping", signature=((key.type(),), "int64")
    )
    return function(key)


def level_groups(levels: Iterable[Level]) -> list[LevelGroup]:
    alike: dict[Any, list[Level]] = {}
    for level in levels:
        alike.setdefault(rows_read(level), []).append(level)
    return [group for same in alike.values() for group in read_together(same)]


def rows_read(level: Level) -> Any:
    """What is the same for levels that are read from the same rows."""
    if is_read_alone(level):
        return level
    # A product is among the rows once for each of its tags.
    has_tags = any(each.name == "tag" for each in level.dimensions)
    return level.question, level.counted_rows, level.has_top, has_tags


def is_read_alone(level: Level) -> bool:
    """Whether more than the sums of its rows is asked."""
    asked = level.question
    has_more = asked.having or asked.calculations or not set(DAYS).isdisjoint(asked.words)
    # Spark gives no total of no rows.
    return bool(has_more) or level.counts_top or not engine().has_totals_of_nothing


def read_together(levels: list[Level]) -> Iterator[LevelGroup]:
    """As many in one group as have its calendar and some of its keys."""
    finest = levels[-1]
    fill = finest.fill or next(filter(None, (level.fill for level in levels)), None)
    together = [
        level for level in levels if level.fill in (None, fill) and {*level.keys} <= {*finest.keys}
    ]
    yield LevelGroup(tuple(together))
    yield from (LevelGroup((level,)) for level in levels if level not in together)
