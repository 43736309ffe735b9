"""What the reference says to a drawn question, level by level."""

from dataclasses import dataclass, field, replace
from functools import cached_property

from analytics.semantics.periods import Period
from analytics.tests.explore_draws import Draw
from analytics.tests.explore_reference import MEASURES, OF_GOODS, Level, Reference, Rows
from catalog.models import Category
from customers.models import Country

ENDINGS = ("_share", "_running", "_before", "_change", "_growth")


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

    def before(self, earlier: Period) -> "Expected":
        rows = replace(self.rows, start=earlier.start, end=earlier.end, hours=earlier.hours)
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
