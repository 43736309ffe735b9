"""The numbers themselves, each in a tile."""

from analytics.faces.drawings.canvas import Canvas, Drawing, mark

TILE = 170  # pixels, at least
LETTERS = {"label": 6.6, "told": 12.5, "beside": 6.2}  # pixels that a letter of each takes
ROW = 60
BESIDE = 18  # pixels more where the earlier number stands below
GAP = 12
INSIDE = 14


def draw(canvas: Canvas) -> Drawing:
    row = canvas.row(0)
    words = [
        {"label": canvas.columns[name].label, "told": canvas.told(row, name)}
        | {"beside": beside(canvas, row, name)}
        for name in canvas.chart.amounts
    ]
    across = max(1, int((canvas.width + GAP) // (widest(words) + GAP)))
    wide, high = (canvas.width + GAP) / across, ROW + BESIDE * bool(canvas.before)
    tiles = [
        {"left": wide * (turn % across), "top": (high + GAP) * (turn // across), **tile}
        for turn, tile in enumerate(words)
    ]
    return Drawing(view(canvas, tiles, wide - GAP, high))


def widest(words: list[dict]) -> float:
    """How wide a tile must be for the longest of its texts."""
    texts = (len(tile[name]) * letter for tile in words for name, letter in LETTERS.items())
    return max(TILE - GAP, max(texts) + 2 * INSIDE)


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
