"""An amount for each pair, as depth of colour, and in figures where they have room."""

from analytics.faces.drawings import words
from analytics.faces.drawings.canvas import Canvas, Drawing, mark, number
from analytics.semantics.kinds import KINDS

MOST = 36  # columns; and rows
CELL = 26
BESIDE = 70  # pixels that the names of the rows take
LETTER = 6.5


def draw(canvas: Canvas) -> Drawing:
    """The first columns and, of a calendar, the last rows: those that people ask about."""
    chart = canvas.chart
    across, down = (distinct(canvas, name) for name in (chart.x, chart.y))
    calendar = KINDS[canvas.columns[chart.y].kind].is_calendar
    seen = across[:MOST], down[-MOST:] if calendar else down[:MOST]
    chosen = [set(values) for values in seen]
    rows = [
        row
        for row in canvas.table.to_pylist()
        if row[chart.x] in chosen[0] and row[chart.y] in chosen[1] and row[chart.color] is not None
    ]
    pairs = zip(("columns", "rows"), seen, (across, down), strict=True)
    cut = [f"Only {len(a)} of {len(b)} {what}." for what, a, b in pairs if len(a) < len(b)]
    return Drawing(view(canvas, rows, *seen), " ".join(cut))


def distinct(canvas: Canvas, name: str) -> list:
    """Things in their order: weekdays, hours and months have one; other things that of the rows."""
    values = [value for value in dict.fromkeys(canvas.table[name].to_pylist()) if value is not None]
    return values if canvas.columns[name].kind == "text" else sorted(values)


def view(canvas: Canvas, rows: list[dict], across: list, down: list) -> dict:
    chart = canvas.chart
    spoken = canvas.spoken(chart.y, chart.x, chart.color)
    data = canvas.data(rows, [chart.x, chart.y], [chart.color], spoken)
    scale = depth(canvas, rows)
    for datum, row in zip(data["values"], rows, strict=True):
        datum |= {"_short": canvas.short(row, chart.color)}
        datum |= {"_deep": datum[chart.color] >= turning(canvas, scale)}
    longest = max((len(datum["_short"]) for datum in data["values"]), default=0)
    fits = longest * LETTER + 4 <= (canvas.width - BESIDE) / len(across)
    return {
        "width": canvas.width,
        "height": CELL * len(down),
        "data": data,
        "encoding": {
            "x": place(canvas, chart.x, across, "top"),
            "y": place(canvas, chart.y, down, "left"),
            "tooltip": canvas.tooltip(spoken),
        },
        "layer": [cells(canvas, scale, legend=not fits), *([figures(canvas)] if fits else [])],
    }


def place(canvas: Canvas, name: str, values: list, side: str) -> dict:
    column = canvas.columns[name]
    labels = [canvas.label({name: value}, name) for value in values]
    title = column.label if side == "top" and column.kind not in ("hour", "weekday") else None
    axis = {"title": title, "grid": False, "orient": side, "labelAngle": 0, "labelLimit": 120}
    overlap = {"labelOverlap": "parity", "labelSeparation": 3} if side == "top" else {}
    scale = {"domain": labels, "padding": 0}
    return {"field": name, "type": "ordinal", "scale": scale, "axis": axis | overlap}


def depth(canvas: Canvas, rows: list[dict]) -> dict:
    """Of shares the root: where all begin with 100 %, the rest would look the same."""
    amounts = [number(row[canvas.chart.color]) for row in rows]
    low, high = min([0, *amounts]), max([0, *amounts]) or 1
    rooted = canvas.columns[canvas.chart.color].kind == "share" and low == 0
    middle = low + (high - low) * (0.25 if rooted else 0.5)
    kind = "sqrt" if rooted else "linear"
    return {"type": kind, "domain": [low, middle, high], "range": list(canvas.palette.deep)}


def turning(canvas: Canvas, scale: dict) -> float:
    """The amount from which on a cell is too deep for ink."""
    low, _, high = scale["domain"]
    share = canvas.palette.turning ** (2 if scale["type"] == "sqrt" else 1)
    return low + (high - low) * share


def cells(canvas: Canvas, scale: dict, legend: bool) -> dict:
    """With a legend where the cells are too small for their figures."""
    name, palette = canvas.chart.color, canvas.palette
    gap = {"stroke": palette.card, "strokeWidth": 2, "cornerRadius": 4}
    shape = {"type": "gradient", "direction": "horizontal", "gradientLength": 160}
    shape |= words.axis_format(canvas.columns[name].kind, scale["domain"][-1]) | {"tickCount": 3}
    shape.pop("tickMinStep", None)
    colour = {"field": name, "type": "quantitative", "scale": scale}
    colour |= {"legend": shape if legend else None}
    return {"mark": mark("rect", **gap), "encoding": {"color": colour}}


def figures(canvas: Canvas) -> dict:
    palette = canvas.palette
    deep = {"test": "datum._deep", "value": palette.on_deep}
    none = {"test": f"!datum['{canvas.chart.color}']", "value": palette.faint}
    return {
        "mark": mark("text", fontSize=11),
        "encoding": {
            "text": {"field": "_short"},
            "color": {"condition": [deep, none], "value": palette.ink},
        },
    }
