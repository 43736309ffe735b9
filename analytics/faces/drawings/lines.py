"""How something went over time."""

from datetime import date
from itertools import groupby
from math import ceil

from analytics.faces.drawings.canvas import Canvas, Drawing, mark, number
from analytics.faces.drawings.palette import DASHES

POINTS = 1100  # three years of days
CROWDED = 200  # points that are so many that a thick line hides the others
DOTTED = 45  # points that are few enough for a dot each
HEIGHTS = {1: 260, 2: 160}
LOW = 120
BESIDE = 52  # pixels that the axis of each panel takes, so that all begin below each other
# Where a point lies on an axis that has distances; others name their points one after the other.
PLACES = {"date": date.isoformat, "count": number, "number": number}
MONTHS = (1, 2, 3, 4, 6, 12, 24, 60, 120)


def draw(canvas: Canvas) -> Drawing:
    chart, count = canvas.chart, canvas.table.num_rows
    rows = canvas.table.slice(max(0, count - POINTS)).to_pylist()
    groups = panels_of(canvas)
    height = HEIGHTS.get(len(groups), LOW)
    panels = [panel(canvas, rows, names, height) for names in groups]
    view = together(panels) if len(panels) > 1 else panels[0] | {"width": canvas.width}
    data = canvas.data(rows, [chart.x], canvas.with_before(*chart.y))
    kind = canvas.columns[chart.x].kind
    if place := PLACES.get(kind):
        for datum, row in zip(data["values"], rows, strict=True):
            datum[chart.x] = place(row[chart.x])
    note = f"Only the last {POINTS:,} of {count:,} points." if count > POINTS else ""
    return Drawing({"data": data, **view}, note)


def together(panels: list[dict]) -> dict:
    own = {"scale": {"color": "independent", "strokeDash": "independent"}}
    return {"autosize": "pad", "vconcat": panels, "spacing": 16, "resolve": own}


def panels_of(canvas: Canvas) -> list[tuple[str, ...]]:
    """Amounts of one kind share a panel; beside an earlier period each has its own."""
    names = canvas.chart.y
    if canvas.before:
        return [(name,) for name in names]
    kinds = [canvas.columns[name].kind for name in names]
    ordered = sorted(names, key=lambda name: kinds.index(canvas.columns[name].kind))
    return [tuple(group) for _, group in groupby(ordered, lambda n: canvas.columns[n].kind)]


def panel(canvas: Canvas, rows: list[dict], names: tuple[str, ...], height: int) -> dict:
    shown = [*names, *(f"{name}_before" for name in names if canvas.before)]
    labels = [canvas.columns[name].label for name in names] + [canvas.before] * bool(canvas.before)
    largest = max(names, key=lambda name: max(abs(row[name] or 0) for row in rows))
    axis = canvas.amounts_axis(largest, rows, minExtent=BESIDE, maxExtent=BESIDE)
    layers = [haze(canvas, names[0])] if len(names) == 1 else []
    strip = mark("rule", strokeWidth=max(3, (canvas.width - BESIDE) / len(rows)))
    tooltip = canvas.tooltip([canvas.chart.x, *shown])
    layers += canvas.pointed_at(strip, f"over_{names[0]}", tooltip=tooltip)
    layers += [line(canvas, labels, turn, len(rows)) for turn in range(len(labels))]
    for layer, name in zip(layers[-len(shown) :], shown, strict=True):
        layer["encoding"]["y"] = {"field": name, "type": "quantitative", "axis": axis}
    return {
        "width": canvas.width - BESIDE,
        "height": height,
        "encoding": {"x": moments(canvas, rows)},
        "layer": layers,
    }


def haze(canvas: Canvas, name: str) -> dict:
    encoding = {"y": {"field": name, "type": "quantitative"}}
    return {"mark": mark("area", color=canvas.palette.haze), "encoding": encoding}


def line(canvas: Canvas, labels: list[str], turn: int, count: int) -> dict:
    """Lines differ by colour and by dashes; the earlier period's is thin, dashed and quiet."""
    earlier = bool(canvas.before) and turn > 0
    width = 1.5 if earlier else 2 if turn or count < CROWDED else 1.25
    colours, dashes = list(canvas.palette.series), list(DASHES)
    if canvas.before:
        colours[1], dashes[1] = canvas.palette.faint, [4, 3]
    known = {"domain": labels, "range": colours[: len(labels)]}
    dashed = {"domain": labels, "range": dashes[: len(labels)]}
    legend = {"symbolType": "stroke", "symbolSize": 500, "columns": max(1, canvas.width // 160)}
    named = len(labels) > 1 or len(canvas.chart.y) > 1
    dots = {"point": {"size": 26, "aria": False}} if count <= DOTTED and not earlier else {}
    return {
        "mark": mark("line", strokeWidth=width, strokeJoin="round", **dots),
        "encoding": {
            "color": {"datum": labels[turn], "scale": known, "legend": legend if named else None},
            "strokeDash": {"datum": labels[turn], "scale": dashed},
        },
    }


def moments(canvas: Canvas, rows: list[dict]) -> dict:
    name = canvas.chart.x
    kind, axis = canvas.columns[name].kind, {"title": None, "grid": False}
    if kind == "date":
        ticks = days_axis(rows[0][name], rows[-1][name], canvas.width)
        return {"field": name, "type": "temporal", "scale": {"type": "utc"}, "axis": axis | ticks}
    if kind in ("count", "number"):
        bounds = {"domain": [number(rows[0][name]), number(rows[-1][name])], "nice": False}
        ticks = {"tickCount": max(2, canvas.width // 80), "tickMinStep": 1, "format": ",~f"}
        return {"field": name, "type": "quantitative", "scale": bounds, "axis": axis | ticks}
    whole = {"labelAngle": 0, "labelOverlap": "parity", "labelSeparation": 6}
    scale = {"domain": [canvas.label(row, name) for row in rows]}
    return {"field": name, "type": "ordinal", "scale": scale, "axis": axis | whole}


def days_axis(first, last, width: int) -> dict:
    """As many dates as have room; months from four of them on, then years."""
    room = max(2, width // 80)
    days = (last - first).days + 1
    if days <= 120:
        return {"format": "%-d %b", "tickCount": min(room, days)}
    step = next((step for step in MONTHS if step >= ceil(days / 30 / room)), MONTHS[-1])
    if step < 12:
        return {"format": "%b %Y", "tickCount": {"interval": "month", "step": step}}
    return {"format": "%Y", "tickCount": {"interval": "year", "step": step // 12}}
