"""What a picture says of itself in words: below its title, and to those who do not see it."""

from collections.abc import Iterator
from textwrap import wrap

from analytics.faces.drawings import blank
from analytics.faces.drawings.canvas import Canvas
from analytics.faces.drawings.words import label
from analytics.semantics.charts import Fan, Figures, Heatmap, Histogram, Lines

LETTER = 6.2  # pixels that a letter of the subtitle takes


def subtitle(canvas: Canvas, note: str) -> list[str]:
    said = " · ".join(part for part in (measured(canvas), period(canvas.answer), note) if part)
    return wrap(said, int(canvas.width / LETTER))


def described(canvas: Canvas, note: str) -> str:
    """The question, what is shown of which days, and the figures that one would look for."""
    report = canvas.answer.report
    facts = [blank.words(canvas)] if blank.is_due(canvas) else [*figures(canvas), note]
    shown = ", ".join(filter(None, [measured(canvas), period(canvas.answer)])) + "."
    return " ".join(filter(None, [f"{report.title}.", report.description, shown, *facts]))


def measured(canvas: Canvas) -> str:
    columns = [canvas.columns[name] for name in canvas.chart.amounts]
    money = any(column.kind == "money" for column in columns)
    if isinstance(canvas.chart, Histogram):
        return f"How many, by {columns[0].label[:1].lower()}{columns[0].label[1:]}"
    labels = [] if isinstance(canvas.chart, Figures) else [column.label for column in columns]
    return ", ".join(labels) + (f" in {canvas.answer.currency}" if money and labels else "")


def period(answer) -> str:
    if answer.period.start is None:
        return "no sales"
    first, last = (label(day, "date") for day in (answer.period.start, answer.period.end))
    days = first if first == last else f"{first} – {last}"
    return days if answer.is_over else f"{days}, so far"


def figures(canvas: Canvas) -> Iterator[str]:
    for name in canvas.chart.amounts:
        yield f"{canvas.columns[name].label}: {', '.join(facts(canvas, name))}."


def facts(canvas: Canvas, name: str) -> Iterator[str]:
    values = canvas.table[name].to_pylist()
    known = [turn for turn, value in enumerate(values) if value is not None]
    if isinstance(canvas.chart, Figures) or not known:
        yield canvas.told(canvas.row(0), name)
        return
    lowest, highest = (extreme(known, key=values.__getitem__) for extreme in (min, max))
    if isinstance(canvas.chart, Lines | Fan):
        yield f"first {fact(canvas, known[0], name)}"
        yield f"last {fact(canvas, known[-1], name)}"
    yield f"highest {fact(canvas, highest, name)}"
    yield f"lowest {fact(canvas, lowest, name)}"
    if name in (canvas.answer.totals or ()):
        yield f"overall {canvas.told(canvas.answer.totals, name)}"


def fact(canvas: Canvas, turn: int, name: str) -> str:
    """An amount and where it was: £1,509,496.33 (Nov 2011)."""
    chart, row = canvas.chart, canvas.row(turn)
    things = {Heatmap: ("y", "x"), Histogram: ()}.get(type(chart), ("x",))
    where = ", ".join(canvas.told(row, getattr(chart, thing)) for thing in things)
    return canvas.told(row, name) + (f" ({where})" if where else "")
