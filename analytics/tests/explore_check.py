"""An answer of Explore beside the reference: where they differ."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from operator import ge, le
from typing import Any

from analytics.tests.explore_draws import ORDERED, Draw
from analytics.tests.explore_expected import Expected, split
from analytics.tests.explore_reference import (
    BANDS,
    KEYS,
    SHARE,
    literal,
    quotient,
)

HOLDS: dict[str, Callable[[Any, Any], bool]] = {"at_least": ge, "at_most": le}


@dataclass(frozen=True)
class Place:
    """Which rows a figure is about: those with this key, or among all but the top ones."""

    names: tuple[str, ...]
    key: tuple
    more: str = "true"

    def at(self, names: tuple[str, ...], key: tuple) -> "Place":
        return Place(self.names + names, self.key + key, self.more)


@dataclass(frozen=True)
class Check:
    """A pivot and what it should say, for its period and for an earlier one."""

    draw: Draw
    pivot: Any
    expected: Expected

    def differences(self) -> Iterator[str]:
        for row, place in self.places:
            yield from self.differing(row.total, place)
            for head, cell in zip(self.pivot.heads, row.cells, strict=True):
                own = place.at(self.draw.columns, keys_of(self.draw.columns, head.values))
                yield from self.differing(cell, own)
        yield from self.missing_heads()
        yield from self.rows_out_of_order()
        yield from self.missing_rows()
        yield from self.unwanted_rows()

    @cached_property
    def places(self) -> list[tuple[Any, Place]]:
        places, is_other = [(self.pivot.total, Place((), ()))], False
        for row in self.pivot.rows:
            is_other = row.is_other if row.depth == 1 else is_other
            if is_other and self.hides_top:
                continue
            names = self.draw.rows[: row.depth]
            key = keys_of(names, row.values)
            places.append((row, self.among_others(names, key) if is_other else Place(names, key)))
        return places

    def among_others(self, names: tuple[str, ...], key: tuple) -> Place:
        """Below all but the top products is one row of them, also by SKU."""
        outer = KEYS[names[0]]
        pairs = zip(names, key, strict=True)
        inner = {name: value for name, value in pairs if KEYS[name] != outer}
        return Place(tuple(inner), tuple(inner.values()), self.all_but_top)

    @cached_property
    def top(self) -> list[tuple]:
        """The keys of the outer rows that are shown."""
        rows = (row for row in self.pivot.rows if row.depth == 1 and not row.is_other)
        return [keys_of(self.draw.rows[:1], row.values) for row in rows]

    @property
    def hides_top(self) -> bool:
        """Whether `having` may have left out one of the top, which the others are all but."""
        return bool(self.draw.having) and len(self.top) < (self.draw.top or 0)

    @property
    def all_but_top(self) -> str:
        column = KEYS[self.draw.rows[0]]
        others = " and ".join(f"{column} is distinct from {literal(key)}" for (key,) in self.top)
        if self.draw.rows[0] != "tag":
            return others
        # Goods with two of the other tags count once.
        with_tags = "goods left join tags using (product_id)"
        return f"product_id in (select product_id from {with_tags} where {others or 'true'})"

    def differing(self, found: dict[str, Any], place: Place) -> Iterator[str]:
        for name in self.pivot.measures:
            wanted = self.wanted(*split(name), place)
            if wanted and found[name] not in wanted:
                yield f"{name} of {place} is {found[name]}, by hand {wanted[0]}"

    def wanted(self, base: str, ending: str, place: Place) -> list[Any]:
        """What it is; of what was not there before, nothing or 0."""
        level = self.expected.level(place.names, place.more)
        if (
            base in ("days_in_period", "revenue_per_day", "orders_per_day")
            and place.key not in level.groups
        ):
            return []  # days of a cell without rows are not asked
        if ending == "_running":
            return self.running(base, place)
        now = level[place.key][base]
        if ending == "_share":
            return [quotient(now, self.expected.level(())[()][base], SHARE)]
        if not ending:
            return [now]
        return [changed(ending, now, then) for then in self.then(base, place)]

    def running(self, base: str, place: Place) -> list[Any]:
        """Along the columns, or down the rows of a parent; only of what has an order by hand. It
        stays where it is in cells without rows."""
        along = len(self.draw.columns) or 1
        if self.draw.columns and place.names[-along:] != self.draw.columns:
            return [None]
        if self.is_among_top(place) or not {*place.names[-along:]} <= {*ORDERED}:
            return []
        level = self.expected.level(place.names, place.more)
        before = [
            level[key][base]
            for key in level.groups
            if key[:-along] == place.key[:-along]
            and in_turn(key[-along:]) <= in_turn(place.key[-along:])
        ]
        known = [figure for figure in before if figure is not None]
        return [sum(known) if known else level.empty[base]]

    def is_among_top(self, place: Place) -> bool:
        """Whether it is added up with the other top rows, or is all but them."""
        is_outer = len(place.names) < 2 if place.more == "true" else not place.names
        return self.draw.top is not None and not self.draw.columns and is_outer

    def then(self, base: str, place: Place) -> list[Any]:
        comparison = self.pivot.answer.comparison
        is_other_time = place.more != "true" and self.draw.rows[0] in CALENDAR
        if comparison is None or not comparison.is_known or is_other_time:
            return [None]
        level = self.before.level(place.names, place.more)
        kinds = [CALENDAR.get(name, "id") for name in place.names]
        key = comparison.earlier_key(kinds, place.key)
        return [level[key][base]] if key in level.groups else [None, level[key][base]]

    @cached_property
    def before(self) -> Expected:
        return self.expected.before(self.pivot.answer.comparison.earlier)

    # Which rows there are

    def missing_heads(self) -> Iterator[str]:
        if self.draw.columns:
            level = self.expected.level(self.draw.columns)
            yield from (f"no column {key}" for key in level.groups.keys() - self.shown_columns)

    @cached_property
    def shown_columns(self) -> set[tuple]:
        return {keys_of(self.draw.columns, head.values) for head in self.pivot.heads}

    def missing_rows(self) -> Iterator[str]:
        shown = {(place.names, place.key) for _, place in self.places}
        for depth in range(1, len(self.draw.rows) + 1):
            names, is_leaf = self.draw.rows[:depth], depth == len(self.draw.rows)
            if self.draw.having and not is_leaf:
                continue
            for key, figures in self.expected.level(names).groups.items():
                is_wanted = self.draw.top is None or key[:1] in self.top
                if is_wanted and (not is_leaf or self.holds(figures)):
                    yield from [f"no row {names} {key}"] * ((names, key) not in shown)

    def holds(self, figures: dict[str, Any]) -> bool:
        return all(
            figures[name] is not None and HOLDS[operator](figures[name], limit)
            for name, operator, limit in self.draw.having
        )

    def unwanted_rows(self) -> Iterator[str]:
        """Rows that `having` should have left out, and outer ones that are not the top."""
        for row, place in self.places:
            figures = self.expected.level(place.names, place.more)[place.key]
            if row.depth == len(self.draw.rows) > 0 and not self.holds(figures):
                yield f"{place} is not among those having {self.draw.having}"
        # Without rows below it that `having` keeps, an outer row is not shown, top or not.
        if self.draw.top is not None and not (self.draw.having and len(self.draw.rows) > 1):
            yield from self.unwanted_top()

    def rows_out_of_order(self) -> Iterator[str]:
        """Rows below the same one that are not as the measure sorts them; all others are last."""
        name, at = self.draw.sort.removeprefix("-"), self.draw.sort_at
        if not name or name in self.draw.rows or (at and at not in self.shown_columns):
            return
        columns = self.draw.columns if at else ()
        below: dict[tuple, list[tuple]] = {}
        for row, place in self.places:
            cell = place.at(columns, at)
            figure = self.expected.level(cell.names, cell.more)[cell.key][name]
            own = place_of(figure, not self.draw.sort.startswith("-"))
            below.setdefault((row.depth, place.more, place.key[:-1]), []).append(
                (row.is_other, *own)
            )
        yield from (
            f"rows in {at} are not sorted" for at, own in below.items() if own != sorted(own)
        )

    def unwanted_top(self) -> Iterator[str]:
        name, is_ascending = self.draw.chosen_by
        level = self.expected.level(self.draw.rows[:1])
        own = [row for row in level.groups if len(self.draw.rows) > 1 or self.holds(level[row])]
        best = sorted(place_of(level[key][name], is_ascending) for key in {*own, *self.top})
        shown = sorted(place_of(level[key][name], is_ascending) for key in self.top)
        if shown != best[: self.draw.top]:
            yield f"the top are {shown}, by hand {best[: self.draw.top]}"


def changed(ending: str, now: Any, then: Any) -> Any:
    if ending == "_before" or then is None:
        return then
    if now is None:
        return None
    if ending == "_change":
        return now - then
    return (Decimal(now) - then) / then if then > 0 else None


def place_of(value: Any, is_ascending: bool) -> tuple:
    """What sorts from the first to the last; what has no value is last."""
    if value is None:
        return (True, 0)
    return (False, value if is_ascending else -value)


def in_turn(key: tuple) -> tuple:
    """The order of values in time; what has none is last."""
    return tuple((value is None, value or 0) for value in key)


def keys_of(names: Sequence[str], values: dict[str, Any]) -> tuple:
    """As the reference has them: ids, and for a band which one it is."""
    return tuple(values[COLUMNS.get(name, name)] for name in names)


# What a comparison moves; weekdays and hours of the day are the same at any time.
CALENDAR = {
    "date_hour": "date_hour", "day": "date", "week": "week", "month": "month", "cohort": "month",
    "quarter": "quarter", "year": "year", "month_of_year": "month_of_year",
}  # fmt: skip
COLUMNS = {
    **{name: f"{name}_place" for name in BANDS},
    "country": "country_id", "product": "product_id", "sku": "product_id",
    "customer": "customer_id",
}  # fmt: skip
