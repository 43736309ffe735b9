"""Bars that lie, each below its name, the amount at the right."""

from analytics.faces.drawings.canvas import Canvas, mark

ROW = 38
UP, DOWN, FURTHER = -8, 9, 15  # from the middle of a row: its words, its bar, the earlier one
THICK, THIN = 6, 4
AMOUNT = 100  # pixels that names leave to amounts


def view(canvas: Canvas, rows: list[dict]) -> dict:
    chart = canvas.chart
    names = canvas.with_before(chart.y)
    spoken = canvas.spoken(chart.x, *names)
    data = canvas.data(rows, [chart.x], names, spoken)
    for turn, (datum, row) in enumerate(zip(data["values"], rows, strict=True)):
        datum |= {"_turn": turn, "_short": canvas.short(row, chart.y)}
    return {
        "width": canvas.width,
        "height": ROW * len(rows),
        "data": data,
        "encoding": {
            "y": {"field": "_turn", "type": "ordinal", "axis": None},
            "tooltip": canvas.tooltip(spoken),
        },
        "layer": [
            track(canvas),
            *(bar(canvas, name) for name in names),
            text(canvas, chart.x, "left", 0, limit=canvas.width - AMOUNT),
            text(canvas, "_short", "right", canvas.width, fontWeight="bold"),
            *canvas.pointed_at(mark("rect")),
        ],
    }


def track(canvas: Canvas) -> dict:
    """What a bar could be: short ones are seen beside it."""
    whole = {"x": 0, "x2": canvas.width, "height": THICK, "yOffset": DOWN, "cornerRadius": 3}
    return {"mark": mark("bar", color=canvas.palette.wash, **whole)}


def bar(canvas: Canvas, name: str) -> dict:
    now = canvas.chart.y
    thick, down = (THICK, DOWN) if name == now else (THIN, FURTHER)
    shape = mark("bar", height=thick, yOffset=down, cornerRadius=min(3, thick / 2))
    x = {"field": name, "type": "quantitative", "axis": None, "scale": {"nice": False}}
    dress = canvas.dress(canvas.columns[now].label, earlier=name != now, hollow=False)
    return {"mark": shape, "encoding": {"x": x, **dress}}


def text(canvas: Canvas, field: str, align: str, x: float, **more) -> dict:
    shape = mark("text", align=align, x=x, dy=UP, fontSize=13, color=canvas.palette.ink, **more)
    return {"mark": shape, "encoding": {"text": {"field": field}}}
