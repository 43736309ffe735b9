"""Horizontal bars: each below its name, the amount at the right."""

from typing import Any

from analytics.faces.drawings.canvas import Canvas, Row, Vega, mark
from analytics.semantics.charts import Bars

ROW_HEIGHT = 38
TEXT_OFFSET, BAR_OFFSET, EARLIER_OFFSET = -8, 9, 15  # pixels from the middle of a row
BAR_HEIGHT, EARLIER_HEIGHT = 6, 4
AMOUNT_WIDTH = 100  # pixels that names leave to amounts


def bars_view(canvas: Canvas[Bars], rows: list[Row]) -> Vega:
    chart = canvas.chart
    names = canvas.with_earlier(chart.y)
    tooltip_columns = canvas.tooltip_columns(chart.x, *names)
    data = canvas.data(rows, [chart.x], names, tooltip_columns)
    for index, (datum, row) in enumerate(zip(data["values"], rows, strict=True)):
        # Rows by their number: two products of one name would share a bar.
        datum |= {"_turn": index, "_short": canvas.compact_text(row, chart.y)}
        datum |= {"_is_other": canvas.is_other(row), **canvas.row_links(row, chart.y, chart.x)}
    return {
        "width": canvas.width,
        "height": ROW_HEIGHT * len(rows),
        "data": data,
        "encoding": {
            "y": {"field": "_turn", "type": "ordinal", "axis": None},
            "tooltip": canvas.tooltip(tooltip_columns),
        },
        "layer": [
            track(canvas),
            *(bar_layer(canvas, name) for name in names),
            row_text(canvas, chart.x, "left", 0, limit=canvas.width - AMOUNT_WIDTH),
            row_text(canvas, "_short", "right", canvas.width, fontWeight="bold"),
            *canvas.hover_layer(mark("rect")),
        ],
    }


def track(canvas: Canvas[Bars]) -> Vega:
    """The full width behind a bar: it makes short bars visible."""
    size = {"x": 0, "x2": canvas.width, "height": BAR_HEIGHT, "yOffset": BAR_OFFSET}
    return {"mark": mark("bar", color=canvas.palette.track, **size, cornerRadius=3)}


def bar_layer(canvas: Canvas[Bars], name: str) -> Vega:
    is_earlier = name != canvas.chart.y
    height = EARLIER_HEIGHT if is_earlier else BAR_HEIGHT
    offset = EARLIER_OFFSET if is_earlier else BAR_OFFSET
    shape = mark("bar", height=height, yOffset=offset, cornerRadius=min(3, height / 2))
    x: dict[str, Any] = {"field": name, "type": "quantitative", "axis": None}
    style = canvas.bar_style(canvas.columns[canvas.chart.y].label, is_earlier, is_hollow=False)
    # A rounded scale would leave a gap behind the largest bar, which is to fill its track.
    return {"mark": shape, "encoding": {"x": x | {"scale": {"nice": False}}, **style}}


def row_text(canvas: Canvas[Bars], field: str, align: str, x: float, **more: Any) -> Vega:
    style = {"align": align, "x": x, "dy": TEXT_OFFSET, "fontSize": 13, "color": canvas.palette.ink}
    return {"mark": mark("text", **style, **more), "encoding": {"text": {"field": field}}}
