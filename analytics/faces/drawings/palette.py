"""The colours and fonts of all charts, for light and dark pages."""

from dataclasses import dataclass
from typing import Any

# Liberation comes with the renderer: text is measured and drawn alike on every machine.
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"


@dataclass(frozen=True)
class Palette:
    """Texts have a contrast of 4.5 to 1 or more to the card, lines and bars of 3 to 1."""

    card: str
    ink: str
    faint: str
    grid: str
    accent: str
    track: str  # behind a bar
    area: str  # below a line
    scale: tuple[str, ...]  # of a heatmap, from little to much
    on_scale: str  # text on much; on little it is the ink
    text_switch: float  # the share of the scale at which both are equally readable
    series: tuple[str, ...]
    others: str  # what has no colour of its own in a chart of series
    increase: str
    decrease: str


LIGHT = Palette(
    card="#ffffff",
    ink="#101828",
    faint="#5b6472",
    grid="#e9ebf0",
    accent="#4f46e5",
    track="#eceafe",
    area="#f5f4fd",
    scale=("#f1f0fd", "#b9b2f8", "#4f46e5"),
    on_scale="#ffffff",
    text_switch=0.83,
    series=("#4f46e5", "#0d8a80", "#c26a06", "#c02f62", "#0b76b8"),
    others="#8a94a6",
    increase="#0f766e",
    decrease="#b42318",
)
DARK = Palette(
    card="#161b22",
    ink="#e6edf3",
    faint="#98a3b1",
    grid="#2a313c",
    accent="#8b8cf8",
    track="#272a55",
    area="#1c212f",
    scale=("#1d2340", "#4a50ab", "#b3b4fc"),
    on_scale="#0d1117",
    text_switch=0.62,
    series=("#8b8cf8", "#2fb8ab", "#e39b3d", "#ee7fa3", "#55b2ea"),
    others="#76839a",
    increase="#2dd4bf",
    decrease="#ff8a80",
)
PALETTES = {"light": LIGHT, "dark": DARK}
TRANSPARENT = "rgba(0,0,0,0)"
# Lines differ by more than their colour.
DASHES = ([1, 0], [7, 3], [2, 2], [8, 3, 2, 3], [4, 4], [1, 3])


def vega_config(palette: Palette, symbol: str) -> dict[str, Any]:
    labels = {"labelColor": palette.faint, "titleColor": palette.faint, "labelFontSize": 11}
    title = {"color": palette.ink, "fontSize": 15, "fontWeight": "bold", "anchor": "start"}
    subtitle = {"subtitleColor": palette.faint, "subtitleFontSize": 12, "subtitlePadding": 5}
    grid = {"gridColor": palette.grid, "domain": False, "ticks": False, "labelPadding": 6}
    legend = {"orient": "top", "title": None, "labelFontSize": 12, "offset": 10}
    return {
        "font": FONT,
        "view": {"stroke": None},
        "title": title | subtitle | {"frame": "bounds", "offset": 14},
        "axis": labels | grid | {"titleFontWeight": "normal", "titleFontSize": 11},
        "legend": labels | legend | {"labelColor": palette.ink},
        "locale": {
            "number": {
                "decimal": ".",
                "thousands": ",",
                "grouping": [3],
                "currency": [symbol, ""],
            }
        },
    }
