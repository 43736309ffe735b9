"""Stacked areas over time."""

from typing import Any

from analytics.faces.drawings import labels
from analytics.faces.drawings.canvas import Canvas, Row, Vega, mark, number
from analytics.faces.drawings.lines import DOTTED_UP_TO, LINKED_UP_TO, POSITIONS, x_encoding
from analytics.faces.drawings.split import Split
from analytics.faces.drawings.stacked_bars import (
    AXIS_WIDTH,
    HEIGHT,
    amount_axis,
    place_label,
    place_text,
    series_color,
)
from analytics.faces.drawings.stacks import stack, total
from analytics.semantics.charts import Series


def area_view(canvas: Canvas[Series], split: Split) -> Vega:
    canvas = canvas.without_links() if len(split.places) > LINKED_UP_TO else canvas
    x = x_encoding(canvas, [{canvas.chart.x: place} for place in split.places])
    y = {"type": "quantitative", "axis": amount_axis(canvas, split)}
    # Between many points the gaps of steep bands would be all that one sees.
    gap = {"stroke": canvas.palette.card, "strokeWidth": int(len(split.places) <= DOTTED_UP_TO)}
    strip = mark("rule", strokeWidth=max(3, (canvas.width - AXIS_WIDTH) / len(split.places)))
    return {
        "width": canvas.width,
        "height": HEIGHT,
        "encoding": {"x": x | {"field": "_x"}},
        "layer": [
            {
                "data": {"values": band_data(canvas, split)},
                "mark": mark("area", **gap),
                "encoding": {
                    "y": {"field": "_from", **y},
                    "y2": {"field": "_to"},
                    "color": series_color(canvas, split),
                },
            },
            *strip_layer(canvas, split, strip),
        ],
    }


def band_data(canvas: Canvas[Series], split: Split) -> list[Row]:
    """Where a series has no amount its band has no height, so that it begins and ends there."""
    return [
        {
            "_x": position(canvas, segment.x),
            "_series": segment.part.label,
            "_from": number(segment.start),
            "_to": number(segment.end),
        }
        for x in split.places
        for segment in stack(split, x)
    ]


def position(canvas: Canvas[Series], x: Any) -> Any:
    """Days lie as far from each other as the calendar has them."""
    place = POSITIONS.get(canvas.columns[canvas.chart.x].kind)
    return place(x) if place else place_label(canvas, x)


def strip_layer(canvas: Canvas[Series], split: Split, shape: Vega) -> list[Vega]:
    """What all series have in one place of the axis, and where it leads."""
    titles = {"_place": canvas.columns[canvas.chart.x].label}
    titles |= {f"_part_{index}": part.label for index, part in enumerate(split.parts)}
    titles |= {"_total": "Total"}
    tooltip = [{"field": f, "title": title, "type": "nominal"} for f, title in titles.items()]
    layers = canvas.hover_layer(shape, tooltip=tooltip)
    data = {"values": [strip_datum(canvas, split, x) for x in split.places]}
    return [{"data": data, **layer} for layer in layers]


def strip_datum(canvas: Canvas[Series], split: Split, x: Any) -> Row:
    kind, currency = canvas.columns[canvas.chart.y].kind, canvas.answer.currency
    amounts = [part.amount(x) for part in split.parts]
    texts = {
        f"_part_{index}": labels.full_text(amount, kind, currency)
        for index, amount in enumerate(amounts)
    }
    whole = labels.full_text(total(split, x), kind, currency)
    rows = [row for part in split.parts for row in part.rows.get(x, ())]
    place = place_text(canvas, x)
    link = canvas.link_fields(rows, [place], whole)
    return {"_x": position(canvas, x), "_place": place, **texts, "_total": whole, **link}
