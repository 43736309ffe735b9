"""For Excel: the answer as a table; and a sheet that says what it is."""

from io import BytesIO

from analytics.faces.sheets import workbook
from analytics.semantics.kinds import rows_to_show


def face(answer) -> bytes:
    out = BytesIO()
    with workbook(out, answer.report.title, answer.snapshot.created_at, answer.currency) as book:
        columns, table = answer.with_earlier
        book.table("Report", columns, rows_to_show(answer, columns, table))
        book.facts("About", [*about(answer), *book.notes, *words(answer.columns)])
    return out.getvalue()


def about(answer) -> list[tuple[str, object]]:
    """What one must know to read the numbers, and to get them again."""
    return [
        ("Report", answer.report.title),
        ("Question", answer.report.description),
        *([("Definition", answer.report.definition)] if answer.report.definition else []),
        *asked(answer),
        ("Rows", answer.table.num_rows),
        *([("Model", answer.note)] if answer.note else []),
        ("", ""),
    ]


def asked(answer) -> list[tuple[str, object]]:
    period = answer.period
    given = {name: value for name, value in answer.filters.items() if name not in ("start", "end")}
    return [
        ("Period", f"{period.start} to {period.end}" if period.start else "no sales"),
        ("Complete", "yes" if answer.is_over else "no, the period is not over"),
        *((name.capitalize(), value) for name, value in given.items()),
        ("Currency", answer.currency),
        ("Snapshot", answer.snapshot.number),
        ("As of", f"{answer.snapshot.created_at:%Y-%m-%d %H:%M} UTC"),
    ]


def words(columns) -> list[tuple[str, str]]:
    return [(column.label, column.definition) for column in columns if column.definition]
