"""Colours and the look that all pictures share, by day and by night."""

from dataclasses import dataclass

# Liberation comes with the renderer: text is measured and drawn alike on every machine.
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"


@dataclass(frozen=True)
class Palette:
    """Everything that carries meaning stands out from the card by 4.5 to 1 or more."""

    card: str
    ink: str
    faint: str
    grid: str
    accent: str
    wash: str  # behind a bar
    haze: str  # below a line
    deep: tuple[str, ...]  # from little to much
    on_deep: str  # text on much; on little it is the ink
    turning: float  # the depth at which the one is read as well as the other
    series: tuple[str, ...]
    added: str
    taken: str


LIGHT = Palette(
    card="#ffffff",
    ink="#101828",
    faint="#5b6472",
    grid="#e9ebf0",
    accent="#4f46e5",
    wash="#eceafe",
    haze="#f5f4fd",
    deep=("#f1f0fd", "#b9b2f8", "#4f46e5"),
    on_deep="#ffffff",
    turning=0.83,
    series=("#4f46e5", "#0f766e", "#b45309", "#be185d", "#475569"),
    added="#0f766e",
    taken="#b42318",
)
DARK = Palette(
    card="#161b22",
    ink="#e6edf3",
    faint="#98a3b1",
    grid="#2a313c",
    accent="#8b8cf8",
    wash="#272a55",
    haze="#1c212f",
    deep=("#1d2340", "#4a50ab", "#b3b4fc"),
    on_deep="#0d1117",
    turning=0.62,
    series=("#8b8cf8", "#2dd4bf", "#fbbf24", "#f472b6", "#cbd5e1"),
    added="#2dd4bf",
    taken="#ff8a80",
)
PALETTES = {"light": LIGHT, "dark": DARK}
CLEAR = "rgba(0,0,0,0)"
DASHES = ([1, 0], [7, 3], [2, 2], [8, 3, 2, 3], [4, 4])  # no line is known by its colour alone


def config(palette: Palette, symbol: str) -> dict:
    quiet = {"labelColor": palette.faint, "titleColor": palette.faint, "labelFontSize": 11}
    title = {"color": palette.ink, "fontSize": 15, "fontWeight": "bold", "anchor": "start"}
    subtitle = {"subtitleColor": palette.faint, "subtitleFontSize": 12, "subtitlePadding": 5}
    grid = {"gridColor": palette.grid, "domain": False, "ticks": False, "labelPadding": 6}
    legend = {"orient": "top", "title": None, "labelFontSize": 12, "offset": 10}
    return {
        "font": FONT,
        "view": {"stroke": None},
        "title": title | subtitle | {"frame": "bounds", "offset": 14},
        "axis": quiet | grid | {"titleFontWeight": "normal", "titleFontSize": 11},
        "legend": quiet | legend | {"labelColor": palette.ink},
        "locale": {
            "number": {
                "decimal": ".",
                "thousands": ",",
                "grouping": [3],
                "currency": [symbol, ""],
            }
        },
    }
