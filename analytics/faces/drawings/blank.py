"""The picture of an answer that has nothing to show."""

from analytics.faces.drawings.canvas import Canvas, Drawing, mark

HEIGHT = 140


def is_due(canvas: Canvas) -> bool:
    return no_values(canvas) or no_sales(canvas)


def no_values(canvas: Canvas) -> bool:
    return all(value is None for value in charted(canvas))


def no_sales(canvas: Canvas) -> bool:
    """Calendars have rows for days without sales too; returns alone are something to show."""
    totals = canvas.answer.totals
    return bool(totals) and not any(totals.values()) and not any(charted(canvas))


def charted(canvas: Canvas) -> list:
    return [value for name in canvas.chart.amounts for value in canvas.table[name].to_pylist()]


def words(canvas: Canvas) -> str:
    if canvas.answer.note:
        return "There is nothing to show yet."
    of_stock = canvas.answer.report.group == "inventory"
    if no_sales(canvas) or not (charted(canvas) or of_stock):
        return "Nothing was sold in this period."
    return "There is nothing to show."


def draw(canvas: Canvas) -> Drawing:
    middle = {"x": canvas.width / 2, "y": HEIGHT / 2, "align": "center", "baseline": "middle"}
    colour = {"fontSize": 14, "color": canvas.palette.faint}
    view = {
        "width": canvas.width,
        "height": HEIGHT,
        "data": {"values": [{}]},
        "mark": mark("text", text=words(canvas), **colour, **middle),
    }
    return Drawing(view)
