"""For Excel: the answer as a table, and a sheet about its report, filters and definitions."""

from io import BytesIO

from analytics.faces.grids import defined_columns, shown_table
from analytics.faces.sheets import Fact, workbook
from analytics.faces.tables import rows_to_show
from analytics.query.answer import Answer
from analytics.semantics import periods


def render_xlsx(answer: Answer) -> bytes:
    out = BytesIO()
    with workbook(out, answer.report.title, answer.snapshot.created_at, answer.currency) as book:
        columns, table = shown_table(answer)
        book.write_table("Report", columns, rows_to_show(answer, columns, table))
        # After the table, which finds out what has to be noted.
        facts = [
            *report_facts(answer, table.num_rows),
            *book.notes,
            *column_definitions(answer),
        ]
        book.facts("About", facts)
    return out.getvalue()


def report_facts(answer: Answer, rows: int) -> list[Fact]:
    """What one must know to read the numbers, and to get them again."""
    return [
        ("Report", answer.report.title),
        ("Question", answer.report.description),
        *([("Definition", answer.report.definition)] if answer.report.definition else []),
        *parameter_facts(answer),
        ("Rows", rows),
        *([("Model", answer.note)] if answer.note else []),
        ("", ""),
    ]


def parameter_facts(answer: Answer) -> list[Fact]:
    period = answer.period
    filters = {
        name: text for name, text in answer.filters.items() if name not in periods.PARAMETERS
    }
    return [
        ("Period", f"{period.start} to {period.end}" if period.start else "no sales"),
        ("Complete", "yes" if answer.is_over else "no, the period is not over"),
        *([("Comparison", answer.compared)] if answer.compared else []),
        *((name.capitalize(), value) for name, value in filters.items()),
        ("Currency", answer.currency),
        ("Snapshot", answer.snapshot.number),
        ("As of", f"{answer.snapshot.created_at:%Y-%m-%d %H:%M} UTC"),
    ]


def column_definitions(answer: Answer) -> list[tuple[str, str]]:
    columns = defined_columns(answer)
    return [(column.label, column.definition) for column in columns if column.definition]
