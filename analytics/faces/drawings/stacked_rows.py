"""Stacked bars below each other: names are easier to read above horizontal bars."""

from typing import Any

from analytics.faces.drawings import labels
from analytics.faces.drawings.canvas import Canvas, Row, Vega, mark
from analytics.faces.drawings.horizontal_bars import AMOUNT_WIDTH, ROW_HEIGHT, TEXT_OFFSET
from analytics.faces.drawings.split import Split
from analytics.faces.drawings.stacked_bars import (
    place_text,
    segment_datum,
    segment_tooltip,
    segments,
    series_color,
)
from analytics.faces.drawings.stacks import total
from analytics.semantics.charts import Series

BAR_HEIGHT, BAR_OFFSET = 12, 10  # pixels


def rows_view(canvas: Canvas[Series], split: Split) -> Vega:
    return {
        "width": canvas.width,
        "height": (ROW_HEIGHT + 4) * len(split.places),
        "encoding": {"y": {"field": "_turn", "type": "ordinal", "axis": None}},
        "layer": [
            segment_layer(canvas, split),
            row_text(canvas, split, "_place", "left", 0, limit=canvas.width - AMOUNT_WIDTH),
            row_text(canvas, split, "_total", "right", canvas.width, fontWeight="bold"),
        ],
    }


def segment_layer(canvas: Canvas[Series], split: Split) -> Vega:
    data = [
        # By their number: two products of one name would share a row.
        {"_turn": turn, **segment_datum(canvas, segment)}
        for turn, x in enumerate(split.places)
        for segment in segments(canvas, split, x)
        if segment.amount
    ]
    # A rounded scale would leave a gap behind the largest bar, which is to fill its row.
    scale = {"domain": [0, 1]} if canvas.chart.shape == "share" else {"zero": True}
    x = {"type": "quantitative", "axis": None, "scale": {**scale, "nice": False}}
    size = {"height": BAR_HEIGHT, "yOffset": BAR_OFFSET}
    gap = {"stroke": canvas.palette.card, "strokeWidth": 1}
    return {
        "data": {"values": data},
        "mark": canvas.linked_mark("bar", **size, **gap),
        "encoding": {
            "x": {"field": "_from", **x},
            "x2": {"field": "_to"},
            "color": series_color(canvas, split),
            "tooltip": segment_tooltip(canvas),
            **canvas.link_encoding(),
        },
    }


def row_text(
    canvas: Canvas[Series], split: Split, field: str, align: str, x: float, **more: Any
) -> Vega:
    style = {"align": align, "x": x, "dy": TEXT_OFFSET, "fontSize": 13, "color": canvas.palette.ink}
    return {
        "data": {"values": [row_datum(canvas, split, turn) for turn in range(len(split.places))]},
        "mark": mark("text", **style, **more),
        "encoding": {"text": {"field": field}},
    }


def row_datum(canvas: Canvas[Series], split: Split, turn: int) -> Row:
    x, kind = split.places[turn], canvas.columns[canvas.chart.y].kind
    amount = labels.compact_text(total(split, x), kind, canvas.answer.currency)
    return {"_turn": turn, "_place": place_text(canvas, x), "_total": amount}
