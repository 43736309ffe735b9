"""An amount for each pair, as depth of colour, and as text where the cells have room for it."""

from typing import Any

from analytics.faces.drawings import labels
from analytics.faces.drawings.canvas import Canvas, Drawing, Row, Vega, mark
from analytics.semantics.chart_choice import is_calendar
from analytics.semantics.charts import Heatmap

MAX_CELLS = 36  # in a row, and in a column
CELL_HEIGHT = 26
LABEL_WIDTH = 70  # pixels that the names of the rows take
LETTER_WIDTH = 6.5


def draw(canvas: Canvas[Heatmap]) -> Drawing:
    """The first and, of a calendar, the last: those that people ask about."""
    chart = canvas.chart
    all_columns, all_rows = map(canvas.distinct_values, (chart.x, chart.y))
    columns, rows = (
        values[-MAX_CELLS:] if is_calendar(canvas.columns[name]) else values[:MAX_CELLS]
        for name, values in ((chart.x, all_columns), (chart.y, all_rows))
    )
    cells = [
        row
        for row in canvas.table.to_pylist()
        if row[chart.x] in columns and row[chart.y] in rows and row[chart.color] is not None
    ]
    pairs = ("columns", columns, all_columns), ("rows", rows, all_rows)
    cut = [f"Only {len(a)} of {len(b)} {what}." for what, a, b in pairs if len(a) < len(b)]
    return Drawing(heatmap_view(canvas, cells, columns, rows), " ".join(cut))


def heatmap_view(
    canvas: Canvas[Heatmap], cells: list[Row], columns: list[Any], rows: list[Any]
) -> Vega:
    chart = canvas.chart
    tooltip_columns = canvas.tooltip_columns(chart.y, chart.x, chart.color)
    data = canvas.data(cells, [chart.x, chart.y], [chart.color], tooltip_columns)
    scale = color_scale(canvas, cells)
    for datum, cell in zip(data["values"], cells, strict=True):
        datum |= {"_short": canvas.compact_text(cell, chart.color)}
        datum |= {"_deep": datum[chart.color] >= dark_from(canvas, scale)}
        datum |= canvas.row_links(cell, chart.color, chart.y, chart.x)
    longest = max((len(datum["_short"]) for datum in data["values"]), default=0)
    # By the longest of them: cells without their numbers would look as if these were missing.
    has_texts = longest * LETTER_WIDTH + 4 <= (canvas.width - LABEL_WIDTH) / len(columns)
    return {
        "width": canvas.width,
        "height": CELL_HEIGHT * len(rows),
        "data": data,
        "encoding": {
            "x": category_axis(canvas, chart.x, columns, "top"),
            "y": category_axis(canvas, chart.y, rows, "left"),
            "tooltip": canvas.tooltip(tooltip_columns),
        },
        "layer": [
            cell_layer(canvas, scale, has_legend=not has_texts),
            *([cell_texts(canvas)] if has_texts else []),
            # Above the texts, which would be in the way of a click.
            *(canvas.hover_layer(mark("rect")) if canvas.links else []),
        ],
    }


def category_axis(canvas: Canvas[Heatmap], name: str, values: list[Any], side: str) -> Vega:
    column = canvas.columns[name]
    domain = [canvas.axis_label({name: value}, name) for value in values]
    title = column.label if side == "top" and column.kind not in ("hour", "weekday") else None
    axis = {"title": title, "grid": False, "orient": side, "labelAngle": 0, "labelLimit": 120}
    overlap = {"labelOverlap": "parity", "labelSeparation": 3} if side == "top" else {}
    scale = {"domain": domain, "padding": 0}
    return {"field": name, "type": "ordinal", "scale": scale, "axis": axis | overlap}


def color_scale(canvas: Canvas[Heatmap], cells: list[Row]) -> Vega:
    """Of shares the root: where all begin with 100 %, the rest would look the same."""
    amounts = [float(cell[canvas.chart.color]) for cell in cells]
    # From 0 on: if the smallest amount were the palest, small differences would look large.
    low, high = min([0.0, *amounts]), max([0.0, *amounts]) or 1.0
    is_root = canvas.columns[canvas.chart.color].kind == "share" and low == 0
    # The root of 0.25 is one half: the middle colour stays in the middle of the scale.
    middle = low + (high - low) * (0.25 if is_root else 0.5)
    colors = list(canvas.palette.scale)
    return {
        "type": "sqrt" if is_root else "linear",
        "domain": [low, middle, high],
        "range": colors,
    }


def dark_from(canvas: Canvas[Heatmap], scale: Vega) -> float:
    """The amount from which on a cell is too dark for dark text."""
    low, _, high = scale["domain"]
    # Squared, to find the amount whose root is this share of the scale.
    share = canvas.palette.text_switch ** (2 if scale["type"] == "sqrt" else 1)
    return low + (high - low) * share


def cell_layer(canvas: Canvas[Heatmap], scale: Vega, has_legend: bool) -> Vega:
    """With a legend where the cells are too small for their texts."""
    name, palette = canvas.chart.color, canvas.palette
    gap = {"stroke": palette.card, "strokeWidth": 2, "cornerRadius": 4}
    legend: Vega = {"type": "gradient", "direction": "horizontal", "gradientLength": 160}
    legend |= labels.number_axis_format(canvas.columns[name].kind, scale["domain"][-1])
    legend |= {"tickCount": 3}
    legend.pop("tickMinStep", None)
    color: Vega = {"field": name, "type": "quantitative", "scale": scale}
    color["legend"] = legend if has_legend else None
    return {"mark": mark("rect", **gap), "encoding": {"color": color}}


def cell_texts(canvas: Canvas[Heatmap]) -> Vega:
    palette = canvas.palette
    on_dark = {"test": "datum._deep", "value": palette.on_scale}
    nothing = {"test": f"!datum['{canvas.chart.color}']", "value": palette.faint}
    return {
        "mark": mark("text", fontSize=11),
        "encoding": {
            "text": {"field": "_short"},
            "color": {"condition": [on_dark, nothing], "value": palette.ink},
        },
    }
