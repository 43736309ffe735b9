"""How something went over time, and will go on: a line, a dashed one, and its bounds as bands."""

from analytics.faces.drawings.canvas import Canvas, Drawing, Row, Vega, mark, number
from analytics.faces.drawings.lines import date_ticks
from analytics.semantics.charts import Fan

HEIGHT = 260
OPACITY = (0.22, 0.12)  # of the inner band and of the outer


def draw(canvas: Canvas[Fan]) -> Drawing:
    chart, rows = canvas.chart, joined_rows(canvas)
    amounts = (chart.y, chart.forecast, *chart.bounds)
    data = canvas.data(rows, [chart.x], amounts)
    for datum, row in zip(data["values"], rows, strict=True):
        # A browser reads a bare date as UTC; on a local axis it would be the day before in America.
        datum[chart.x] = row[chart.x].isoformat()
        datum |= canvas.row_links(row, chart.y, chart.x)
    ticks = date_ticks(rows[0][chart.x], rows[-1][chart.x], canvas.width)
    x = {
        "field": chart.x,
        "type": "temporal",
        "scale": {"type": "utc"},
        "axis": {"title": None, "grid": False, **ticks},
    }
    highest = max(amounts, key=lambda name: max(number(row[name]) or 0 for row in rows))
    axis = canvas.amount_axis(highest, rows)
    hover = canvas.hover_layer(
        mark("rule", strokeWidth=max(3, canvas.width / len(rows))),
        tooltip=canvas.tooltip([chart.x, *amounts]),
    )
    lines = [line_layer(canvas, name, axis) for name in (chart.y, chart.forecast)]
    layers = [*interval_bands(canvas), *hover, *lines]
    view = {"width": canvas.width, "height": HEIGHT, "encoding": {"x": x}, "layer": layers}
    return Drawing({"data": data, **view}, "The bands are the intervals of 80 and 95 %.")


def joined_rows(canvas: Canvas[Fan]) -> list[Row]:
    """The rows; the forecast begins where the sales end, so that the lines touch."""
    chart, rows = canvas.chart, canvas.table.to_pylist()
    known = [row for row in rows if row[chart.y] is not None and row[chart.forecast] is None]
    if known:
        last = known[-1]
        last |= dict.fromkeys((chart.forecast, *chart.bounds), last[chart.y])
    return rows


def interval_bands(canvas: Canvas[Fan]) -> list[Vega]:
    bounds = canvas.chart.bounds
    pairs = zip(bounds[::2], bounds[1::2], OPACITY, strict=True)
    return [
        {
            "mark": mark("area", color=canvas.palette.accent, opacity=opacity),
            "encoding": {
                "y": {"field": lower, "type": "quantitative"},
                "y2": {"field": upper},
            },
        }
        # The outer band first, or it would lie upon the inner one.
        for lower, upper, opacity in reversed([*pairs])
    ]


def line_layer(canvas: Canvas[Fan], name: str, axis: Vega) -> Vega:
    """The forecast is dashed: colour alone does not tell it from the sales."""
    chart, palette = canvas.chart, canvas.palette
    labels = [canvas.columns[column].label for column in (chart.y, chart.forecast)]
    styles = {"color": [palette.ink, palette.accent], "strokeDash": [[1, 0], [5, 3]]}
    legend = {"symbolType": "stroke", "symbolSize": 500}
    channels = {
        channel: {
            "datum": canvas.columns[name].label,
            "scale": {"domain": labels, "range": style},
            "legend": legend,
        }
        for channel, style in styles.items()
    }
    y = {"field": name, "type": "quantitative", "axis": axis}
    return {
        "mark": mark("line", strokeWidth=1.75, strokeJoin="round"),
        "encoding": {"y": y, **channels},
    }
