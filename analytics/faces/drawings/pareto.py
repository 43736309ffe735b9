"""Ranked amounts, and the share of all that they make up together."""

from decimal import Decimal
from math import ceil

from analytics.faces.drawings import labels
from analytics.faces.drawings.canvas import Canvas, Drawing, Vega, mark, number
from analytics.semantics.charts import Pareto

MAX_BARS = 60
MOST = Decimal("0.8")
HEIGHT = 260
BAR_ENDS = {"x": {"field": "from", "type": "quantitative"}, "x2": {"field": "to"}}


def draw(canvas: Canvas[Pareto]) -> Drawing:
    """Where there are too many for a bar each, neighbours share one."""
    count = canvas.table.num_rows
    size = ceil(count / MAX_BARS)
    bars = [bar(canvas, first, min(first + size, count)) for first in range(0, count, size)]
    shared = f" Each bar stands for {size:,} of them." if size > 1 else ""
    return Drawing(pareto_view(canvas, bars), most_note(canvas) + shared)


def most_note(canvas: Canvas[Pareto]) -> str:
    shares = canvas.table[canvas.chart.share].to_pylist()
    count = next((rank for rank, share in enumerate(shares, 1) if share and share >= MOST), None)
    return f"{count:,} of {len(shares):,} make up 80 %." if count else ""


def bar(canvas: Canvas[Pareto], first: int, end: int) -> Vega:
    """What the rows from the first to before the end have, and all up to there."""
    chart, kind = canvas.chart, canvas.columns[canvas.chart.y].kind
    rows = canvas.table.slice(first, end - first).to_pylist()
    amount = sum((row[chart.y] or 0 for row in rows), Decimal(0))
    names = [canvas.full_text(row, chart.x) for row in (rows[0], rows[-1])]
    amount_text = labels.full_text(amount, kind, canvas.answer.currency)
    return {
        # A tenth stays free on both sides, or neighbours of one height would look like one bar.
        "from": first + 0.1 * (end - first),
        "to": end - 0.1 * (end - first),
        "end": end,
        "names": names[0] if len(rows) == 1 else f"{first + 1:,} to {end:,}: {' – '.join(names)}",
        "amount": number(amount),
        "amount_text": amount_text,
        "share": number(rows[-1][chart.share]),
        "share_text": canvas.full_text(rows[-1], chart.share),
        **canvas.link_fields(rows, [" – ".join(dict.fromkeys(names))], amount_text),
    }


def pareto_view(canvas: Canvas[Pareto], bars: list[Vega]) -> Vega:
    share_layers = {"layer": [most_rule(canvas), share_line(canvas, bars)]}
    return {
        "width": canvas.width,
        "height": HEIGHT,
        "data": {"values": bars},
        "encoding": {"tooltip": tooltip(canvas)},
        "layer": [
            amount_bars(canvas, bars),
            share_layers,
            *canvas.hover_layer(mark("rect"), "over", **BAR_ENDS),
        ],
        # On one axis, shares up to 1 would lie flat beside amounts of thousands.
        "resolve": {"scale": {"y": "independent"}},
    }


def amount_bars(canvas: Canvas[Pareto], bars: list[Vega]) -> Vega:
    name, end = canvas.chart.y, bars[-1]["end"]
    axis = canvas.amount_axis(name, [{name: bar["amount"]} for bar in bars], grid=False)
    ranks = {"title": None, "grid": False, "tickMinStep": 1, "format": ",~f"}
    scale = {"domain": [0, end], "nice": False}
    heights = {"domain": amount_range(bars), "nice": False}
    return {
        "mark": mark("bar", cornerRadiusEnd=1),
        "encoding": {
            "x": {"field": "from", "type": "quantitative", "scale": scale, "axis": ranks},
            "x2": {"field": "to"},
            "y": {"field": "amount", "type": "quantitative", "scale": heights, "axis": axis},
            "y2": {"datum": 0},
            "color": legend_color(canvas, name),
        },
    }


def amount_range(bars: list[Vega]) -> list[float]:
    amounts = [bar["amount"] for bar in bars]
    # 1 where nothing was earned: a domain from 0 to 0 has no height.
    return [min(0, *amounts), max(0, *amounts) or 1]


def share_line(canvas: Canvas[Pareto], bars: list[Vega]) -> Vega:
    """Its zero is as high as that of the bars, also where some of them go below."""
    low, high = amount_range(bars)
    axis = {"title": None, "format": "~%", "orient": "right", "values": [0, 0.2, 0.4, 0.6, 0.8, 1]}
    scale = {"domain": [low / high, 1], "nice": False}
    return {
        "mark": mark("line", strokeWidth=2, point={"size": 18, "aria": False}),
        "encoding": {
            "x": {"field": "end", "type": "quantitative"},
            "y": {"field": "share", "type": "quantitative", "scale": scale, "axis": axis},
            "color": legend_color(canvas, canvas.chart.share),
        },
    }


def most_rule(canvas: Canvas[Pareto]) -> Vega:
    rule = mark("rule", color=canvas.palette.faint, strokeDash=[4, 3])
    # None, because layers inherit the tooltip of the bars.
    return {"mark": rule, "encoding": {"y": {"datum": float(MOST)}, "tooltip": None}}


def legend_color(canvas: Canvas[Pareto], name: str) -> Vega:
    chart = canvas.chart
    domain = [canvas.columns[column].label for column in (chart.y, chart.share)]
    colors = [canvas.palette.accent, canvas.palette.series[2]]
    return {"datum": canvas.columns[name].label, "scale": {"domain": domain, "range": colors}}


def tooltip(canvas: Canvas[Pareto]) -> list[Vega]:
    chart = canvas.chart
    columns = {"names": chart.x, "amount_text": chart.y, "share_text": chart.share}
    return [
        {"field": field, "title": canvas.columns[name].label, "type": "nominal"}
        for field, name in columns.items()
    ]
