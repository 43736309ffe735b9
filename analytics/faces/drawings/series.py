"""An amount split by another column: lines, stacked areas, stacked bars, or shares of 100 %."""

from analytics.faces.drawings import series_lines, stacked_areas, stacked_bars, stacked_rows
from analytics.faces.drawings.canvas import Canvas, Drawing
from analytics.faces.drawings.lines import MAX_POINTS
from analytics.faces.drawings.split import Split, split_rows
from analytics.faces.drawings.stacks import has_negative
from analytics.semantics.charts import Series

MAX_BARS, MAX_ROWS = 120, 40


def draw(canvas: Canvas[Series]) -> Drawing:
    """What is below zero has no place in an area: it would cross the areas of the others."""
    split, shape = split_rows(canvas), canvas.chart.shape
    is_below = has_negative(split)
    if shape == "lines":
        drawing = series_lines.draw(canvas, split)
        return Drawing(drawing.view, notes(drawing.note, left_out_note(split)))
    if canvas.columns[canvas.chart.x].kind == "text":
        split, cut = first_places(split, MAX_ROWS)
        return Drawing(
            stacked_rows.rows_view(canvas, split), notes(cut, below_note(shape, is_below))
        )
    if shape == "area" and not is_below and len(split.places) > 1:
        split, cut = last_places(split, MAX_POINTS)
        return Drawing(stacked_areas.area_view(canvas, split), cut)
    split, cut = last_places(split, MAX_BARS)
    return Drawing(stacked_bars.bars_view(canvas, split), notes(cut, below_note(shape, is_below)))


def first_places(split: Split, most: int) -> tuple[Split, str]:
    count = len(split.places)
    note = f"Only the first {most} of {count:,}." if count > most else ""
    return Split(split.places[:most], split.parts), note


def last_places(split: Split, most: int) -> tuple[Split, str]:
    count = len(split.places)
    note = f"Only the last {most:,} of {count:,}." if count > most else ""
    return Split(split.places[-most:], split.parts), note


def left_out_note(split: Split) -> str:
    if not split.left_out:
        return ""
    return f"The first {len(split.parts)} of {len(split.parts) + split.left_out:,}."


def below_note(shape: str, is_below: bool) -> str:
    if not is_below:
        return ""
    texts = {
        "share": "Amounts below zero have no share and are left out.",
        "area": "Bars, because there are amounts below zero.",
    }
    return texts.get(shape, "")


def notes(*texts: str) -> str:
    return " ".join(filter(None, texts))
