"""A question: measures by dimensions, and which of its rows in which order."""

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from analytics.semantics.columns import Column
from analytics.semantics.conditions import Condition
from analytics.semantics.dimensions import DIMENSIONS, Dimension
from analytics.semantics.measures import WORDS

# Of the calendar, not of the rows: level.py joins them.
PER_DAY = {"revenue_per_day": "revenue", "orders_per_day": "orders"}
DAYS = ("days_in_period", *PER_DAY)
SHARE, RUNNING = "_share", "_running"
BEFORE, CHANGE, GROWTH = "_before", "_change", "_growth"
IN_SQL, OF_TWO_PERIODS = (SHARE, RUNNING), (BEFORE, CHANGE, GROWTH)
Bands = tuple[tuple[str, tuple[Decimal, ...]], ...]


@dataclass(frozen=True)
class Question:
    measures: tuple[str, ...]
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    having: tuple[Condition, ...] = ()
    sort: str = ""  # a measure or a dimension, with a minus before it from the last to the first
    sort_at: tuple[Condition, ...] = ()  # in the column of these values; without any, the total
    top: int | None = None
    has_other: bool = True  # whether all but the top are one row more
    has_totals: bool = True
    bands: Bands = ()

    @property
    def dimensions(self) -> tuple[str, ...]:
        return self.rows + self.columns

    @property
    def of_goods(self) -> bool:
        """Whether it is about products: then each level counts lines, not orders."""
        return any(DIMENSIONS[name].of_goods for name in self.dimensions)

    @property
    def counted(self) -> str:
        """The rows of the shop that its totals are of."""
        return "goods" if self.of_goods else "orders"

    @property
    def is_first_rows(self) -> bool:
        """Whether its top is no more than the first of its sorted rows: not of running totals,
        which are those of the top alone."""
        is_sorted = self.sorted_by and split_calculation(self.sorted_by)[1] != RUNNING
        is_cut = bool(self.top and is_sorted) and not self.has_other
        return is_cut and len(self.rows) == 1 and not (self.columns or self.having)

    @property
    def names_customers(self) -> bool:
        return "customer" in self.dimensions

    @property
    def sort_name(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def sorted_by(self) -> str:
        """The measure by which the ledger sorts rows, if it is one: of a change, what changes."""
        base, ending = split_calculation(self.sort_name)
        name = base if ending in OF_TWO_PERIODS else self.sort_name
        return "" if name in self.dimensions else name

    @property
    def is_sorted_by_cells(self) -> bool:
        """Whether the order needs two levels, or two periods: the pivot sorts, not the ledger."""
        return bool(self.sort_at) or is_of_two_periods(self.sort_name)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The measures to compute: those of cells, and those that rows are chosen or sorted by."""
        names = [split_calculation(name)[0] for name in self.measures]
        names += [condition.field for condition in self.having]
        names += [split_calculation(self.sorted_by)[0]] if self.sorted_by else []
        return tuple(dict.fromkeys(names))

    @property
    def summed(self) -> tuple[str, ...]:
        """Those that are computed from rows: not from the calendar, but by what it is divided."""
        names = [PER_DAY.get(name, name) for name in self.words if name != "days_in_period"]
        return tuple(dict.fromkeys(names)) or ("revenue",)

    @property
    def calculations(self) -> list[str]:
        """What each level adds to the measures, such as shares."""
        wanted = [*self.measures, self.sorted_by]
        return [name for name in dict.fromkeys(wanted) if split_calculation(name)[1] in IN_SQL]

    @property
    def compares(self) -> bool:
        return any(map(is_of_two_periods, self.measures))

    def dimension(self, name: str) -> Dimension:
        """With the bands of this question."""
        return with_bands(name, self.bands)


def with_bands(name: str, bands: Bands) -> Dimension:
    return replace(DIMENSIONS[name], limits=dict(bands).get(name, DIMENSIONS[name].limits))


def split_calculation(name: str) -> tuple[str, str]:
    """ "revenue_share" is the measure "revenue" and "_share"; no other measure ends so."""
    for ending in (*IN_SQL, *OF_TWO_PERIODS):
        base = name.removesuffix(ending)
        if base != name and name not in WORDS and base in WORDS:
            return base, ending
    return name, ""


def is_of_two_periods(name: str) -> bool:
    return split_calculation(name)[1] in OF_TWO_PERIODS


CALCULATIONS = {
    SHARE: ("share", "{} share", "Share of the total of {}."),
    RUNNING: ("", "{}, running total", "{} so far, added up from the first on."),
    BEFORE: ("", "{} before", "{} of the earlier period."),
    CHANGE: ("", "{} change", "{} − that of the earlier period."),
    GROWTH: (
        "share", "{} growth",
        "Change ÷ {} of the earlier period; no value if that was not above 0.",
    ),
}  # fmt: skip


def measure_column(name: str) -> Column:
    base, ending = split_calculation(name)
    if not ending:
        return Column(name)
    kind, label, definition = CALCULATIONS[ending]
    word = WORDS[base]
    return Column(name, kind or word.kind, definition.format(word.label), label.format(word.label))


def dimension_columns(dimension: Dimension) -> list[Column]:
    """The value, and before it the id that it is the name of."""
    value = Column(dimension.name, dimension.kind, dimension.definition, dimension.label)
    return [Column(dimension.id, "id"), value] if dimension.id else [value]
