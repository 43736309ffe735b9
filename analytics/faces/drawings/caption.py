"""The subtitle of a chart, and its description for those who do not see it."""

from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from analytics.faces.drawings import empty
from analytics.faces.drawings.canvas import Canvas
from analytics.faces.drawings.labels import axis_label
from analytics.query.answer import Answer
from analytics.semantics.charts import (
    Fan,
    Figures,
    Heatmap,
    Histogram,
    Lines,
    Series,
    SmallMultiples,
)

LETTER_WIDTH = 6.2  # pixels, in the subtitle
# The columns that say where an amount is, where that is not only `x`.
PLACES: dict[type, tuple[str, ...]] = {
    Heatmap: ("y", "x"),
    Series: ("series", "x"),
    SmallMultiples: ("series", "x"),
    Histogram: (),
}


def subtitle(canvas: Canvas[Any], note: str) -> list[str]:
    parts = amounts_text(canvas), days_text(canvas.answer), note
    # Vega does not wrap text: each line of a title is an item of a list.
    return wrap(" · ".join(filter(None, parts)), int(canvas.width / LETTER_WIDTH))


def description(canvas: Canvas[Any], note: str) -> str:
    """The question, what is shown of which days, and the figures that one would look for."""
    report = canvas.answer.report
    facts = [empty.reason(canvas)] if empty.is_empty(canvas) else [*key_facts(canvas), note]
    shown = ", ".join(filter(None, [amounts_text(canvas), days_text(canvas.answer)])) + "."
    return " ".join(filter(None, [f"{report.title}.", report.description, shown, *facts]))


def amounts_text(canvas: Canvas[Any]) -> str:
    columns = [canvas.columns[name] for name in canvas.chart.amounts]
    money = any(column.kind == "money" for column in columns)
    if isinstance(canvas.chart, Histogram):
        return f"How many, by {columns[0].label[:1].lower()}{columns[0].label[1:]}"
    labels = [] if isinstance(canvas.chart, Figures) else [column.label for column in columns]
    return ", ".join(labels) + (f" in {canvas.answer.currency}" if money and labels else "")


def days_text(answer: Answer) -> str:
    if answer.period.start is None:
        return "no sales"
    first, last = (axis_label(day, "date") for day in (answer.period.start, answer.period.end))
    days = first if first == last else f"{first} – {last}"
    return days if answer.is_over else f"{days}, so far"


def key_facts(canvas: Canvas[Any]) -> Iterator[str]:
    for name in canvas.chart.amounts:
        yield f"{canvas.columns[name].label}: {', '.join(facts_of_column(canvas, name))}."


def facts_of_column(canvas: Canvas[Any], name: str) -> Iterator[str]:
    values = canvas.table[name].to_pylist()
    known = [index for index, value in enumerate(values) if value is not None]
    if isinstance(canvas.chart, Figures) or not known:
        yield canvas.full_text(canvas.row(0), name)
        return
    lowest, highest = (extreme(known, key=values.__getitem__) for extreme in (min, max))
    if isinstance(canvas.chart, Lines | Fan):
        yield f"first {amount_and_place(canvas, known[0], name)}"
        yield f"last {amount_and_place(canvas, known[-1], name)}"
    yield f"highest {amount_and_place(canvas, highest, name)}"
    yield f"lowest {amount_and_place(canvas, lowest, name)}"
    if (totals := canvas.answer.totals) and name in totals:
        yield f"overall {canvas.full_text(totals, name)}"


def amount_and_place(canvas: Canvas[Any], index: int, name: str) -> str:
    """An amount and where it was: £1,509,496.33 (Nov 2011)."""
    chart, row = canvas.chart, canvas.row(index)
    channels = PLACES.get(type(chart), ("x",))
    place = ", ".join(canvas.full_text(row, getattr(chart, channel)) for channel in channels)
    return canvas.full_text(row, name) + (f" ({place})" if place else "")
