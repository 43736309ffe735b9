"""For a browser: the chart as Vega-Lite describes it, drawn there so that one can point at it."""

import orjson

from analytics.faces import as_chart
from analytics.query.answer import Answer


def render_vega(answer: Answer, theme: str = "light", width: int = as_chart.WIDTH) -> bytes:
    return orjson.dumps(as_chart.spec(answer, theme, width))
