"""Amounts side by side."""

from analytics.faces.drawings import horizontal_bars
from analytics.faces.drawings.canvas import Canvas, Drawing, mark

LARGEST = 20  # ranked bars
STANDING, LYING = 120, 40  # bars in the order of the rows
HEIGHT = 240
BESIDE = 60  # pixels that the axis takes
ROOM = 46  # pixels that an amount above a bar needs


def draw(canvas: Canvas) -> Drawing:
    """Names are read on bars that lie; hours and months stand."""
    chart = canvas.chart
    if not chart.ranked and canvas.columns[chart.x].kind != "text":
        rows, note = first(canvas, STANDING)
        return Drawing(standing(canvas, rows), note)
    rows, note = ranked(canvas) if chart.ranked else first(canvas, LYING)
    return Drawing(horizontal_bars.view(canvas, rows), note)


def ranked(canvas: Canvas) -> tuple[list[dict], str]:
    values = canvas.table[canvas.chart.y].to_pylist()
    known = [turn for turn, value in enumerate(values) if value is not None]
    largest = sorted(known, key=lambda turn: -values[turn])[:LARGEST]
    note = f"The {LARGEST} largest of {len(known):,}." if len(known) > LARGEST else ""
    return [canvas.row(turn) for turn in largest], note


def first(canvas: Canvas, most: int) -> tuple[list[dict], str]:
    count = canvas.table.num_rows
    note = f"Only the first {most} of {count:,}." if count > most else ""
    return canvas.table.slice(0, most).to_pylist(), note


def standing(canvas: Canvas, rows: list[dict]) -> dict:
    chart, whole = canvas.chart, {"labelAngle": 0, "labelOverlap": "parity", "labelSeparation": 4}
    names = canvas.with_before(chart.y)
    spoken = canvas.spoken(chart.x, *names)
    data = canvas.data(rows, [chart.x], names, spoken)
    for datum, row in zip(data["values"], rows, strict=True):
        datum |= {"_short": canvas.short(row, chart.y), "_top": max(0, datum[chart.y] or 0)}
    scale = {"domain": [datum[chart.x] for datum in data["values"]]}
    x = {"field": chart.x, "type": "ordinal", "scale": scale, "axis": {"title": None, **whole}}
    room = (canvas.width - BESIDE) / len(rows) >= ROOM and not canvas.before
    return {
        "width": canvas.width,
        "height": HEIGHT,
        "data": data,
        "encoding": {"x": x, "tooltip": canvas.tooltip(spoken)},
        "layer": [
            *bars(canvas, rows),
            *([amounts(canvas)] if room else []),
            *canvas.pointed_at(mark("rect")),
        ],
    }


def bars(canvas: Canvas, rows: list[dict]) -> list[dict]:
    """The earlier period's bar is wide, dashed and hollow around the one of now."""
    chart = canvas.chart
    axis = canvas.amounts_axis(chart.y, rows)
    layers, label = [], canvas.columns[chart.y].label
    for name in canvas.with_before(chart.y):
        width = 0.86 if name != chart.y else 0.5 if canvas.before else 0.62
        shape = mark("bar", width={"band": width}, cornerRadiusEnd=3)
        y = {"field": name, "type": "quantitative", "axis": axis}
        layers.append(
            {"mark": shape, "encoding": {"y": y, **canvas.dress(label, earlier=name != chart.y)}}
        )
    return layers


def amounts(canvas: Canvas) -> dict:
    return {
        "mark": mark("text", dy=-7, fontSize=11, color=canvas.palette.ink),
        "encoding": {
            "text": {"field": "_short"},
            "y": {"field": "_top", "type": "quantitative"},
        },
    }
