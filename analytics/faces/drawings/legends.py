"""Legends of several series, in as many columns as have room for the longest name."""

from collections.abc import Sequence

from analytics.faces.drawings.canvas import Vega

LETTER_WIDTH = 6.6  # pixels
SYMBOL_WIDTHS = {"square": 30, "stroke": 40}  # with the gap to the next name


def legend(names: Sequence[str], width: float, symbol: str = "square") -> Vega:
    room = max(map(len, names), default=1) * LETTER_WIDTH + SYMBOL_WIDTHS[symbol]
    size = {"symbolSize": 500} if symbol == "stroke" else {}
    return {"symbolType": symbol, "columns": max(1, int(width // room)), **size}


def color_by_series(names: Sequence[str], colors: Sequence[str], width: float) -> Vega:
    """A colour for each name, in their order."""
    scale = {"domain": list(names), "range": list(colors)}
    return {"field": "_series", "type": "nominal", "scale": scale, "legend": legend(names, width)}
