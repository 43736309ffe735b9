"""Ranked amounts, and the share of all that they make up together."""

from decimal import Decimal
from math import ceil

from analytics.faces.drawings import words
from analytics.faces.drawings.canvas import Canvas, Drawing, mark, number

BARS = 60
MOST = Decimal("0.8")
HEIGHT = 260
SPAN = {"x": {"field": "from", "type": "quantitative"}, "x2": {"field": "to"}}


def draw(canvas: Canvas) -> Drawing:
    """Where there are too many for a bar each, neighbours share one."""
    count = canvas.table.num_rows
    size = ceil(count / BARS)
    bars = [bar_of(canvas, first, min(first + size, count)) for first in range(0, count, size)]
    shared = f" Each bar stands for {size:,} of them." if size > 1 else ""
    return Drawing(view(canvas, bars), reached(canvas) + shared)


def reached(canvas: Canvas) -> str:
    shares = canvas.table[canvas.chart.share].to_pylist()
    count = next((turn for turn, share in enumerate(shares, 1) if share and share >= MOST), None)
    return f"{count:,} of {len(shares):,} make up 80 %." if count else ""


def bar_of(canvas: Canvas, first: int, end: int) -> dict:
    """What the rows from the first to before the end have, and all up to there."""
    chart, kind = canvas.chart, canvas.columns[canvas.chart.y].kind
    rows = canvas.table.slice(first, end - first).to_pylist()
    amount = sum((row[chart.y] or 0 for row in rows), Decimal(0))
    names = [canvas.told(row, chart.x) for row in (rows[0], rows[-1])]
    return {
        "from": first + 0.1 * (end - first),
        "to": end - 0.1 * (end - first),
        "end": end,
        "who": names[0] if len(rows) == 1 else f"{first + 1:,} to {end:,}: {' – '.join(names)}",
        "amount": number(amount),
        "amount_told": words.told(amount, kind, canvas.answer.currency),
        "share": number(rows[-1][chart.share]),
        "share_told": canvas.told(rows[-1], chart.share),
    }


def view(canvas: Canvas, bars: list[dict]) -> dict:
    together = {"layer": [eighty(canvas), line(canvas, bars)]}
    return {
        "width": canvas.width,
        "height": HEIGHT,
        "data": {"values": bars},
        "encoding": {"tooltip": tooltip(canvas)},
        "layer": [amounts(canvas, bars), together, *canvas.pointed_at(mark("rect"), **SPAN)],
        "resolve": {"scale": {"y": "independent"}},
    }


def amounts(canvas: Canvas, bars: list[dict]) -> dict:
    name, end = canvas.chart.y, bars[-1]["end"]
    axis = canvas.amounts_axis(name, [{name: bar["amount"]} for bar in bars], grid=False)
    ranks = {"title": None, "grid": False, "tickMinStep": 1, "format": ",~f"}
    scale = {"domain": [0, end], "nice": False}
    heights = {"domain": reach(bars), "nice": False}
    return {
        "mark": mark("bar", cornerRadiusEnd=1),
        "encoding": {
            "x": {"field": "from", "type": "quantitative", "scale": scale, "axis": ranks},
            "x2": {"field": "to"},
            "y": {"field": "amount", "type": "quantitative", "scale": heights, "axis": axis},
            "y2": {"datum": 0},
            "color": named(canvas, name),
        },
    }


def reach(bars: list[dict]) -> list[float]:
    amounts = [bar["amount"] for bar in bars]
    return [min(0, *amounts), max(0, *amounts) or 1]


def line(canvas: Canvas, bars: list[dict]) -> dict:
    """Its nothing lies as high as that of the bars, also where some of them go below."""
    low, high = reach(bars)
    axis = {"title": None, "format": "~%", "orient": "right", "values": [0, 0.2, 0.4, 0.6, 0.8, 1]}
    scale = {"domain": [low / high, 1], "nice": False}
    return {
        "mark": mark("line", strokeWidth=2, point={"size": 18, "aria": False}),
        "encoding": {
            "x": {"field": "end", "type": "quantitative"},
            "y": {"field": "share", "type": "quantitative", "scale": scale, "axis": axis},
            "color": named(canvas, canvas.chart.share),
        },
    }


def eighty(canvas: Canvas) -> dict:
    rule = mark("rule", color=canvas.palette.faint, strokeDash=[4, 3])
    return {"mark": rule, "encoding": {"y": {"datum": float(MOST)}, "tooltip": None}}


def named(canvas: Canvas, name: str) -> dict:
    chart = canvas.chart
    labels = [canvas.columns[column].label for column in (chart.y, chart.share)]
    colours = [canvas.palette.accent, canvas.palette.series[2]]
    scale = {"domain": labels, "range": colours}
    return {"datum": canvas.columns[name].label, "scale": scale}


def tooltip(canvas: Canvas) -> list[dict]:
    labels = {
        "who": canvas.chart.x,
        "amount_told": canvas.chart.y,
        "share_told": canvas.chart.share,
    }
    return [
        {"field": field, "title": canvas.columns[name].label, "type": "nominal"}
        for field, name in labels.items()
    ]
