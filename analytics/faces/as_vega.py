"""For a browser: the picture as Vega-Lite describes it, drawn there so that one can point at it."""

import orjson

from analytics.faces import as_chart


def face(answer, theme: str = "light", width: int = as_chart.WIDTH) -> bytes:
    return orjson.dumps(as_chart.spec(answer, theme, width))
