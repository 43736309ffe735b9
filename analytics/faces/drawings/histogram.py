"""How many rows lie where."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from math import floor

from analytics.faces.drawings.canvas import Canvas, Drawing, mark

BARS = 24
TAIL = 100  # one row in so many may lie far from all others: it must not squeeze them into one bar
HEIGHT = 240
SPAN = {"x": {"field": "from", "type": "quantitative"}, "x2": {"field": "to"}}
GAP = 0.06  # of a bar's width


@dataclass(frozen=True)
class Bins:
    """Bars of one width; what lies before the first or behind the last is counted with these."""

    first: Decimal
    step: Decimal
    count: int

    def turn(self, value) -> int:
        return floor((value - self.first) / self.step)

    def counts(self, values: list) -> list[int]:
        found = Counter(min(max(self.turn(value), 0), self.count - 1) for value in values)
        return [found[turn] for turn in range(self.count)]

    def edge(self, turn: int) -> Decimal:
        return self.first + turn * self.step


def draw(canvas: Canvas) -> Drawing:
    values, whole = known(canvas.answer, canvas), canvas.columns[canvas.chart.x].kind == "count"
    bins = bins_of(values, whole)
    earlier = known(canvas.answer.before, canvas) if canvas.before else []
    counts = zip(bins.counts(values), bins.counts(earlier), strict=True)
    bars = [
        {"now": now, "earlier": before, "told": told(canvas, bins, turn, values)}
        | ends(bins, turn, whole)
        for turn, (now, before) in enumerate(counts)
    ]
    return Drawing(view(canvas, bins, bars))


def known(answer, canvas: Canvas) -> list:
    values = answer.table[canvas.chart.x].to_pylist()
    return sorted(Decimal(value) for value in values if value is not None)


def bins_of(values: list[Decimal], whole: bool) -> Bins:
    """Round widths over nearly all values, or over all where the rest is not far away."""
    low, high = values[len(values) // TAIL], values[-1 - len(values) // TAIL]
    reach = high - low
    low = values[0] if low - values[0] <= reach else low
    high = values[-1] if values[-1] - high <= reach else high
    step = max(rounded_up((high - low) / BARS), Decimal(1) if whole else Decimal("0.01"))
    first = floor(low / step) * step
    return Bins(first, step, floor((high - first) / step) + 1)


def rounded_up(width: Decimal) -> Decimal:
    """To 1, 2, 5, 10, 20 …"""
    size = Decimal(f"{Decimal(10) ** width.adjusted():f}")  # 10, where 1E+1 would be shown as such
    return next(size * digit for digit in (1, 2, 5, 10) if size * digit >= width)


def told(canvas: Canvas, bins: Bins, turn: int, values: list[Decimal]) -> str:
    """From 100 to below 200; the outermost bars may hold more."""
    low, high = bins.edge(turn), bins.edge(turn + 1)
    name = canvas.chart.x
    first, last = (canvas.told({name: edge}, name) for edge in (low, high))
    if turn == 0 and values[0] < low:
        return f"below {last}"
    if turn == bins.count - 1 and values[-1] >= high:
        return f"{first} and more"
    return first if bins.step == 1 and canvas.columns[name].kind == "count" else f"{first} – {last}"


def ends(bins: Bins, turn: int, whole: bool) -> dict:
    """Single whole numbers stand in the middle of their bars."""
    left = bins.edge(turn) - (bins.step / 2 if whole and bins.step == 1 else 0)
    gap = bins.step * Decimal(GAP)
    return {"from": float(left + gap), "to": float(left + bins.step - gap)}


def view(canvas: Canvas, bins: Bins, bars: list[dict]) -> dict:
    name = canvas.chart.x
    reach = max(abs(bins.first), abs(bins.edge(bins.count)))
    x_axis = canvas.amounts_axis(name, [{name: reach}], grid=False, titlePadding=8)
    x_axis |= {"title": canvas.columns[name].label, "labelOverlap": "greedy"}
    x_axis["tickCount"] = max(3, canvas.width // 90)
    y_axis = {"title": None, "tickCount": 5, "tickMinStep": 1, "format": ",~f"}
    x = {"type": "quantitative", "scale": {"zero": False, "nice": False}}
    layers = [
        {
            "mark": mark("bar", cornerRadiusEnd=2),
            "encoding": {
                "x": {"field": "from", "axis": x_axis, **x},
                "x2": {"field": "to"},
                "y": {"field": field, "type": "quantitative", "axis": y_axis},
                "y2": {"datum": 0},
                **canvas.dress("This period", earlier=field == "earlier"),
            },
        }
        for field in (("now", "earlier") if canvas.before else ("now",))
    ]
    return {
        "width": canvas.width,
        "height": HEIGHT,
        "data": {"values": bars},
        "encoding": {"tooltip": tooltip(canvas)},
        "layer": [*layers, *canvas.pointed_at(mark("rect"), **SPAN)],
    }


def tooltip(canvas: Canvas) -> list[dict]:
    """How many of what, now and before."""
    told = [("told", canvas.columns[canvas.chart.x].label), ("now", "How many")]
    told += [("earlier", canvas.before)] if canvas.before else []
    return [{"field": field, "title": title, "type": "nominal"} for field, title in told]
