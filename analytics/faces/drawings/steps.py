"""From one amount to another: bars that begin where the one before ended."""

from decimal import Decimal

from analytics.faces.drawings.canvas import Canvas, Drawing, mark

ROW = 34
BESIDE = 110  # pixels for the names
AMOUNT = 80  # and for the amounts


def draw(canvas: Canvas) -> Drawing:
    chart = canvas.chart
    rows = [row for row in canvas.table.to_pylist() if row[chart.y] is not None]
    data = canvas.data(rows, [chart.x], canvas.with_before(chart.y))
    for turn, (datum, step) in enumerate(zip(data["values"], walk(rows, chart.y), strict=True)):
        sign = "+" if step["_step"] == "added" and rows[turn][chart.y] else ""
        datum |= step | {"_turn": turn, "_sum": sign + canvas.short(rows[turn], chart.y)}
        datum["_next"] = turn + 1 if turn + 1 < len(rows) else None
    return Drawing(view(canvas, data, rows))


def walk(rows: list[dict], name: str) -> list[dict]:
    """Where each bar begins and ends. An amount that was reached anyway is what is left."""
    reached, steps = Decimal(0), []
    for turn, row in enumerate(rows):
        amount = row[name]
        left = turn == 0 or amount == reached
        start, reached = (Decimal(0), amount) if left else (reached, reached + amount)
        kind = "left" if left else "added" if amount >= 0 else "taken"
        steps.append({"_from": float(start), "_to": float(reached), "_step": kind})
    return steps


def view(canvas: Canvas, data: dict, rows: list[dict]) -> dict:
    name, width = canvas.chart.y, canvas.width
    room = width - BESIDE - AMOUNT
    ink = canvas.palette.ink
    return {
        "width": width,
        "height": ROW * len(rows),
        "data": data,
        "encoding": {
            "y": {"field": "_turn", "type": "ordinal", "axis": None},
            "tooltip": canvas.tooltip([canvas.chart.x, *canvas.with_before(name)]),
        },
        "layer": [
            bar(canvas, canvas.amounts_axis(name, rows, tickCount=max(2, room // 90))),
            bridge(canvas),
            text(canvas.chart.x, 0, align="left", color=ink, limit=BESIDE - 8),
            text("_sum", width, align="right", color=ink, fontWeight="bold"),
            *canvas.pointed_at(mark("rect")),
        ],
    }


def bar(canvas: Canvas, axis: dict) -> dict:
    """What comes and what goes is told by the sign of its amount, not by its colour alone."""
    palette = canvas.palette
    colours = {"left": palette.accent, "added": palette.added, "taken": palette.taken}
    scale = {"domain": list(colours), "range": list(colours.values())}
    between = {"range": [BESIDE, canvas.width - AMOUNT]}
    return {
        "mark": mark("bar", height={"band": 0.6}, cornerRadius=2),
        "encoding": {
            "x": {"field": "_from", "type": "quantitative", "axis": axis, "scale": between},
            "x2": {"field": "_to"},
            "color": {"field": "_step", "type": "nominal", "scale": scale, "legend": None},
        },
    }


def bridge(canvas: Canvas) -> dict:
    """From the end of a bar down to the beginning of the next."""
    return {
        "mark": mark("rule", color=canvas.palette.faint, strokeDash=[2, 2]),
        "transform": [{"filter": "isValid(datum._next)"}],
        "encoding": {
            "x": {"field": "_to", "type": "quantitative"},
            "y": {"field": "_turn", "type": "ordinal", "bandPosition": 0.8, "axis": None},
            "y2": {"field": "_next", "bandPosition": 0.2},
        },
    }


def text(field: str, x: float, **more) -> dict:
    shape = mark("text", x=x, fontSize=13, **more)
    return {"mark": shape, "encoding": {"text": {"field": field}}}
