"""An amount by two columns: what each of the largest series has, and the others together."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from analytics.faces.drawings.canvas import Canvas, Row
from analytics.faces.drawings.palette import Palette
from analytics.semantics.chart_choice import adds_up
from analytics.semantics.charts import Series, SmallMultiples

MAX_SERIES = 5  # as many as there are colours
OTHER = "Other"
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
    is_sum = adds_up(chart.y, chart.x, chart.series)
    parts, rest = all_parts(canvas)
    if canvas.columns[chart.y].kind == "count" or is_sum:
        # Sorting is stable: of two that have the same, the first stays the first.
        parts.sort(key=lambda part: abs(Decimal(part.total)), reverse=True)
    named, others = parts[:most], parts[most:]
    places = canvas.distinct_values(chart.x)
    if others and not is_sum:
        return Split(places, [*named, *rest], len(others))
    return Split(places, [*named, *together(others, rest)])


def all_parts(canvas: Canvas[Series] | Canvas[SmallMultiples]) -> tuple[list[Part], list[Part]]:
    """Each series, and what the question itself has put together as others."""
    name, amount = canvas.chart.series, canvas.chart.y
    parts: dict[Any, Part] = {}
    rest = Part(OTHER, {}, amount, is_others=True)
    order = {value: place for place, value in enumerate(canvas.distinct_values(name))}
    for row in canvas.table.to_pylist():
        # By id where there is one: two products may have one name.
        key = order[row[name]], row.get(f"{name}_id")
        label = canvas.full_text(row, name)
        part = rest if canvas.is_other(row) else parts.setdefault(key, Part(label, {}, amount))
        part.rows.setdefault(row[canvas.chart.x], []).append(row)
    in_order = [parts[key] for key in sorted(parts, key=lambda key: key[0])]
    return in_order, [rest] if rest.rows else []


def together(parts: list[Part], rest: list[Part]) -> list[Part]:
    """The others as one; a single other keeps its name."""
    rows: dict[Any, list[Row]] = {}
    for part in [*parts, *rest]:
        for x, some in part.rows.items():
            rows.setdefault(x, []).extend(some)
    if not rows:
        return []
    label = f"{len(parts):,} others"
    if rest:
        label = OTHER
    elif len(parts) == 1:
        label = parts[0].label
    return [Part(label, rows, [*parts, *rest][0].name, is_others=True)]


def part_colors(palette: Palette, parts: list[Part]) -> list[str]:
    return [
        palette.others if part.is_others else palette.series[index]
        for index, part in enumerate(parts)
    ]
