"""A small line for each series: all on one scale, so that their heights can be compared."""

from typing import Any

from analytics.faces.drawings import labels
from analytics.faces.drawings.canvas import Canvas, Drawing, Row, Vega, mark, number
from analytics.faces.drawings.lines import LINKED_UP_TO, POSITIONS, x_encoding
from analytics.faces.drawings.split import Part, Split, split_rows
from analytics.semantics.charts import SmallMultiples

MAX_PANELS = 12
PANEL_WIDTH = 150  # pixels at least, with the axis and the gap
HEIGHT, GAP, AXIS_WIDTH = 72, 20, 48
LETTER_WIDTH = 6.6
DOTTED_UP_TO = 12  # points: more of them would be all that one sees


def draw(canvas: Canvas[SmallMultiples]) -> Drawing:
    split = split_rows(canvas, MAX_PANELS)
    is_dense = len(split.places) * len(split.parts) > LINKED_UP_TO
    canvas = canvas.without_links() if is_dense else canvas
    shown = [part for part in split.parts if not part.is_others]
    count = len(canvas.distinct_values(canvas.chart.series))
    note = f"The first {MAX_PANELS} of {count:,}." if count > len(shown) else ""
    per_row = max(1, min(len(shown), 4, int((canvas.width + GAP) // (PANEL_WIDTH + GAP))))
    width = (canvas.width - GAP * (per_row - 1)) / per_row - AXIS_WIDTH
    panels = [panel(canvas, split, part, width) for part in shown]
    # Vega-Lite fits only single views to a width: the panels come with theirs.
    view = {"autosize": "pad", "concat": panels, "columns": per_row, "spacing": GAP}
    return Drawing(view, note)


def panel(canvas: Canvas[SmallMultiples], split: Split, part: Part, width: float) -> Vega:
    rows = [{canvas.chart.x: place} for place in split.places]
    x = x_encoding(canvas, rows)
    x["axis"] |= {"tickCount": 2, "labelFlush": True, **first_and_last(canvas, split, x)}
    axis = canvas.amount_axis(canvas.chart.y, amounts(split, canvas), tickCount=2)
    y = {"type": "quantitative", "axis": axis | {"minExtent": AXIS_WIDTH, "maxExtent": AXIS_WIDTH}}
    y["scale"] = {"domain": amount_range(split, canvas), "nice": False}
    dots = {"point": {"size": 14, "aria": False}} if len(split.places) <= DOTTED_UP_TO else {}
    line = mark("line", color=canvas.palette.accent, strokeWidth=1.75, **dots)
    area = mark("area", color=canvas.palette.area)
    strip = mark("rule", strokeWidth=max(3, width / len(split.places)))
    drawn = {"y": {"field": "_amount", **y}}
    return {
        "width": width,
        "height": HEIGHT,
        "title": panel_title(canvas, part, width),
        "data": {"values": [datum(canvas, part, place) for place in split.places]},
        "encoding": {"x": x | {"field": "_x"}},
        "layer": [
            {"mark": area, "encoding": drawn},
            {"mark": line, "encoding": drawn},
            *canvas.hover_layer(strip, f"over_{split.parts.index(part)}", tooltip=tooltip(canvas)),
        ],
    }


def panel_title(canvas: Canvas[SmallMultiples], part: Part, width: float) -> Vega:
    most = int((width + AXIS_WIDTH) / LETTER_WIDTH)
    text = part.label if len(part.label) <= most else f"{part.label[: most - 1]}…"
    return {"text": text, "fontSize": 12, "color": canvas.palette.ink, "offset": 6}


def first_and_last(canvas: Canvas[SmallMultiples], split: Split, x: Vega) -> Vega:
    """A small axis names the first place and the last."""
    if x["type"] != "ordinal":
        return {}
    places = [split.places[0], split.places[-1]]
    names = [canvas.axis_label({canvas.chart.x: place}, canvas.chart.x) for place in places]
    # Inwards, because half of a name would reach into the next panel.
    inwards = {"condition": {"test": "datum.index > 0", "value": "right"}, "value": "left"}
    return {"values": list(dict.fromkeys(names)), "labelOverlap": False, "labelAlign": inwards}


def amounts(split: Split, canvas: Canvas[SmallMultiples]) -> list[Row]:
    known = [part.amount(x) for part in split.parts if not part.is_others for x in split.places]
    return [{canvas.chart.y: amount} for amount in known if amount is not None]


def amount_range(split: Split, canvas: Canvas[SmallMultiples]) -> list[float]:
    known = [float(row[canvas.chart.y]) for row in amounts(split, canvas)]
    # 1 where all are 0: a domain from 0 to 0 has no height.
    return [min([0.0, *known]), max([0.0, *known]) or 1.0]


def datum(canvas: Canvas[SmallMultiples], part: Part, x: Any) -> Row:
    chart, amount = canvas.chart, part.amount(x)
    kind = canvas.columns[chart.x].kind
    text = labels.full_text(amount, canvas.columns[chart.y].kind, canvas.answer.currency)
    place = canvas.full_text({chart.x: x}, chart.x)
    position = POSITIONS.get(kind)
    return {
        "_x": position(x) if position else canvas.axis_label({chart.x: x}, chart.x),
        "_place": place,
        "_series": part.label,
        "_amount": number(amount),
        "_amount_text": text,
        **canvas.link_fields(part.rows.get(x, []), [place, part.label], text),
    }


def tooltip(canvas: Canvas[SmallMultiples]) -> list[Vega]:
    chart = canvas.chart
    titles = {"_place": chart.x, "_series": chart.series, "_amount_text": chart.y}
    return [
        {"field": field, "title": canvas.columns[name].label, "type": "nominal"}
        for field, name in titles.items()
    ]
