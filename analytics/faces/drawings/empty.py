"""The chart of an answer that has nothing to show: one sentence that says so."""

from typing import Any

from analytics.faces.drawings.canvas import Canvas, Drawing, mark

HEIGHT = 140


def is_empty(canvas: Canvas[Any]) -> bool:
    return has_no_values(canvas) or has_no_sales(canvas)


def has_no_values(canvas: Canvas[Any]) -> bool:
    return all(value is None for value in charted_values(canvas))


def has_no_sales(canvas: Canvas[Any]) -> bool:
    """Calendars have rows for days without sales too; returns alone are something to show."""
    totals = canvas.answer.totals or {}
    return bool(totals) and not any([*totals.values(), *charted_values(canvas)])


def charted_values(canvas: Canvas[Any]) -> list[Any]:
    return [value for name in canvas.chart.amounts for value in canvas.table[name].to_pylist()]


def reason(canvas: Canvas[Any]) -> str:
    # Where a model has nothing to show, its note says what it lacks.
    if canvas.answer.note:
        return "There is nothing to show yet."
    # No product that runs low is good news, and not a time without sales.
    is_about_stock = canvas.answer.report.group == "inventory"
    if has_no_sales(canvas) or not (charted_values(canvas) or is_about_stock):
        return "Nothing was sold in this period."
    return "There is nothing to show."


def draw(canvas: Canvas[Any]) -> Drawing:
    middle = {"x": canvas.width / 2, "y": HEIGHT / 2, "align": "center", "baseline": "middle"}
    style = {"fontSize": 14, "color": canvas.palette.faint}
    view = {
        "width": canvas.width,
        "height": HEIGHT,
        "data": {"values": [{}]},
        "mark": mark("text", text=reason(canvas), **style, **middle),
    }
    return Drawing(view)
