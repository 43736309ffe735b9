"""Which picture answers a report's question. Columns are named; `faces/as_chart.py` draws."""

from dataclasses import dataclass

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
    """Amounts side by side in the order of the rows; `ranked` ones lie, the largest on top."""

    x: str
    y: str
    ranked: bool = False

    @property
    def amounts(self) -> tuple[str, ...]:
        return (self.y,)


@dataclass(frozen=True)
class Heatmap:
    """An amount for each pair, as depth of colour: hours of weekdays, months of cohorts."""

    x: str
    y: str
    color: str

    @property
    def amounts(self) -> tuple[str, ...]:
        return (self.color,)


@dataclass(frozen=True)
class Histogram:
    """How many rows lie where."""

    x: str

    @property
    def amounts(self) -> tuple[str, ...]:
        return (self.x,)


@dataclass(frozen=True)
class Counts:
    """How many rows have each value: a bar for each status or group, the largest on top."""

    x: str
    label: str

    @property
    def amounts(self) -> tuple[str, ...]:
        return (self.x,)


@dataclass(frozen=True)
class Steps:
    """From one amount to another: what is added, what is taken away (amounts below zero), and what
    is left, which is told by being what was reached anyway."""

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
    """The numbers themselves, each in a tile: of an answer that is a single row."""

    amounts: tuple[str, ...]


Chart = Lines | Fan | Bars | Heatmap | Histogram | Counts | Steps | Pareto | Figures


def chosen(report) -> Chart:
    """What the report declares, or else what its columns suggest."""
    if report.chart is not None:
        return report.chart
    first, *_ = report.columns
    amounts = [column for column in report.columns if KINDS[column.kind].is_amount]
    subjects = [c for c in report.columns if c not in amounts and c.kind != "id"]
    subjects += [first] if first.kind == "id" else []
    if not amounts or first.is_measure or not subjects:
        return Figures(tuple(column.name for column in amounts))
    x, y = subjects[0], next((column for column in amounts if column.is_measure), amounts[0])
    if KINDS[x.kind].is_calendar:
        return Lines(x.name, (y.name,))
    return Bars(x.name, y.name, ranked=x.kind == "text")
