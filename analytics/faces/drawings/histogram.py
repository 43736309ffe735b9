"""How many rows lie where."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from math import floor

from analytics.faces.drawings.canvas import Canvas, Drawing, Vega, mark
from analytics.query.answer import Answer
from analytics.semantics.charts import Histogram

BARS = 24
TAIL = 100  # one row in so many may lie far from all others: it must not squeeze them into one bar
HEIGHT = 240
BAR_ENDS = {"x": {"field": "from", "type": "quantitative"}, "x2": {"field": "to"}}
GAP = 0.06  # of a bar's width


@dataclass(frozen=True)
# Decimals, because sums of float steps miss their edges, where round amounts lie.
class Bins:
    """Bars of one width; what lies before the first or behind the last is counted with these."""

    first: Decimal
    step: Decimal
    count: int

    def bin_index(self, value: Decimal) -> int:
        return floor((value - self.first) / self.step)

    def counts(self, values: list[Decimal]) -> list[int]:
        counts = Counter(min(max(self.bin_index(value), 0), self.count - 1) for value in values)
        return [counts[index] for index in range(self.count)]

    def edge(self, index: int) -> Decimal:
        return self.first + index * self.step


def draw(canvas: Canvas[Histogram]) -> Drawing:
    values = sorted_values(canvas, canvas.answer)
    is_whole = canvas.columns[canvas.chart.x].kind == "count"
    bins = bins_for(values, is_whole)
    earlier = sorted_values(canvas, canvas.answer.before)
    counts = zip(bins.counts(values), bins.counts(earlier), strict=True)
    bars = [
        {"now": now, "earlier": before, "range": range_text(canvas, bins, index, values)}
        | bar_ends(bins, index, is_whole)
        for index, (now, before) in enumerate(counts)
    ]
    return Drawing(histogram_view(canvas, bins, bars))


def sorted_values(canvas: Canvas[Histogram], answer: Answer | None) -> list[Decimal]:
    values = answer.table[canvas.chart.x].to_pylist() if answer else []
    return sorted(Decimal(value) for value in values if value is not None)


def bins_for(values: list[Decimal], is_whole: bool) -> Bins:
    """Round widths over nearly all values, or over all where the rest is not far away."""
    low, high = values[len(values) // TAIL], values[-1 - len(values) // TAIL]
    reach = high - low
    low = values[0] if low - values[0] <= reach else low
    high = values[-1] if values[-1] - high <= reach else high
    step = max(rounded_up((high - low) / BARS), Decimal(1) if is_whole else Decimal("0.01"))
    first = floor(low / step) * step
    # A bar holds its lower edge and not its upper one, so the highest value may need one more.
    return Bins(first, step, floor((high - first) / step) + 1)


def rounded_up(width: Decimal) -> Decimal:
    """To 1, 2, 5, 10, 20 …"""
    size = Decimal(f"{Decimal(10) ** width.adjusted():f}")  # 10, where 1E+1 would be shown as such
    return next(size * digit for digit in (1, 2, 5, 10) if size * digit >= width)


def range_text(canvas: Canvas[Histogram], bins: Bins, index: int, values: list[Decimal]) -> str:
    """From 100 to below 200; the outermost bars may hold more."""
    low, high = bins.edge(index), bins.edge(index + 1)
    name = canvas.chart.x
    first, last = (canvas.full_text({name: edge}, name) for edge in (low, high))
    if index == 0 and values[0] < low:
        return f"below {last}"
    if index == bins.count - 1 and values[-1] >= high:
        return f"{first} and more"
    return first if bins.step == 1 and canvas.columns[name].kind == "count" else f"{first} – {last}"


def bar_ends(bins: Bins, index: int, is_whole: bool) -> dict[str, float]:
    """Single whole numbers stand in the middle of their bars."""
    left = bins.edge(index) - (bins.step / 2 if is_whole and bins.step == 1 else 0)
    gap = bins.step * Decimal(GAP)
    return {"from": float(left + gap), "to": float(left + bins.step - gap)}


def histogram_view(canvas: Canvas[Histogram], bins: Bins, bars: list[Vega]) -> Vega:
    name = canvas.chart.x
    largest = max(abs(bins.first), abs(bins.edge(bins.count)))
    x_axis = canvas.amount_axis(name, [{name: largest}], grid=False, titlePadding=8)
    x_axis |= {"title": canvas.columns[name].label, "labelOverlap": "greedy"}
    x_axis["tickCount"] = max(3, canvas.width // 90)
    fields = ("now", "earlier") if canvas.earlier_label else ("now",)
    return {
        "width": canvas.width,
        "height": HEIGHT,
        "data": {"values": bars},
        "encoding": {"tooltip": tooltip(canvas)},
        "layer": [
            *(count_layer(canvas, field, x_axis) for field in fields),
            *canvas.hover_layer(mark("rect"), "over", **BAR_ENDS),
        ],
    }


def count_layer(canvas: Canvas[Histogram], field: str, x_axis: Vega) -> Vega:
    x = {"type": "quantitative", "scale": {"zero": False, "nice": False}}
    # Rows are whole: there is no half of one to mark.
    y_axis = {"title": None, "tickCount": 5, "tickMinStep": 1, "format": ",~f"}
    return {
        "mark": mark("bar", cornerRadiusEnd=2),
        "encoding": {
            "x": {"field": "from", "axis": x_axis, **x},
            "x2": {"field": "to"},
            "y": {"field": field, "type": "quantitative", "axis": y_axis},
            "y2": {"datum": 0},
            **canvas.bar_style("This period", is_earlier=field == "earlier"),
        },
    }


def tooltip(canvas: Canvas[Histogram]) -> list[Vega]:
    """How many of what, now and before."""
    titles = {"range": canvas.columns[canvas.chart.x].label, "now": "How many"}
    if canvas.earlier_label:
        titles["earlier"] = canvas.earlier_label
    return [{"field": field, "title": title, "type": "nominal"} for field, title in titles.items()]
