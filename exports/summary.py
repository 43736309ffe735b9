"""The first sheet of the monthly report: what sold, how the month was, and two pictures of it.

Product, quantity and revenue stand in the first three columns from the first row on, where readers
and programs of the three-column report of earlier days look for them.
"""

from datetime import date

from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell

from analytics.answers import Result
from analytics.faces.sheets import Book

PRODUCTS = {"product": "Product", "units": "Quantity sold", "revenue": "Total revenue"}
WIDTHS = (38, 14, 15, 3, 24, 17, 17, 11, 17, 11)
FIGURES = 4  # the column where the figures begin
POINTS = '+0.0" pt";-0.0" pt"'
PERCENT = "+0.0%;-0.0%"
BLUE, GREEN = "#2F6FB5", "#3B8F6B"


def write_summary(
    book: Book, sheet, first: date, figures: dict[date, Result], tables: dict[str, Result]
) -> None:
    for place, width in enumerate(WIDTHS):
        sheet.set_column(place, place, width)
    sheet.freeze_panes(1, 0)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    left, right = products(book, tables["Products"], first), key_figures(book, figures)
    for turn in range(max(len(left), len(right))):  # rows are written once, from above
        for side in (left, right):
            for place, value, shape in side[turn] if turn < len(side) else ():
                put(sheet, turn, place, value, shape)
    draw(book, sheet, len(right) + 1, tables)


def put(sheet, turn: int, place: int, value, shape) -> None:
    if isinstance(value, str):
        sheet.write_string(turn, place, value, shape)
    elif isinstance(value, tuple):
        sheet.write_formula(turn, place, value[0], shape, value[1])
    elif value is not None:
        sheet.write_number(turn, place, float(value), shape)


def head(book: Book, start: int, labels) -> list[tuple]:
    names = book.shape(bold=True, bottom=1, valign="top", bg_color="#EEF1F5")
    numbers = book.shape(bold=True, bottom=1, valign="top", bg_color="#EEF1F5", align="right")
    return [
        (place, label, numbers if place > start else names)
        for place, label in enumerate(labels, start)
    ]


def products(book: Book, sold: Result, first: date) -> list[list[tuple]]:
    rows = [head(book, 0, PRODUCTS.values())]
    table = sold.table.select([*PRODUCTS])
    columns = [column for name in PRODUCTS for column in sold.columns if column.name == name]
    values = [book.values("Summary", c, table[c.name]) for c in columns]
    shapes = [book.shape(column.kind) for column in columns]
    for row in zip(*values, strict=True):
        rows.append(list(zip(range(3), row, shapes, strict=True)))
    if len(rows) == 1:
        text = f"Nothing was sold in {first:%B %Y}."
        rows.append([(0, text, book.shape(italic=True))])
    return rows


def key_figures(book: Book, figures: dict[date, Result]) -> list[list[tuple]]:
    now, before, year_ago = (f"{month:%B %Y}" for month in figures)
    rows = [head(book, FIGURES, ("Key figures", now, before, "Change", year_ago, "Change"))]
    results = list(figures.values())
    for turn, column in enumerate(results[0].columns, start=1):
        values = [result.rows[0][column.name] for result in results]
        shape, kind = book.shape(column.kind), column.kind
        rows.append(
            [
                (FIGURES, column.label, book.shape()),
                (FIGURES + 1, values[0], book.shape(kind, bold=True)),
                (FIGURES + 2, values[1], shape),
                change(book, turn, kind, FIGURES + 2, values[0], values[1]),
                (FIGURES + 4, values[2], shape),
                change(book, turn, kind, FIGURES + 4, values[0], values[2]),
            ]
        )
    over = "" if results[0].is_over else " The month is not over."
    note = f"In {results[0].currency}, of snapshot {results[0].snapshot.number}.{over}"
    words = f"{note} What the words mean stands in the last sheet."
    return [*rows, [], [(FIGURES, words, book.shape(italic=True, font_color="#666666"))]]


def change(book: Book, turn: int, kind: str, place: int, now, then) -> tuple:
    """Of shares in points, of all else in percent; nothing where there is nothing to compare."""
    new, old = xl_rowcol_to_cell(turn, FIGURES + 1), xl_rowcol_to_cell(turn, place)
    if now is None or then is None or (kind != "share" and then <= 0):
        return place + 1, None, None
    if kind == "share":
        formula, value, text = f"=({new}-{old})*100", (now - then) * 100, POINTS
    else:
        formula, value, text = f"=({new}-{old})/{old}", float(now - then) / float(then), PERCENT
    return place + 1, (formula, float(value)), book.shape(num_format=text, font_color="#666666")


def draw(book: Book, sheet, turn: int, tables: dict[str, Result]) -> None:
    """Revenue day by day, and of the ten largest countries."""
    days = chart(book, "column", "Revenue by day", "Days", "date", tables["Days"], BLUE)
    sheet.insert_chart(turn, FIGURES, days)
    places = chart(book, "bar", "Revenue by country", "Countries", "country",
                   tables["Countries"], GREEN, 10)  # fmt: skip
    places.set_y_axis({"reverse": True})
    sheet.insert_chart(turn + 16, FIGURES, places)


def chart(book: Book, kind, title, name: str, x: str, result: Result, color, most=31):
    made = book.file.add_chart({"type": kind})
    last = max(1, min(most, result.table.num_rows))
    ranges = {
        part: f"={name}!{xl_range_abs(1, place, last, place)}"
        for part, place in (
            ("categories", place_of(result, x)),
            ("values", place_of(result, "revenue")),
        )
    }
    made.add_series({**ranges, "name": title, "fill": {"color": color}, "gap": 40})
    made.set_title({"name": title, "name_font": {"size": 12}})
    made.set_legend({"none": True})
    made.set_size({"width": 760, "height": 300})
    amounts = {
        "num_format": "#,##0",
        "major_gridlines": {"visible": True, "line": {"color": "#E3E6EA"}},
    }
    (made.set_x_axis if kind == "bar" else made.set_y_axis)(amounts)
    if kind == "column":
        made.set_x_axis({"date_axis": True, "num_format": "d mmm", "major_unit": 7})
    return made


def place_of(result: Result, name: str) -> int:
    return [column.name for column in result.columns].index(name)
