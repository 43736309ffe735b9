"""How something went over time, and will go on: a line, a dashed one, and its bounds as bands."""

from analytics.faces.drawings.canvas import Canvas, Drawing, mark, number
from analytics.faces.drawings.lines import days_axis

HEIGHT = 260
OPACITY = (0.22, 0.12)  # of the inner band and of the outer


def draw(canvas: Canvas) -> Drawing:
    chart, rows = canvas.chart, joined(canvas)
    amounts = (chart.y, chart.forecast, *chart.bounds)
    data = canvas.data(rows, [chart.x], amounts)
    for datum, row in zip(data["values"], rows, strict=True):
        datum[chart.x] = row[chart.x].isoformat()
    ticks = days_axis(rows[0][chart.x], rows[-1][chart.x], canvas.width)
    x = {
        "field": chart.x,
        "type": "temporal",
        "scale": {"type": "utc"},
        "axis": {"title": None, "grid": False, **ticks},
    }
    highest = max(amounts, key=lambda name: max(number(row[name]) or 0 for row in rows))
    axis = canvas.amounts_axis(highest, rows)
    over = canvas.pointed_at(
        mark("rule", strokeWidth=max(3, canvas.width / len(rows))),
        tooltip=canvas.tooltip([chart.x, *amounts]),
    )
    layers = [*bands(canvas), *over, line(canvas, chart.y), line(canvas, chart.forecast)]
    for layer in layers[-2:]:
        layer["encoding"]["y"]["axis"] = axis
    view = {"width": canvas.width, "height": HEIGHT, "encoding": {"x": x}, "layer": layers}
    return Drawing({"data": data, **view}, "The bands are the intervals of 80 and 95 %.")


def joined(canvas: Canvas) -> list[dict]:
    """The rows; the forecast begins where the sales end, so that the lines touch."""
    chart, rows = canvas.chart, canvas.table.to_pylist()
    known = [row for row in rows if row[chart.y] is not None and row[chart.forecast] is None]
    if known:
        last = known[-1]
        last |= dict.fromkeys((chart.forecast, *chart.bounds), last[chart.y])
    return rows


def bands(canvas: Canvas) -> list[dict]:
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
        for lower, upper, opacity in reversed([*pairs])
    ]


def line(canvas: Canvas, name: str) -> dict:
    """What is to come is dashed: it is not known by its colour alone."""
    chart, label = canvas.chart, canvas.columns[name].label
    labels = [canvas.columns[known].label for known in (chart.y, chart.forecast)]
    looks = {"color": [canvas.palette.ink, canvas.palette.accent], "strokeDash": [[1, 0], [5, 3]]}
    legend = {"symbolType": "stroke", "symbolSize": 500}
    dressed = {
        channel: {
            "datum": label,
            "scale": {"domain": labels, "range": look},
            "legend": legend,
        }
        for channel, look in looks.items()
    }
    y = {"field": name, "type": "quantitative"}
    return {
        "mark": mark("line", strokeWidth=1.75, strokeJoin="round"),
        "encoding": {"y": y, **dressed},
    }
