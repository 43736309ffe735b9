"""Several amounts of one kind side by side: upright for hours and months, lying for names."""

from analytics.faces.drawings.canvas import Canvas, Drawing, Row, Vega, mark, number
from analytics.faces.drawings.legends import color_by_series
from analytics.semantics.charts import GroupedBars

MAX_UPRIGHT, MAX_LYING = 60, 20
HEIGHT = 260
NAME_HEIGHT, BAR_HEIGHT, GAP = 24, 12, 10  # pixels of a row: its name, each bar, what is below
IN_PIXELS: Vega = {"type": "quantitative", "scale": None, "axis": None}


def draw(canvas: Canvas[GroupedBars]) -> Drawing:
    is_upright = canvas.columns[canvas.chart.x].kind != "text"
    most = MAX_UPRIGHT if is_upright else MAX_LYING
    count = canvas.table.num_rows
    rows = canvas.table.slice(0, most).to_pylist()
    view = (upright_view if is_upright else lying_view)(canvas, rows)
    return Drawing(view, f"Only the first {most} of {count:,}." if count > most else "")


def upright_view(canvas: Canvas[GroupedBars], rows: list[Row]) -> Vega:
    # Vega sorts names by the alphabet; a domain keeps the order of the rows.
    scale = {"domain": [canvas.axis_label(row, canvas.chart.x) for row in rows], "padding": 0.2}
    axis = {"title": None, "labelAngle": 0, "labelOverlap": "parity", "labelSeparation": 4}
    return {
        "width": canvas.width,
        "height": HEIGHT,
        "data": {"values": bar_data(canvas, rows)},
        "mark": canvas.linked_mark("bar", cornerRadiusEnd=2),
        "encoding": {
            "x": {"field": "_x", "type": "ordinal", "scale": scale, "axis": axis},
            "xOffset": {"field": "_series", "scale": {"domain": labels_of(canvas)}},
            "y": {
                "field": "_amount",
                "type": "quantitative",
                "axis": value_axis(canvas, rows),
                "stack": None,
            },
            **bar_encoding(canvas),
        },
    }


def lying_view(canvas: Canvas[GroupedBars], rows: list[Row]) -> Vega:
    """Each name above its bars."""
    axis = value_axis(canvas, rows) | {"tickCount": max(2, canvas.width // 120)}
    style = {"align": "left", "x": 0, "fontSize": 13, "color": canvas.palette.ink}
    height = row_height(canvas)
    names = [{"_top": height * turn + 14, "_name_of_row": place_text(canvas, row)}
             for turn, row in enumerate(rows)]  # fmt: skip
    return {
        "width": canvas.width,
        "height": height * len(rows),
        "layer": [
            {
                "data": {"values": bar_data(canvas, rows)},
                "mark": canvas.linked_mark("rect", cornerRadius=2),
                "encoding": {
                    "x": {"field": "_amount", "type": "quantitative", "axis": axis},
                    "x2": {"datum": 0},
                    "y": {"field": "_top", **IN_PIXELS},
                    "y2": {"field": "_bottom"},
                    **bar_encoding(canvas),
                },
            },
            {
                "data": {"values": names},
                "mark": mark("text", limit=canvas.width, **style),
                "encoding": {
                    "text": {"field": "_name_of_row"},
                    "y": {"field": "_top", **IN_PIXELS},
                },
            },
        ],
    }


def row_height(canvas: Canvas[GroupedBars]) -> int:
    return NAME_HEIGHT + BAR_HEIGHT * len(canvas.chart.y) + GAP


def bar_data(canvas: Canvas[GroupedBars], rows: list[Row]) -> list[Row]:
    return [
        bar_datum(canvas, row, name, row_height(canvas) * turn + NAME_HEIGHT + BAR_HEIGHT * index)
        for turn, row in enumerate(rows)
        for index, name in enumerate(canvas.chart.y)
        if row[name] is not None
    ]


def bar_datum(canvas: Canvas[GroupedBars], row: Row, name: str, top: int) -> Row:
    place, label = place_text(canvas, row), canvas.columns[name].label
    text = canvas.full_text(row, name)
    return {
        "_x": canvas.axis_label(row, canvas.chart.x),
        "_place": place,
        "_series": label,
        "_amount": number(row[name]),
        "_amount_text": text,
        "_top": top,
        "_bottom": top + BAR_HEIGHT - 2,
        **canvas.link_fields([row], [place, label], text),
    }


def place_text(canvas: Canvas[GroupedBars], row: Row) -> str:
    return canvas.full_text(row, canvas.chart.x)


def labels_of(canvas: Canvas[GroupedBars]) -> list[str]:
    return [canvas.columns[name].label for name in canvas.chart.y]


def value_axis(canvas: Canvas[GroupedBars], rows: list[Row]) -> Vega:
    def largest(name: str) -> float:
        return max(abs(number(row[name]) or 0) for row in rows)

    return canvas.amount_axis(max(canvas.chart.y, key=largest), rows)


def bar_encoding(canvas: Canvas[GroupedBars]) -> Vega:
    place = canvas.columns[canvas.chart.x].label
    titles = {"_place": place, "_series": "Measure", "_amount_text": "Amount"}
    names = labels_of(canvas)
    colors = [*canvas.palette.series, canvas.palette.others][: len(names)]
    return {
        "color": color_by_series(names, colors, canvas.width),
        "tooltip": [{"field": f, "title": t, "type": "nominal"} for f, t in titles.items()],
        **canvas.link_encoding(),
    }
