"""An amount by two columns: what each of the largest series has, and the others together."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from analytics.faces.drawings.canvas import Canvas, Row
from analytics.semantics.chart_choice import adds_up
from analytics.semantics.charts import Series, SmallMultiples

MAX_SERIES = 5  # as many as there are colours
Amount = Decimal | int


@dataclass(frozen=True)
class Part:
    """One series: the rows of each place on the axis, of which the others have several."""

    label: str
    rows: dict[Any, list[Row]]
    name: str  # of the column that has the amounts
    is_others: bool = False

    def amount(self, x: Any) -> Amount | None:
        """None where there are no rows, or none with an amount."""
        known = [row[self.name] for row in self.rows.get(x, ()) if row[self.name] is not None]
        return sum(known) if known else None

    @property
    def total(self) -> Amount:
        return sum(self.amount(x) or 0 for x in self.rows)


@dataclass(frozen=True)
class Split:
    places: list[Any]  # on the axis
    parts: list[Part]  # the largest first, the others last
    left_out: int = 0  # series that have no part: means of means would be no means


def split_rows(canvas: Canvas[Series] | Canvas[SmallMultiples], most: int = MAX_SERIES) -> Split:
    """By size: what a series has on balance, above zero or below; rates in the order of rows."""
    chart = canvas.chart
    parts = all_parts(canvas)
    if canvas.columns[chart.y].kind == "count" or adds_up(chart.y, chart.x, chart.series):
        # Sorting is stable: of two that have the same, the first stays the first.
        parts.sort(key=lambda part: abs(Decimal(part.total)), reverse=True)
    named, others = parts[:most], parts[most:]
    places = canvas.distinct_values(chart.x)
    if others and not adds_up(chart.y, chart.x, chart.series):
        return Split(places, named, len(others))
    return Split(places, [*named, *([together(others)] if others else [])])


def all_parts(canvas: Canvas[Series] | Canvas[SmallMultiples]) -> list[Part]:
    chart = canvas.chart
    parts = {
        value: Part(canvas.full_text({chart.series: value}, chart.series), {}, chart.y)
        for value in canvas.distinct_values(chart.series)
    }
    for row in canvas.table.to_pylist():
        parts[row[chart.series]].rows.setdefault(row[chart.x], []).append(row)
    return [*parts.values()]


def together(parts: list[Part]) -> Part:
    """The others as one; a single other keeps its name."""
    rows: dict[Any, list[Row]] = {}
    for part in parts:
        for x, some in part.rows.items():
            rows.setdefault(x, []).extend(some)
    label = parts[0].label if len(parts) == 1 else f"{len(parts):,} others"
    return Part(label, rows, parts[0].name, is_others=True)
