"""Amounts side by side."""

from typing import Any

from analytics.faces.drawings import horizontal_bars
from analytics.faces.drawings.canvas import IS_OTHER, Canvas, Drawing, Row, Vega, mark
from analytics.semantics.charts import Bars

MAX_RANKED = 20
MAX_VERTICAL, MAX_HORIZONTAL = 120, 40  # bars in the order of the rows
HEIGHT = 240
AXIS_WIDTH = 60  # pixels
AMOUNT_WIDTH = 46  # pixels that an amount above a bar needs


def draw(canvas: Canvas[Bars]) -> Drawing:
    """Names are easier to read beside horizontal bars; hours and months go from left to right."""
    chart = canvas.chart
    if not chart.ranked and canvas.columns[chart.x].kind != "text":
        rows, note = first_rows(canvas, MAX_VERTICAL)
        return Drawing(vertical_view(canvas, rows), note)
    rows, note = largest_rows(canvas) if chart.ranked else first_rows(canvas, MAX_HORIZONTAL)
    return Drawing(horizontal_bars.bars_view(canvas, rows), note)


def largest_rows(canvas: Canvas[Bars]) -> tuple[list[Row], str]:
    values = canvas.table[canvas.chart.y].to_pylist()
    known = [index for index, value in enumerate(values) if value is not None]
    # The others are no competitor of the single ones, however much they have together.
    largest = sorted(known, key=lambda index: (is_other(canvas, index), -values[index]))
    largest = largest[:MAX_RANKED]
    note = f"The {MAX_RANKED} largest of {len(known):,}." if len(known) > MAX_RANKED else ""
    return [canvas.row(index) for index in largest], note


def is_other(canvas: Canvas[Bars], index: int) -> bool:
    return IS_OTHER in canvas.table.column_names and canvas.table[IS_OTHER][index].as_py()


def first_rows(canvas: Canvas[Bars], most: int) -> tuple[list[Row], str]:
    count = canvas.table.num_rows
    note = f"Only the first {most} of {count:,}." if count > most else ""
    return canvas.table.slice(0, most).to_pylist(), note


def vertical_view(canvas: Canvas[Bars], rows: list[Row]) -> Vega:
    chart = canvas.chart
    names = canvas.with_earlier(chart.y)
    tooltip_columns = canvas.tooltip_columns(chart.x, *names)
    data = canvas.data(rows, [chart.x], names, tooltip_columns)
    for datum, row in zip(data["values"], rows, strict=True):
        # Not inside a bar below zero: its amount stands above the zero line.
        datum |= {"_short": canvas.compact_text(row, chart.y), "_top": max(0, datum[chart.y] or 0)}
        datum |= {"_is_other": canvas.is_other(row), **canvas.row_links(row, chart.y, chart.x)}
    # Vega sorts names by the alphabet; a domain keeps the order of the rows.
    scale = {"domain": [datum[chart.x] for datum in data["values"]]}
    axis = {"title": None, "labelAngle": 0, "labelOverlap": "parity", "labelSeparation": 4}
    x = {"field": chart.x, "type": "ordinal", "scale": scale, "axis": axis}
    bar_width = (canvas.width - AXIS_WIDTH) / len(rows)
    # With an earlier bar around it, an amount would be written across that bar's edge.
    has_amounts = bar_width >= AMOUNT_WIDTH and not canvas.earlier_label
    return {
        "width": canvas.width,
        "height": HEIGHT,
        "data": data,
        "encoding": {"x": x, "tooltip": canvas.tooltip(tooltip_columns)},
        "layer": [
            *bar_layers(canvas, rows),
            *([amount_texts(canvas)] if has_amounts else []),
            *canvas.hover_layer(mark("rect")),
        ],
    }


def bar_layers(canvas: Canvas[Bars], rows: list[Row]) -> list[Vega]:
    """The earlier period's bar is wide, dashed and hollow around the one of now."""
    chart = canvas.chart
    axis = canvas.amount_axis(chart.y, rows)
    layers, label = [], canvas.columns[chart.y].label
    for name in canvas.with_earlier(chart.y):
        is_earlier = name != chart.y
        width = 0.86 if is_earlier else 0.5 if canvas.earlier_label else 0.62
        shape = mark("bar", width={"band": width}, cornerRadiusEnd=3)
        y: dict[str, Any] = {"field": name, "type": "quantitative", "axis": axis}
        layers.append({"mark": shape, "encoding": {"y": y, **canvas.bar_style(label, is_earlier)}})
    return layers


def amount_texts(canvas: Canvas[Bars]) -> Vega:
    return {
        "mark": mark("text", dy=-7, fontSize=11, color=canvas.palette.ink),
        "encoding": {
            "text": {"field": "_short"},
            "y": {"field": "_top", "type": "quantitative"},
        },
    }
