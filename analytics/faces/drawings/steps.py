"""From one amount to another: each bar begins where the one before ended."""

from decimal import Decimal
from typing import Any

from analytics.faces.drawings.canvas import Canvas, Drawing, Row, Vega, mark
from analytics.semantics.charts import Steps

ROW_HEIGHT = 34
LABEL_WIDTH = 110  # pixels for the names
AMOUNT_WIDTH = 80  # and for the amounts


def draw(canvas: Canvas[Steps]) -> Drawing:
    chart = canvas.chart
    rows = [row for row in canvas.table.to_pylist() if row[chart.y] is not None]
    data = canvas.data(rows, [chart.x], canvas.with_earlier(chart.y))
    steps = step_ends([row[chart.y] for row in rows])
    for index, (datum, step) in enumerate(zip(data["values"], steps, strict=True)):
        sign = "+" if step["_step"] == "increase" and rows[index][chart.y] else ""
        amount = sign + canvas.compact_text(rows[index], chart.y)
        following = index + 1 if index + 1 < len(rows) else None
        datum |= step | {"_turn": index, "_amount": amount, "_next": following}
        datum |= canvas.row_links(rows[index], chart.y, chart.x)
    return Drawing(steps_view(canvas, data, rows))


def step_ends(amounts: list[Decimal]) -> list[dict[str, Any]]:
    """Where each bar begins and ends. An amount equal to the sum so far is a total."""
    reached, steps = Decimal(0), []
    for index, amount in enumerate(amounts):
        # Exact decimals, because sums of floats seldom equal their total.
        is_total = index == 0 or amount == reached
        start, reached = (Decimal(0), amount) if is_total else (reached, reached + amount)
        step = "total" if is_total else "increase" if amount >= 0 else "decrease"
        steps.append({"_from": float(start), "_to": float(reached), "_step": step})
    return steps


def steps_view(canvas: Canvas[Steps], data: Vega, rows: list[Row]) -> Vega:
    name, width = canvas.chart.y, canvas.width
    bars_width = width - LABEL_WIDTH - AMOUNT_WIDTH
    axis = canvas.amount_axis(name, rows, tickCount=max(2, bars_width // 90))
    ink = canvas.palette.ink
    return {
        "width": width,
        "height": ROW_HEIGHT * len(rows),
        "data": data,
        "encoding": {
            "y": {"field": "_turn", "type": "ordinal", "axis": None},
            "tooltip": canvas.tooltip([canvas.chart.x, *canvas.with_earlier(name)]),
        },
        "layer": [
            step_bars(canvas, axis),
            connectors(canvas),
            step_text(canvas.chart.x, 0, align="left", color=ink, limit=LABEL_WIDTH - 8),
            step_text("_amount", width, align="right", color=ink, fontWeight="bold"),
            *canvas.hover_layer(mark("rect")),
        ],
    }


def step_bars(canvas: Canvas[Steps], axis: Vega) -> Vega:
    """The sign of an amount says what its colour says: the colour alone would not do."""
    palette = canvas.palette
    colors = {
        "total": palette.accent,
        "increase": palette.increase,
        "decrease": palette.decrease,
    }
    scale = {"domain": list(colors), "range": list(colors.values())}
    between = {"range": [LABEL_WIDTH, canvas.width - AMOUNT_WIDTH]}
    return {
        "mark": mark("bar", height={"band": 0.6}, cornerRadius=2),
        "encoding": {
            "x": {"field": "_from", "type": "quantitative", "axis": axis, "scale": between},
            "x2": {"field": "_to"},
            "color": {"field": "_step", "type": "nominal", "scale": scale, "legend": None},
        },
    }


def connectors(canvas: Canvas[Steps]) -> Vega:
    """From the end of a bar down to the beginning of the next."""
    return {
        "mark": mark("rule", color=canvas.palette.faint, strokeDash=[2, 2]),
        "transform": [{"filter": "isValid(datum._next)"}],
        "encoding": {
            "x": {"field": "_to", "type": "quantitative"},
            # A bar fills the band from 0.2 to 0.8 (its height is 0.6 of it).
            "y": {"field": "_turn", "type": "ordinal", "bandPosition": 0.8, "axis": None},
            "y2": {"field": "_next", "bandPosition": 0.2},
        },
    }


def step_text(field: str, x: float, **more: Any) -> Vega:
    shape = mark("text", x=x, fontSize=13, **more)
    return {"mark": shape, "encoding": {"text": {"field": field}}}
