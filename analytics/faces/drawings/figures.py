"""The numbers themselves, each in a tile."""

from typing import Any

from analytics.faces.drawings.canvas import Canvas, Drawing, Row, Vega, mark
from analytics.semantics.charts import Figures

MIN_WIDTH = 170  # pixels of a tile, with the gap beside it
LETTER_WIDTHS = {"label": 6.6, "value": 12.5, "earlier": 6.2}  # pixels
HEIGHT = 60
EARLIER_HEIGHT = 18  # pixels more where the earlier number stands below
GAP = 12
PADDING = 14


def draw(canvas: Canvas[Figures]) -> Drawing:
    row = canvas.row(0)
    texts = [
        {
            "label": canvas.columns[name].label,
            "value": canvas.full_text(row, name),
            "earlier": earlier_text(canvas, row, name),
        }
        for name in canvas.chart.amounts
    ]
    per_row = max(1, int((canvas.width + GAP) // (tile_width(texts) + GAP)))
    width = (canvas.width + GAP) / per_row
    height = HEIGHT + EARLIER_HEIGHT * bool(canvas.earlier_label)
    tiles = [
        {"left": width * (index % per_row), "top": (height + GAP) * (index // per_row), **tile}
        for index, tile in enumerate(texts)
    ]
    return Drawing(tiles_view(canvas, tiles, width - GAP, height))


def tile_width(texts: list[dict[str, str]]) -> float:
    """How wide a tile must be for the longest of its texts."""
    widths = [len(tile[name]) * width for tile in texts for name, width in LETTER_WIDTHS.items()]
    return max(MIN_WIDTH - GAP, max(widths) + 2 * PADDING)


def earlier_text(canvas: Canvas[Figures], row: Row, name: str) -> str:
    if not canvas.earlier_label:
        return ""
    return f"{canvas.earlier_label}: {canvas.full_text(row, f'{name}_before')}"


def tiles_view(
    canvas: Canvas[Figures], tiles: list[dict[str, Any]], width: float, height: float
) -> Vega:
    palette, limit = canvas.palette, width - 2 * PADDING
    frame = mark("rect", fill=None, stroke=palette.grid, cornerRadius=8, width=width, height=height)
    return {
        "width": canvas.width,
        "height": max(tile["top"] for tile in tiles) + height,
        "data": {"values": tiles},
        "encoding": {"x": in_pixels("left"), "y": in_pixels("top")},
        "layer": [
            # Vega centres a rectangle of a given size on its position, which is the left upper
            # corner here.
            {"mark": frame | {"xOffset": width / 2, "yOffset": height / 2}},
            tile_text("label", 20, fontSize=12, color=palette.faint, limit=limit),
            tile_text("value", 43, fontSize=20, fontWeight="bold", color=palette.ink, limit=limit),
            tile_text("earlier", 63, fontSize=11, color=palette.faint, limit=limit),
        ],
    }


def in_pixels(field: str) -> Vega:
    """A position in pixels: no scale, no axis."""
    return {"field": field, "type": "quantitative", "scale": None, "axis": None}


def tile_text(field: str, top: int, **more: Any) -> Vega:
    shape = mark("text", align="left", dx=PADDING, dy=top, **more)
    return {"mark": shape, "encoding": {"text": {"field": field}}}
