"""For programs: everything that belongs to the answer, amounts as text."""

from collections.abc import Iterator

import orjson

from analytics.faces.cells import exact_rows

BATCH = 5000


def face(result) -> Iterator[bytes]:
    """What is asked of the ledger is asked before the first byte goes: then nothing can fail."""
    return written(orjson.dumps(about(result)), result, orjson.dumps(totals(result)))


def written(head: bytes, result, foot: bytes) -> Iterator[bytes]:
    yield head[:-1] + b',"rows":['
    for start in range(0, result.table.num_rows, BATCH):
        rows = exact_rows(result.table.slice(start, BATCH), result.columns)
        yield (b"," if start else b"") + orjson.dumps(rows)[1:-1]
    yield b'],"totals":' + foot + b"}"


def about(result) -> dict:
    report = result.report
    return {
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
    } | ({"note": result.note} if report.fit else {})


def period(result) -> dict:
    return {
        "start": result.period.start,
        "end": result.period.end,
        "complete": result.is_over,
    }


def compared(result) -> dict:
    return {"with": result.compare, "period": period(result.before), **answered(result.before)}


def answered(result) -> dict:
    return {"rows": exact_rows(result.table, result.columns), "totals": totals(result)}


def totals(result) -> dict | None:
    measures = [column for column in result.columns if column.is_measure]
    return result.sums and exact_rows(result.sums, measures)[0]
