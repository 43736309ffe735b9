"""For the eye: the picture that answers the report's question, still or for a page."""

from xml.sax.saxutils import quoteattr

from analytics.faces import rendering
from analytics.faces.drawings import DRAWN_BY, blank, counts
from analytics.faces.drawings.canvas import Canvas
from analytics.faces.drawings.caption import described, subtitle
from analytics.faces.drawings.palette import PALETTES, config
from analytics.faces.drawings.words import symbol_of
from analytics.query.answer import Answer
from analytics.semantics.charts import Counts, chosen

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
WIDTH = 880
PADDING = 16


def svg(answer: Answer, theme: str = "light", width: int = WIDTH) -> bytes:
    made = drawn(answer, theme, width, moving=False)
    picture = rendering.draw(made, "svg").decode()
    told = f'class="marks" role="img" aria-label={quoteattr(made["description"])}'
    return picture.replace('class="marks"', told, 1).encode()


def png(answer: Answer, theme: str = "light", width: int = WIDTH, scale: float = 2) -> bytes:
    return rendering.draw(drawn(answer, theme, width, moving=False), "png", scale)


def spec(answer: Answer, theme: str = "light", width: int = WIDTH) -> dict:
    """For Vega-Lite on a page: as the files show it, and one can point at things."""
    return drawn(answer, theme, width, moving=True)


def drawn(answer: Answer, theme: str, width: int, moving: bool) -> dict:
    """The spec of a picture that is `width` pixels wide, borders included."""
    chart, palette = chosen(answer.report), PALETTES[theme]
    canvas = Canvas(answer, chart, palette, width - 2 * PADDING, moving)
    if isinstance(chart, Counts):
        canvas = counts.canvas_of(canvas)
    drawing = blank.draw(canvas) if blank.is_due(canvas) else DRAWN_BY[type(canvas.chart)](canvas)
    return {
        "$schema": SCHEMA,
        "description": described(canvas, drawing.note),
        "background": palette.card,
        "padding": PADDING,
        "autosize": {"type": "fit-x", "contains": "content"},
        "title": {"text": answer.report.title, "subtitle": subtitle(canvas, drawing.note)},
        "config": config(palette, symbol_of(answer.currency)),
        **drawing.view,
    }
