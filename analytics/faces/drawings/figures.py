"""The numbers themselves, each in a tile."""

from analytics.faces.drawings.canvas import Canvas, Drawing, mark

TILE = 170  # pixels, at least
ROW = 60
BESIDE = 18  # pixels more where the earlier number stands below
GAP = 12
INSIDE = 14


def draw(canvas: Canvas) -> Drawing:
    row = canvas.row(0)
    across = max(1, canvas.width // TILE)
    wide, high = (canvas.width + GAP) / across, ROW + BESIDE * bool(canvas.before)
    tiles = [
        {"left": wide * (turn % across), "top": (high + GAP) * (turn // across)}
        | {"label": canvas.columns[name].label, "told": canvas.told(row, name)}
        | {"beside": beside(canvas, row, name)}
        for turn, name in enumerate(canvas.chart.amounts)
    ]
    return Drawing(view(canvas, tiles, wide - GAP, high))


def beside(canvas: Canvas, row: dict, name: str) -> str:
    return f"{canvas.before}: {canvas.told(row, f'{name}_before')}" if canvas.before else ""


def view(canvas: Canvas, tiles: list[dict], wide: float, high: float) -> dict:
    palette, room = canvas.palette, {"limit": wide - 2 * INSIDE}
    frame = mark("rect", fill=None, stroke=palette.grid, cornerRadius=8, width=wide, height=high)
    return {
        "width": canvas.width,
        "height": max(tile["top"] for tile in tiles) + high,
        "data": {"values": tiles},
        "encoding": {"x": place("left"), "y": place("top")},
        "layer": [
            {"mark": frame | {"xOffset": wide / 2, "yOffset": high / 2}},
            text("label", 20, fontSize=12, color=palette.faint, **room),
            text("told", 43, fontSize=20, fontWeight="bold", color=palette.ink, **room),
            text("beside", 63, fontSize=11, color=palette.faint, **room),
        ],
    }


def place(field: str) -> dict:
    """Where it lies in pixels: no scale, no axis."""
    return {"field": field, "type": "quantitative", "scale": None, "axis": None}


def text(field: str, down: int, **more) -> dict:
    shape = mark("text", align="left", dx=INSIDE, dy=down, **more)
    return {"mark": shape, "encoding": {"text": {"field": field}}}
