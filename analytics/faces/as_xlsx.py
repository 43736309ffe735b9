"""For Excel: the answer as a table; and a sheet that says what it is."""

from io import BytesIO

from analytics.faces.sheets import workbook
from analytics.semantics.kinds import rows_to_show


def face(result) -> bytes:
    out = BytesIO()
    with workbook(out, result.report.title, result.snapshot.created_at, result.currency) as book:
        columns, table = result.wide
        book.table("Report", columns, rows_to_show(result, columns, table))
        book.facts("About", [*about(result), *book.notes, *words(result.columns)])
    return out.getvalue()


def about(result) -> list[tuple[str, object]]:
    """What one must know to read the numbers, and to get them again."""
    return [
        ("Report", result.report.title),
        ("Question", result.report.description),
        *([("Definition", result.report.definition)] if result.report.definition else []),
        *asked(result),
        ("Rows", result.table.num_rows),
        *([("Model", result.note)] if result.note else []),
        ("", ""),
    ]


def asked(result) -> list[tuple[str, object]]:
    period = result.period
    given = {name: value for name, value in result.filters.items() if name not in ("start", "end")}
    return [
        ("Period", f"{period.start} to {period.end}" if period.start else "no sales"),
        ("Complete", "yes" if result.is_over else "no, the period is not over"),
        *((name.capitalize(), value) for name, value in given.items()),
        ("Currency", result.currency),
        ("Snapshot", result.snapshot.number),
        ("As of", f"{result.snapshot.created_at:%Y-%m-%d %H:%M} UTC"),
    ]


def words(columns) -> list[tuple[str, str]]:
    return [(column.label, column.definition) for column in columns if column.definition]
