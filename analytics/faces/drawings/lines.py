"""How something went over time."""

from collections.abc import Callable
from datetime import date, datetime
from itertools import groupby
from math import ceil
from typing import Any

from analytics.faces.drawings.canvas import Canvas, Drawing, Row, Vega, mark, number
from analytics.faces.drawings.legends import legend
from analytics.faces.drawings.palette import DASHES
from analytics.semantics.charts import Lines

MAX_POINTS = 1100  # three years of days
THICK_BELOW = 200  # points; a thick line of more of them would hide the others
LINK_SIZE = 450  # square pixels: 24 across
LINKED_UP_TO = 200  # points: more of them are too close to be pointed at
DOTTED_UP_TO = 45  # points: few enough for a dot each
HEIGHTS = {1: 260, 2: 160}  # of each panel, by their number
SMALL_HEIGHT = 120
AXIS_WIDTH = 52  # pixels that the axis of each panel takes, so that their left edges align
# Where a point lies on a continuous axis; the points of other axes follow one after the other.
POSITIONS: dict[str, Callable[[Any], Any]] = {
    "date": date.isoformat,
    "week": date.isoformat,
    # With its zone, or a browser would read it as local time, on an axis of UTC.
    "date_hour": lambda moment: f"{datetime.isoformat(moment)}Z",
    "count": number,
    "number": number,
}
MONTH_STEPS = (1, 2, 3, 4, 6, 12, 24, 60, 120)


def draw(canvas: Canvas[Lines]) -> Drawing:
    chart, count = canvas.chart, canvas.table.num_rows
    rows = canvas.table.slice(max(0, count - MAX_POINTS)).to_pylist()
    canvas = canvas.without_links() if len(rows) > LINKED_UP_TO else canvas
    groups = panel_groups(canvas)
    height = HEIGHTS.get(len(groups), SMALL_HEIGHT)
    panels = [panel(canvas, rows, names, height) for names in groups]
    view = stacked(panels) if len(panels) > 1 else panels[0] | {"width": canvas.width}
    data = canvas.data(rows, [chart.x], canvas.with_earlier(*chart.y))
    if position := POSITIONS.get(canvas.columns[chart.x].kind):
        for datum, row in zip(data["values"], rows, strict=True):
            datum[chart.x] = position(row[chart.x])
    for datum, row in zip(data["values"], rows, strict=True):
        datum |= links_of_row(canvas, row)
    note = f"Only the last {MAX_POINTS:,} of {count:,} points." if count > MAX_POINTS else ""
    return Drawing({"data": data, **view}, note)


def stacked(panels: list[Vega]) -> Vega:
    own = {"scale": {"color": "independent", "strokeDash": "independent"}}
    # Vega-Lite fits single views only to a width, so the panels come with their widths.
    return {"autosize": "pad", "vconcat": panels, "spacing": 16, "resolve": own}


def panel_groups(canvas: Canvas[Lines]) -> list[tuple[str, ...]]:
    """Amounts of one kind share a panel; with an earlier period each has its own."""
    names = canvas.chart.y
    if canvas.earlier_label:
        # Colours and dashes tell the periods apart then, and cannot tell amounts apart as well.
        return [(name,) for name in names]
    kinds = [canvas.columns[name].kind for name in names]
    ordered = sorted(names, key=lambda name: kinds.index(canvas.columns[name].kind))
    return [tuple(group) for _, group in groupby(ordered, lambda n: canvas.columns[n].kind)]


def panel(canvas: Canvas[Lines], rows: list[Row], names: tuple[str, ...], height: int) -> Vega:
    earlier = canvas.earlier_label
    drawn = [*names, *(f"{name}_before" for name in names if earlier)]
    labels = [canvas.columns[name].label for name in names] + [earlier] * bool(earlier)
    largest = max(names, key=lambda name: max(abs(row[name] or 0) for row in rows))
    axis = canvas.amount_axis(largest, rows, minExtent=AXIS_WIDTH, maxExtent=AXIS_WIDTH)
    # As wide as the distance of two points, so that one always points at some row.
    strip = mark("rule", strokeWidth=max(3, (canvas.width - AXIS_WIDTH) / len(rows)))
    tooltip = canvas.tooltip([canvas.chart.x, *drawn])
    lines = [line_layer(canvas, labels, index, len(rows)) for index in range(len(labels))]
    for layer, name in zip(lines, drawn, strict=True):
        layer["encoding"]["y"] = {"field": name, "type": "quantitative", "axis": axis}
    return {
        "width": canvas.width - AXIS_WIDTH,
        "height": height,
        "encoding": {"x": x_encoding(canvas, rows)},
        "layer": [
            *([area_layer(canvas, names[0])] if len(names) == 1 else []),
            # A name for each panel: no two parameters of a specification may have the same.
            *canvas.hover_layer(strip, f"over_{names[0]}", tooltip=tooltip),
            *lines,
            *(point_link_layer(canvas, name, tooltip) for name in names if canvas.links),
        ],
    }


def links_of_row(canvas: Canvas[Lines], row: Row) -> Row:
    """A strip leads to what all lines have there, a point to what its line has."""
    place, names = canvas.full_text(row, canvas.chart.x), canvas.chart.y
    amounts = [f"{canvas.columns[name].label} {canvas.full_text(row, name)}" for name in names]
    fields = canvas.link_fields(canvas.rows_behind(row, *names), [place], ", ".join(amounts))
    for name in names:
        rows, places = canvas.rows_behind(row, name), [place, canvas.columns[name].label]
        of_point = canvas.link_fields(rows, places, canvas.full_text(row, name))
        fields |= {f"{field}_{name}": value for field, value in of_point.items()}
    return fields


def point_link_layer(canvas: Canvas[Lines], name: str, tooltip: list[Vega]) -> Vega:
    """Unseen points around those of the line: large enough to be hit."""
    return {
        "mark": canvas.linked_mark("point", size=LINK_SIZE, filled=True, opacity=0),
        "encoding": {
            "y": {"field": name, "type": "quantitative"},
            "tooltip": tooltip,
            **canvas.link_encoding(f"_{name}"),
        },
    }


def area_layer(canvas: Canvas[Lines], name: str) -> Vega:
    encoding = {"y": {"field": name, "type": "quantitative"}}
    return {"mark": mark("area", color=canvas.palette.area), "encoding": encoding}


def line_layer(canvas: Canvas[Lines], labels: list[str], index: int, points: int) -> Vega:
    """Lines differ by colour and by dashes; the earlier period's is thin, dashed and pale."""
    is_earlier = bool(canvas.earlier_label) and index > 0
    width = 1.5 if is_earlier else 2 if index or points < THICK_BELOW else 1.25
    colors, dashes = canvas.series_colors(), list(DASHES)
    if canvas.earlier_label:
        colors[1], dashes[1] = canvas.palette.faint, [4, 3]
    color_scale = {"domain": labels, "range": colors[: len(labels)]}
    dash_scale = {"domain": labels, "range": dashes[: len(labels)]}
    color: Vega = {"datum": labels[index], "scale": color_scale, "legend": None}
    if len(labels) > 1 or len(canvas.chart.y) > 1:
        color["legend"] = legend(labels, canvas.width, "stroke")
    dots = points <= DOTTED_UP_TO and not is_earlier
    more = {"point": {"size": 26, "aria": False}} if dots else {}
    return {
        "mark": mark("line", strokeWidth=width, strokeJoin="round", **more),
        "encoding": {
            "color": color,
            "strokeDash": {"datum": labels[index], "scale": dash_scale},
        },
    }


def x_encoding(canvas: Canvas[Any], rows: list[Row]) -> Vega:
    name = canvas.chart.x
    first, last = rows[0][name], rows[-1][name]
    axis: Vega = {"title": None, "grid": False}
    if canvas.columns[name].kind in ("date", "week", "date_hour"):
        axis |= date_ticks(first, last, canvas.width)
        # Days are not moments: a local axis would show them as the day before in America.
        return {"field": name, "type": "temporal", "scale": {"type": "utc"}, "axis": axis}
    if canvas.columns[name].kind in POSITIONS:
        axis |= {"tickCount": max(2, canvas.width // 80), "tickMinStep": 1, "format": ",~f"}
        scale: Vega = {"domain": [number(first), number(last)], "nice": False}
        return {"field": name, "type": "quantitative", "scale": scale, "axis": axis}
    axis |= {"labelAngle": 0, "labelOverlap": "parity", "labelSeparation": 6}
    scale = {"domain": [canvas.axis_label(row, name) for row in rows]}
    return {"field": name, "type": "ordinal", "scale": scale, "axis": axis}


def date_ticks(first: date, last: date, width: int) -> Vega:
    """As many dates as have room; months from four of them on, then years."""
    most = max(2, width // 80)
    days = (last - first).days + 1
    if days <= 3 and isinstance(first, datetime):
        return {"format": "%-d %b %H:%M", "tickCount": most}
    if days <= 120:
        return {"format": "%-d %b", "tickCount": min(most, days)}
    step = next((s for s in MONTH_STEPS if s >= ceil(days / 30 / most)), MONTH_STEPS[-1])
    if step < 12:
        return {"format": "%b %Y", "tickCount": {"interval": "month", "step": step}}
    return {"format": "%Y", "tickCount": {"interval": "year", "step": step // 12}}
