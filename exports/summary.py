"""The first sheet of the monthly sales report: products, key figures and two charts."""

from datetime import date

from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell

from analytics.faces.sheets import Book
from analytics.query.answer import Answer
from analytics.semantics.comparison import growth
from analytics.semantics.periods import Period

# The older order platform wrote just these three columns under these headers, into the first sheet
# from its first cell on. Programs that read its file read this one: so "Total revenue" here is what
# is called net sales elsewhere.
PRODUCTS = {"product": "Product", "units": "Quantity sold", "revenue": "Total revenue"}
WIDTHS = (38, 14, 15, 3, 24, 17, 17, 11, 17, 11)
FIGURES = 4  # the column where the figures begin
POINTS = '+0.0" pt";-0.0" pt"'
PERCENT = "+0.0%;-0.0%"
BLUE, GREEN = "#2F6FB5", "#3B8F6B"


def write_summary(
    book: Book, sheet, first: date, figures: list[Answer], tables: dict[str, Answer]
) -> None:
    for place, width in enumerate(WIDTHS):
        sheet.set_column(place, place, width)
    sheet.freeze_panes(1, 0)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    left, right = product_rows(book, tables["Products"], first), key_figure_rows(book, figures)
    for row_index in range(max(len(left), len(right))):  # rows are written once, from above
        for side in (left, right):
            for place, value, shape in side[row_index] if row_index < len(side) else ():
                write_cell(sheet, row_index, place, value, shape)
    insert_charts(book, sheet, len(right) + 1, tables)


def write_cell(sheet, row_index: int, place: int, value, shape) -> None:
    if isinstance(value, str):
        sheet.write_string(row_index, place, value, shape)
    elif isinstance(value, tuple):
        # With its result: pandas and previews show the stored value and compute nothing.
        sheet.write_formula(row_index, place, value[0], shape, value[1])
    elif value is not None:
        sheet.write_number(row_index, place, float(value), shape)


def heading_cells(book: Book, start: int, labels) -> list[tuple]:
    names = book.cell_format(bold=True, bottom=1, valign="top", bg_color="#EEF1F5")
    numbers = book.cell_format(bold=True, bottom=1, valign="top", bg_color="#EEF1F5", align="right")
    return [
        (place, label, numbers if place > start else names)
        for place, label in enumerate(labels, start)
    ]


def product_rows(book: Book, sold: Answer, first: date) -> list[list[tuple]]:
    rows = [heading_cells(book, 0, PRODUCTS.values())]
    table = sold.table.select([*PRODUCTS])
    columns = [column for name in PRODUCTS for column in sold.columns if column.name == name]
    values = [book.values("Summary", c, table[c.name]) for c in columns]
    shapes = [book.cell_format(column.kind) for column in columns]
    for row in zip(*values, strict=True):
        rows.append(list(zip(range(3), row, shapes, strict=True)))
    if len(rows) == 1:
        text = f"Nothing was sold in {first:%B %Y}."
        rows.append([(0, text, book.cell_format(italic=True))])
    return rows


def key_figure_rows(book: Book, figures: list[Answer]) -> list[list[tuple]]:
    now = figures[0]
    this = f"{now.period.start:%B %Y}" + ("" if now.is_over else ", so far")
    before, year_ago = (month_label(answer.before.period, now.is_over) for answer in figures)
    rows = [
        heading_cells(book, FIGURES, ("Key figures", this, before, "Change", year_ago, "Change"))
    ]
    for row_index, column in enumerate(now.columns, start=1):
        name, kind, shape = column.name, column.kind, book.cell_format(column.kind)
        value = now.rows[0][name]
        rows.append(
            [
                (FIGURES, column.label, book.cell_format()),
                (FIGURES + 1, value, book.cell_format(kind, bold=True)),
            ]
        )
        for place, answer in zip((FIGURES + 2, FIGURES + 4), figures, strict=True):
            then = answer.before.rows[0][name]
            rows[-1].append((place, then, shape))
            # Without all of the earlier period a change would only show where the books begin.
            then = then if answer.comparison.is_known else None
            rows[-1].append(change_cell(book, row_index, kind, place, value, then))
    over = (
        "" if now.is_over else " The month is not over: the others are up to the same day and hour."
    )
    note = f"In {now.currency}, from snapshot {now.snapshot.number}.{over}"
    words = f"{note} The last sheet has the definitions."
    return [*rows, [], [(FIGURES, words, book.cell_format(italic=True, font_color="#666666"))]]


def month_label(period: Period, is_whole: bool) -> str:
    return f"{period.start:%B %Y}" if is_whole else f"{period.start:%B %Y}, to day {period.end.day}"


def change_cell(book: Book, row_index: int, kind: str, place: int, now, then) -> tuple:
    """In percentage points for shares, else in percent; empty where there is nothing to compare."""
    new, old = xl_rowcol_to_cell(row_index, FIGURES + 1), xl_rowcol_to_cell(row_index, place)
    gray = "#666666"
    if kind == "share" and now is not None and then is not None:
        points = float((now - then) * 100)
        return (
            place + 1,
            (f"=({new}-{old})*100", points),
            book.cell_format(num_format=POINTS, font_color=gray),
        )
    grown = growth(now, then)
    if kind == "share" or grown is None:
        return place + 1, None, None
    shape = book.cell_format(num_format=PERCENT, font_color=gray)
    return place + 1, (f"=({new}-{old})/{old}", float(grown)), shape


def insert_charts(book: Book, sheet, row_index: int, tables: dict[str, Answer]) -> None:
    """Net sales by day, and of the ten largest countries."""
    days = add_chart(book, "column", "Net sales by day", "Days", "date", tables["Days"], BLUE)
    sheet.insert_chart(row_index, FIGURES, days)
    places = add_chart(book, "bar", "Net sales by country", "Countries", "country",
                   tables["Countries"], GREEN, 10)  # fmt: skip
    # Excel draws the first bar at the bottom.
    places.set_y_axis({"reverse": True})
    # The chart above is 300 pixels high, which is 15 rows of 20.
    sheet.insert_chart(row_index + 16, FIGURES, places)


def add_chart(book: Book, kind, title, name: str, x: str, answer: Answer, color, most=31):
    made = book.file.add_chart({"type": kind})
    last = max(1, min(most, answer.table.num_rows))
    ranges = {
        part: f"={name}!{xl_range_abs(1, place, last, place)}"
        for part, place in (
            ("categories", column_index(answer, x)),
            ("values", column_index(answer, "revenue")),
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
    # xlsxwriter names axes as they are drawn: the values of bars run along x.
    (made.set_x_axis if kind == "bar" else made.set_y_axis)(amounts)
    if kind == "column":
        made.set_x_axis({"date_axis": True, "num_format": "d mmm", "major_unit": 7})
    return made


def column_index(answer: Answer, name: str) -> int:
    return [column.name for column in answer.columns].index(name)
