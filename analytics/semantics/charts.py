"""The charts that a report can declare, by the names of its columns; `faces/as_chart.py` draws."""

from dataclasses import dataclass

from analytics.semantics.columns import Column
from analytics.semantics.kinds import KINDS


@dataclass(frozen=True)
class Lines:
    """How something went over time; several columns are several lines."""

    x: str
    y: tuple[str, ...]

    @property
    def amounts(self) -> tuple[str, ...]:
        return self.y


@dataclass(frozen=True)
class Fan:
    """How something went over time and will go on, between bounds from the inner to the outer."""

    x: str
    y: str
    forecast: str
    bounds: tuple[str, ...]

    @property
    def amounts(self) -> tuple[str, ...]:
        return (self.y, self.forecast)


@dataclass(frozen=True)
class Bars:
    """Amounts side by side in the order of the rows; `ranked` ones horizontal, largest first."""

    x: str
    y: str
    ranked: bool = False

    @property
    def amounts(self) -> tuple[str, ...]:
        return (self.y,)


@dataclass(frozen=True)
class Heatmap:
    """An amount for each pair, as depth of colour: hours of weekdays, months of cohorts. `facts`
    are columns about all cells with the same `y`, such as the size of a cohort."""

    x: str
    y: str
    color: str
    facts: tuple[str, ...] = ()

    @property
    def amounts(self) -> tuple[str, ...]:
        return (self.color,)


@dataclass(frozen=True)
class Series:
    """An amount split by the values of another column: the largest have a colour each, the others
    one together. `shape` is one of SHAPES."""

    x: str
    series: str
    y: str
    shape: str = "lines"

    @property
    def amounts(self) -> tuple[str, ...]:
        return (self.y,)


@dataclass(frozen=True)
class SmallMultiples:
    """A small line for each value of another column, all of them on one scale."""

    x: str
    series: str
    y: str

    @property
    def amounts(self) -> tuple[str, ...]:
        return (self.y,)


@dataclass(frozen=True)
class GroupedBars:
    """Several amounts of one kind for each row, side by side on one axis."""

    x: str
    y: tuple[str, ...]

    @property
    def amounts(self) -> tuple[str, ...]:
        return self.y


@dataclass(frozen=True)
class Histogram:
    """How many rows have a value in each range."""

    x: str

    @property
    def amounts(self) -> tuple[str, ...]:
        return (self.x,)


@dataclass(frozen=True)
class Counts:
    """How many rows have each value: a bar for each status or group, the largest first."""

    x: str
    label: str

    @property
    def amounts(self) -> tuple[str, ...]:
        return (self.x,)


@dataclass(frozen=True)
class Steps:
    """From one amount to another (a waterfall): what is added, what is subtracted (amounts below
    zero), and totals, which are the amounts equal to the sum so far."""

    x: str
    y: str

    @property
    def amounts(self) -> tuple[str, ...]:
        return (self.y,)


@dataclass(frozen=True)
class Pareto:
    """Ranked amounts and the share of all that they make up together."""

    x: str
    y: str
    share: str

    @property
    def amounts(self) -> tuple[str, ...]:
        return (self.y,)


@dataclass(frozen=True)
class Figures:
    """The numbers of an answer with a single row, each in a tile."""

    amounts: tuple[str, ...]


SHAPES = ("lines", "area", "stacked", "share")
Chart = (
    Lines | Fan | Bars | GroupedBars | Heatmap | Series | SmallMultiples | Histogram | Counts
    | Steps | Pareto | Figures
)  # fmt: skip


def default_chart(columns: tuple[Column, ...]) -> Chart:
    """What the columns of a report suggest, where it declares no chart."""
    first, *_ = columns
    amounts = [column for column in columns if KINDS[column.kind].is_amount]
    keys = [column for column in columns if column not in amounts and column.kind != "id"]
    # An id is drawn only where nothing else says what a row is about.
    keys += [first] if first.kind == "id" else []
    if not amounts or first.is_measure or not keys:
        return Figures(tuple(column.name for column in amounts))
    # The first amount may be a rank or a number of days; a measure is what the report is about.
    x, y = keys[0], next((column for column in amounts if column.is_measure), amounts[0])
    if KINDS[x.kind].is_calendar:
        return Lines(x.name, (y.name,))
    return Bars(x.name, y.name, ranked=x.kind == "text")
