"""An answer of Explore beside the reference: where they differ."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from operator import ge, le
from typing import Any

from analytics.semantics.comparison import compare
from analytics.semantics.periods import Period
from analytics.tests.explore_draws import Draw
from analytics.tests.explore_reference import (
    KEYS,
    MEASURES,
    OF_GOODS,
    SHARE,
    Level,
    Reference,
    Rows,
    literal,
    quotient,
)
from catalog.models import Category
from customers.models import Country

ENDINGS = ("_share", "_running", "_before", "_change", "_growth")
HOLDS: dict[str, Callable[[Any, Any], bool]] = {"at_least": ge, "at_most": le}


def split(name: str) -> tuple[str, str]:
    for ending in ENDINGS:
        if name.endswith(ending):
            return name.removesuffix(ending), ending
    return name, ""


def ids_inside(category: str) -> tuple[int, ...]:
    """The ids of a category and of all inside of it; 0 is that of no category."""
    inside = {0} if category == "Uncategorised" else {Category.objects.get(name=category).pk}
    for _ in range(9):
        inside |= {*Category.objects.filter(parent__in=inside).values_list("pk", flat=True)}
    return tuple(sorted(inside))


def country_id(text: str) -> int:
    return (Country.objects.filter(code=text) or Country.objects.filter(name=text)).get().pk


@dataclass(frozen=True)
class Expected:
    draw: Draw
    reference: Reference
    rows: Rows
    levels: dict[tuple, Level] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, draw: Draw, reference: Reference) -> "Expected":
        first, last = reference.days()
        start, end = draw.start or first, draw.end or last
        if draw.start and not draw.end:
            end = max(draw.start, last or draw.start)
        if draw.end and not draw.start:
            start = min(draw.end, first or draw.end)
        rows = Rows(
            start, end, tuple(condition for condition, _ in draw.where),
            countries=tuple(map(country_id, draw.countries)),
            categories=ids_inside(draw.category) if draw.category else (),
            by_goods=any(name in OF_GOODS for name in draw.rows + draw.columns),
        )  # fmt: skip
        return cls(draw, reference, rows)

    def before(self, today: date) -> "Expected":
        earlier = compare(Period(self.rows.start, self.rows.end), self.draw.compare, today).earlier
        rows = replace(self.rows, start=earlier.start, end=earlier.end)
        return replace(self, rows=rows, levels={})

    @cached_property
    def words(self) -> list[str]:
        asked = [*map(split, self.draw.measures), (self.draw.sort.removeprefix("-"), "")]
        asked += [(name, "") for name, _, _ in self.draw.having]
        return [name for name, _ in asked if name in MEASURES]

    def level(self, names: tuple[str, ...], more: str = "true") -> Level:
        key = names, more
        if key not in self.levels:
            self.levels[key] = self.reference.level(self.rows, names, self.words, more)
        return self.levels[key]


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
    draw: Draw
    pivot: Any
    expected: Expected
    before: Expected | None
    moved: Callable[[Sequence[str], tuple], tuple]  # the key of the earlier rows

    def differences(self) -> Iterator[str]:
        for row, place in self.places():
            yield from self.differing(row.total, place)
            for head, cell in zip(self.pivot.heads, row.cells, strict=True):
                own = place.at(self.draw.columns, keys_of(self.draw.columns, head.key))
                if cell is not None:
                    yield from self.differing(cell, own)
                elif own.key in self.expected.level(own.names, own.more).groups:
                    yield f"{own} has no figures"
        yield from self.missing()
        yield from self.misplaced()

    def places(self) -> Iterator[tuple[Any, Place]]:
        yield self.pivot.total, Place((), ())
        is_other = False
        for row in self.pivot.rows:
            is_other = row.is_other if row.depth == 1 else is_other
            names = self.draw.rows[: row.depth]
            place = Place(names, keys_of(names, row.key))
            yield row, Place(names[1:], place.key[1:], self.all_but_top) if is_other else place

    @cached_property
    def all_but_top(self) -> str:
        first = self.draw.rows[:1]
        top = [row.key for row in self.pivot.rows if row.depth == 1 and not row.is_other]
        keys = [keys_of(first, key)[0] for key in top]
        return " and ".join(f"{KEYS[first[0]]} is distinct from {literal(key)}" for key in keys)

    def differing(self, found: dict[str, Any], place: Place) -> Iterator[str]:
        for name in self.draw.measures:
            base, ending = split(name)
            if ending == "_running":
                continue
            wanted = self.wanted(base, ending, place)
            if found[name] != wanted:
                yield f"{place} {name}: {found[name]}, by hand {wanted}"

    def wanted(self, base: str, ending: str, place: Place) -> Any:
        now = self.expected.level(place.names, place.more)[place.key][base]
        if ending == "_share":
            return quotient(now, self.expected.level(())[()][base], SHARE)
        if not ending or self.before is None:
            return now
        key = self.moved(place.names, place.key)
        then = self.before.level(place.names, place.more)[key][base]
        if ending == "_before":
            return then
        if now is None or then is None:
            return None
        if ending == "_change":
            return now - then
        return quotient(now - then, then, SHARE) if then > 0 else None

    # Which rows there are

    def missing(self) -> Iterator[str]:
        shown: dict[int, set] = {}
        for _, place in self.places():
            shown.setdefault(len(place.names), set()).add(place.key)
        for depth in range(1, len(self.draw.rows) + 1):
            names = self.draw.rows[:depth]
            if self.draw.top and (depth > 1 or not self.draw.other):
                continue
            is_leaf = depth == len(self.draw.rows)
            if self.draw.having and not is_leaf:
                continue
            level = self.expected.level(names)
            if self.draw.top:
                continue
            wanted = {key for key in level.groups if not is_leaf or self.holds(level[key])}
            if gone := wanted - shown.get(depth, set()):
                yield f"no rows {names}: {sorted(map(str, gone))[:3]}"

    def holds(self, figures: dict[str, Any]) -> bool:
        return all(
            figures[name] is not None and HOLDS[operator](figures[name], limit)
            for name, operator, limit in self.draw.having
        )

    def misplaced(self) -> Iterator[str]:
        """Rows that `having` or `top` should have left out, or that are not in order."""
        for row, place in self.places():
            figures = self.expected.level(place.names, place.more)[place.key]
            if row.depth == len(self.draw.rows) > 0 and not self.holds(figures):
                yield f"{place} is not among those having {self.draw.having}"


def keys_of(names: Sequence[str], key: tuple) -> tuple:
    return key
