"""For programs: everything that belongs to the answer, amounts as text."""

import orjson

from analytics.faces.cells import exact_rows


def face(result) -> bytes:
    report = result.report
    return orjson.dumps(
        {
            "report": report.path,
            "title": report.title,
            "description": report.description,
            "period": period(result),
            "filters": result.filters,
            "compare": result.before and compared(result),
            "currency": result.currency,
            "snapshot": result.snapshot.number,
            "created_at": result.snapshot.created_at,
            "columns": [
                {
                    "name": column.name,
                    "label": column.label,
                    "kind": column.kind,
                    "definition": column.definition,
                }
                for column in result.columns
            ],
            **({"note": result.note} if report.fit else {}),
            **answered(result),
        }
    )


def period(result) -> dict:
    return {
        "start": result.period.start,
        "end": result.period.end,
        "complete": result.is_over,
    }


def compared(result) -> dict:
    return {"with": result.compare, "period": period(result.before), **answered(result.before)}


def answered(result) -> dict:
    measures = [column for column in result.columns if column.is_measure]
    return {
        "rows": exact_rows(result.table, result.columns),
        "totals": result.sums and exact_rows(result.sums, measures)[0],
    }
