"""Which chart suits measures by dimensions, and what to say where the chosen one does not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analytics.semantics.charts import Bars, Chart, Figures, GroupedBars, Heatmap, Lines, Series
from analytics.semantics.columns import Column
from analytics.semantics.dimensions import DIMENSIONS
from analytics.semantics.kinds import KINDS
from analytics.semantics.measures import WORDS
from analytics.semantics.question import BEFORE, CHANGE, SHARE, split_calculation

CHOICES = ("auto", "line", "area", "bars", "stacked", "share", "heatmap", "table")
MAX_AMOUNTS = 5  # of one chart: there are so many colours

# An order counts once for each product in it, so orders add up over what whole orders have only.
COUNTS_OF_ORDERS = frozenset({"orders", "guests", "refunds"})
ADDED = frozenset({"", SHARE, BEFORE, CHANGE})  # of a sum, and sums themselves
ORDERED_KINDS = frozenset({"hour", "weekday", "month_of_year", "count", "number"})

NEEDS_TIME = "A line or an area needs a dimension of time."
NEEDS_TWO = "That chart needs two dimensions."
NEEDS_SUMS = "{} cannot be stacked: what its parts have does not add up to the whole."


@dataclass(frozen=True)
class ChosenChart:
    """No chart where the table was chosen, or where none shows the question."""

    chart: Chart | None
    reason: str = ""  # why it is not the one that was chosen


def chart_for(
    row_columns: Sequence[Column],
    column_columns: Sequence[Column],
    measures: Sequence[Column],
    choice: str = "auto",
) -> ChosenChart:
    """The chart of a pivot: the chosen one if it suits, else what suits, and why."""
    if choice == "table" or not measures:
        return ChosenChart(None)
    if len(column_columns) > 2:
        return ChosenChart(None, "No chart shows more than two dimensions of columns.")
    dimensions = charted_dimensions(row_columns, column_columns)
    usual = USUAL[len(dimensions)](dimensions, measures)
    if choice == "auto" or not dimensions:
        return ChosenChart(usual)
    fitting = FITTING[choice](dimensions, measures)
    # A text says what the question lacks for the chart.
    return ChosenChart(usual, fitting) if isinstance(fitting, str) else ChosenChart(fitting)


def charted_dimensions(
    row_columns: Sequence[Column], column_columns: Sequence[Column]
) -> list[Column]:
    """At most two: those of the columns, and before them the first of the rows. A pivot has the
    figures of these levels: they are not added up from deeper ones."""
    return [*row_columns[: 2 - len(column_columns)], *column_columns]


# What suits


def figures(dimensions: Sequence[Column], measures: Sequence[Column]) -> Chart:
    return Figures(tuple(column.name for column in measures))


def chart_of_one(dimensions: Sequence[Column], measures: Sequence[Column]) -> Chart:
    (x,) = dimensions
    if is_calendar(x):
        return Lines(x.name, tuple(column.name for column in measures[:MAX_AMOUNTS]))
    return bars_of_one(x, measures)


def bars_of_one(x: Column, measures: Sequence[Column]) -> Chart:
    """Amounts of one kind beside each other. What has an order of its own is not ranked."""
    names = tuple(c.name for c in measures if c.kind == measures[0].kind)[:MAX_AMOUNTS]
    if len(names) > 1:
        return GroupedBars(x.name, names)
    return Bars(x.name, names[0], ranked=not (is_calendar(x) or is_ordered(x)))


def chart_of_two(dimensions: Sequence[Column], measures: Sequence[Column]) -> Chart:
    measure, (x, series) = measures[0], place_and_series(dimensions)
    if measure.name.endswith("_share") and adds_up(measure.name, x.name, series.name):
        return Series(x.name, series.name, measure.name, "share")
    # Colours are for names: an hour, a weekday or another month is better seen as a place.
    if is_calendar(x) and not is_ordered(series):
        stacks = adds_up(measure.name, x.name, series.name)
        return Series(x.name, series.name, measure.name, "stacked" if stacks else "lines")
    return heatmap_of_two(dimensions, measures)


def heatmap_of_two(dimensions: Sequence[Column], measures: Sequence[Column]) -> Heatmap:
    """What has an order runs from left to right; of two names the columns do."""
    row, column = dimensions
    x, y = (row, column) if is_ordered(row) and not is_ordered(column) else (column, row)
    return Heatmap(x.name, y.name, measures[0].name)


def place_and_series(dimensions: Sequence[Column]) -> tuple[Column, Column]:
    """What runs along the axis, and what is told apart by colour: time before names."""
    first, second = dimensions
    is_second = (is_calendar(second), is_ordered(second)) > (is_calendar(first), is_ordered(first))
    return (second, first) if is_second else (first, second)


def is_calendar(column: Column) -> bool:
    return KINDS[column.kind].is_calendar


def is_ordered(column: Column) -> bool:
    """Whether its values have an order of their own, as hours and bands have."""
    # A day of the month is of the kind of ids.
    is_day = column.kind == "id" and not column.name.endswith("_id")
    dimension = DIMENSIONS.get(column.name)
    has_places = dimension is not None and bool(dimension.places or dimension.limits)
    return is_calendar(column) or column.kind in ORDERED_KINDS or is_day or has_places


def adds_up(measure: str, *dimensions: str) -> bool:
    """Whether the parts by these dimensions are a whole: then they can be stacked."""
    if "tag" in dimensions:  # a product has several
        return False
    name, ending = split_calculation(measure)
    if ending not in ADDED or name not in WORDS:
        return False
    of_goods = any(name in DIMENSIONS and DIMENSIONS[name].of_goods for name in dimensions)
    return WORDS[name].is_sum or (name in COUNTS_OF_ORDERS and not of_goods)


# What was chosen: a chart, or what it lacks


def line_chart(dimensions: Sequence[Column], measures: Sequence[Column]) -> Chart | str:
    if not any(map(is_calendar, dimensions)):
        return NEEDS_TIME
    if len(dimensions) == 1:
        return chart_of_one(dimensions, measures)
    x, series = place_and_series(dimensions)
    return Series(x.name, series.name, measures[0].name, "lines")


def area_chart(dimensions: Sequence[Column], measures: Sequence[Column]) -> Chart | str:
    if not any(map(is_calendar, dimensions)):
        return NEEDS_TIME
    if len(dimensions) == 1:
        return Lines(dimensions[0].name, (measures[0].name,))
    return stacked("area", dimensions, measures)


def bar_chart(dimensions: Sequence[Column], measures: Sequence[Column]) -> Chart | str:
    if len(dimensions) == 1:
        return bars_of_one(dimensions[0], measures)
    return stacked("stacked", dimensions, measures)


def stacked_bars(dimensions: Sequence[Column], measures: Sequence[Column]) -> Chart | str:
    return stacked("stacked", dimensions, measures)


def share_bars(dimensions: Sequence[Column], measures: Sequence[Column]) -> Chart | str:
    return stacked("share", dimensions, measures)


def stacked(shape: str, dimensions: Sequence[Column], measures: Sequence[Column]) -> Chart | str:
    if len(dimensions) == 1:
        return NEEDS_TWO
    measure, (x, series) = measures[0], place_and_series(dimensions)
    if not adds_up(measure.name, x.name, series.name):
        return NEEDS_SUMS.format(measure.label)
    return Series(x.name, series.name, measure.name, shape)


def heatmap(dimensions: Sequence[Column], measures: Sequence[Column]) -> Chart | str:
    return NEEDS_TWO if len(dimensions) == 1 else heatmap_of_two(dimensions, measures)


Rule = Callable[[Sequence[Column], Sequence[Column]], Chart | str]
USUAL: tuple[Callable[[Sequence[Column], Sequence[Column]], Chart], ...] = (
    figures, chart_of_one, chart_of_two,
)  # fmt: skip
FITTING: dict[str, Rule] = {
    "line": line_chart,
    "area": area_chart,
    "bars": bar_chart,
    "stacked": stacked_bars,
    "share": share_bars,
    "heatmap": heatmap,
}
