"""Stacked bars from left to right, with what each has in all above it."""

from typing import Any

from analytics.faces.drawings import labels
from analytics.faces.drawings.canvas import Canvas, Vega, mark, number
from analytics.faces.drawings.legends import color_by_series
from analytics.faces.drawings.split import Split, part_colors
from analytics.faces.drawings.stacks import Segment, shares, stack, total
from analytics.semantics.charts import Series

HEIGHT = 260
AXIS_WIDTH = 60  # pixels
AMOUNT_WIDTH = 46  # pixels that an amount above a bar needs
THIN = 12  # pixels: thinner bars stand closer to each other


def bars_view(canvas: Canvas[Series], split: Split) -> Vega:
    chart = canvas.chart
    room = (canvas.width - AXIS_WIDTH) / max(1, len(split.places))
    has_totals = room >= AMOUNT_WIDTH and chart.shape != "share"
    # Vega sorts names by the alphabet; a domain keeps their order.
    scale = {"domain": [place_label(canvas, x) for x in split.places]}
    axis = {"title": None, "labelAngle": 0, "labelOverlap": "parity", "labelSeparation": 4}
    return {
        "width": canvas.width,
        "height": HEIGHT,
        "encoding": {"x": {"field": "_x", "type": "ordinal", "scale": scale, "axis": axis}},
        "layer": [
            segment_layer(canvas, split, width={"band": 0.62 if room >= THIN else 0.85}),
            *([total_texts(canvas, split)] if has_totals else []),
        ],
    }


def segment_layer(canvas: Canvas[Series], split: Split, **size: Any) -> Vega:
    gap = {"stroke": canvas.palette.card, "strokeWidth": 1}
    drawn = [s for x in split.places for s in segments(canvas, split, x) if s.amount]
    y = {"type": "quantitative", "axis": amount_axis(canvas, split), "scale": amount_scale(canvas)}
    return {
        "data": {"values": [segment_datum(canvas, segment) for segment in drawn]},
        "mark": canvas.linked_mark("bar", **gap, **size),
        "encoding": {
            "y": {"field": "_from", **y},
            "y2": {"field": "_to"},
            "color": series_color(canvas, split),
            "tooltip": segment_tooltip(canvas),
            **canvas.link_encoding(),
        },
    }


def segments(canvas: Canvas[Series], split: Split, x: Any) -> list[Segment]:
    stacked = stack(split, x)
    return shares(stacked) if canvas.chart.shape == "share" else stacked


def segment_datum(canvas: Canvas[Series], segment: Segment) -> Vega:
    kind, currency = canvas.columns[canvas.chart.y].kind, canvas.answer.currency
    place, name = place_text(canvas, segment.x), segment.part.label
    amount = labels.full_text(segment.amount, kind, currency)
    share = segment.end - segment.start
    more = {"_share": labels.full_text(share, "share", "")} if canvas.chart.shape == "share" else {}
    return {
        "_x": place_label(canvas, segment.x),
        "_place": place,
        "_series": name,
        "_from": number(segment.start),
        "_to": number(segment.end),
        "_amount": amount,
        **more,
        **canvas.link_fields(segment.part.rows.get(segment.x, []), [place, name], amount),
    }


def place_label(canvas: Canvas[Series], x: Any) -> str:
    return canvas.axis_label({canvas.chart.x: x}, canvas.chart.x)


def place_text(canvas: Canvas[Series], x: Any) -> str:
    return canvas.full_text({canvas.chart.x: x}, canvas.chart.x)


def segment_tooltip(canvas: Canvas[Series]) -> list[Vega]:
    chart = canvas.chart
    titles = {
        field: canvas.columns[name].label
        for field, name in (("_place", chart.x), ("_series", chart.series), ("_amount", chart.y))
    }
    titles |= {"_share": "Share"} if chart.shape == "share" else {}
    return [{"field": field, "title": title, "type": "nominal"} for field, title in titles.items()]


def series_color(canvas: Canvas[Series], split: Split) -> Vega:
    """The legend is in the order of size."""
    names = [part.label for part in split.parts]
    return color_by_series(names, part_colors(canvas.palette, split.parts), canvas.width)


def amount_axis(canvas: Canvas[Series], split: Split) -> Vega:
    if canvas.chart.shape == "share":
        return {"title": None, "tickCount": 5, "format": "~%"}
    ends = [segment.end for x in split.places for segment in stack(split, x)]
    name = canvas.chart.y
    return canvas.amount_axis(name, [{name: end} for end in ends])


def amount_scale(canvas: Canvas[Series]) -> Vega:
    if canvas.chart.shape == "share":
        return {"domain": [0, 1], "nice": False}
    return {"zero": True, "nice": True}


def total_texts(canvas: Canvas[Series], split: Split) -> Vega:
    """Above each stack, also where a part of it is below zero."""
    kind, currency = canvas.columns[canvas.chart.y].kind, canvas.answer.currency
    totals = [
        {
            "_x": place_label(canvas, x),
            "_top": max((number(segment.end) or 0 for segment in stack(split, x)), default=0),
            "_total": labels.compact_text(total(split, x), kind, currency),
        }
        for x in split.places
    ]
    style = {"dy": -7, "fontSize": 11, "fontWeight": "bold", "color": canvas.palette.ink}
    return {
        "data": {"values": totals},
        "mark": mark("text", **style),
        "encoding": {
            "text": {"field": "_total"},
            "y": {"field": "_top", "type": "quantitative"},
        },
    }
