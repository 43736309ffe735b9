"""Charts: the picture that answers the report's question, as a file or for a page."""

from dataclasses import replace
from typing import Any
from xml.sax.saxutils import quoteattr

from analytics.faces import rendering
from analytics.faces.drawings import DRAW, counts, empty
from analytics.faces.drawings.canvas import Canvas, Links, Vega
from analytics.faces.drawings.caption import description, subtitle
from analytics.faces.drawings.labels import currency_symbol
from analytics.faces.drawings.palette import PALETTES, vega_config
from analytics.faces.inline_pictures import with_both_themes, with_own_ids
from analytics.faces.mark_links import named_links
from analytics.faces.question_chart import chart_answer, is_chosen
from analytics.query.answer import Answer
from analytics.semantics.charts import Counts, Histogram

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
WIDTH = 880
PADDING = 16


def svg(
    answer: Answer, theme: str = "light", width: int = WIDTH, links: Links | None = None
) -> bytes:
    """`links` gives the address of what a mark stands for: each mark becomes a link with a name."""
    specification = build_spec(answer, theme, width, links=links)
    picture = rendering.render(specification, "svg").decode()
    label = quoteattr(specification["description"])
    # The renderer gives the groups roles of their own, but the picture as a whole no label. What
    # is an image has no parts for a screen reader: with links it is a group.
    attributes = f'class="marks" role="{"group" if links else "img"}" aria-label={label}'
    # Only the first, which is that of the svg element.
    picture = picture.replace('class="marks"', attributes, 1)
    return (named_links(picture) if links else picture).encode()


def inline_svg(answer: Answer, width: int = WIDTH, links: Links | None = None) -> str:
    """For the text of a page: in the colours of the page's theme, whichever that is."""
    light, dark = (svg(answer, theme, width, links).decode() for theme in ("light", "dark"))
    return with_own_ids(with_both_themes(light, dark))


def png(answer: Answer, theme: str = "light", width: int = WIDTH, scale: float = 2) -> bytes:
    return rendering.render(build_spec(answer, theme, width), "png", scale)


def spec(
    answer: Answer, theme: str = "light", width: int = WIDTH, links: Links | None = None
) -> Vega:
    """For Vega-Lite on a page: the same picture, in which one can point at things."""
    return build_spec(answer, theme, width, is_interactive=True, links=links)


def build_spec(
    answer: Answer,
    theme: str,
    width: int,
    is_interactive: bool = False,
    links: Links | None = None,
) -> Vega:
    """The specification of a picture that is `width` pixels wide, borders included."""
    answer, reason = chart_answer(answer) if is_chosen(answer) else (answer, "")
    chart, palette = answer.report.chart_or_default, PALETTES[theme]
    # No address selects what lies in a range.
    links = None if isinstance(chart, Histogram) else links
    canvas: Canvas[Any] = Canvas(answer, chart, palette, width - 2 * PADDING, is_interactive, links)
    # There is no drawing of Counts: the rows are counted here and drawn as Bars.
    if isinstance(chart, Counts):
        canvas = counts.counted_canvas(canvas)
    draw = empty.draw if empty.is_empty(canvas) else DRAW[type(canvas.chart)]
    drawing = draw(canvas)
    drawing = replace(drawing, note=" ".join(filter(None, [reason, drawing.note])))
    return {
        "$schema": SCHEMA,
        "description": description(canvas, drawing.note),
        "background": palette.card,
        "padding": PADDING,
        # The width includes axes and labels; the padding comes on top, and is taken off the canvas.
        "autosize": {"type": "fit-x", "contains": "content"},
        "title": {"text": answer.report.title, "subtitle": subtitle(canvas, drawing.note)},
        "config": vega_config(palette, currency_symbol(answer.currency)),
        **drawing.view,
    }
