"""For programs: everything that belongs to the answer, amounts as text."""

from collections.abc import Iterator
from functools import partial

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from analytics.semantics.kinds import KINDS, exact_rows, rounded_sums, rows_to_show

TO_ESCAPE = r'["\\\x00-\x1f]'


def face(answer) -> Iterator[bytes]:
    """The first rows and the totals are read before the first byte is sent: then no error comes
    after it, when there is no way left to tell it."""
    batches = map(partial(rows_to_show, answer, answer.columns), answer.batches())
    head, foot = orjson.dumps(about(answer)), orjson.dumps(totals(answer))
    return written(head, batches, answer.columns, foot)


def written(head: bytes, batches: Iterator[pa.Table], columns, foot: bytes) -> Iterator[bytes]:
    yield head[:-1] + b',"rows":['
    for index, rows in enumerate(batches):
        yield (b"," if index else b"") + rows_of(rows, columns)
    yield b'],"totals":' + foot + b"}"


def rows_of(table: pa.Table, columns) -> bytes:
    """An object for each row, with commas between. Arrow puts them together column by column: a
    dictionary for each row would take most of the time that a long answer needs."""
    parts, before = [], "{"
    for column in columns:
        quote, values = as_text(table[column.name], column.kind)
        parts += [f'{before}"{column.name}":{quote}', values]
        before = f"{quote},"
    rows = pc.binary_join_element_wise(*parts, f"{quote}}}", "").combine_chunks()
    together = pa.ListArray.from_arrays([0, len(rows)], rows)
    return pc.binary_join(together, ",")[0].as_buffer().to_pybytes()


def as_text(column: pa.ChunkedArray, kind: str) -> tuple[str, pa.ChunkedArray]:
    """Each value as JSON writes it, and the quote that is still to stand on both sides of it."""
    values = KINDS[kind].exact(column)
    if pa.types.is_integer(values.type):
        return "", values.cast(pa.string()).fill_null("null")
    if kind == "text" and pc.any(pc.match_substring_regex(values, TO_ESCAPE)).as_py():
        return "", pa.chunked_array([[orjson.dumps(one).decode() for one in values.to_pylist()]])
    if values.null_count:
        return "", pc.binary_join_element_wise('"', values, '"', "").fill_null("null")
    return '"', values


def about(answer) -> dict:
    report = answer.report
    return {
        "report": report.path,
        "title": report.title,
        "description": report.description,
        "definition": report.definition,
        "period": period(answer),
        "filters": answer.filters,
        "compare": answer.before and compared(answer),
        "currency": answer.currency,
        "snapshot": answer.snapshot.number,
        "created_at": answer.snapshot.created_at,
        "columns": [
            {
                "name": column.name,
                "label": column.label,
                "kind": column.kind,
                "definition": column.definition,
            }
            for column in answer.columns
        ],
    } | ({"note": answer.note} if report.note else {})


def period(answer) -> dict:
    return {
        "start": answer.period.start,
        "end": answer.period.end,
        "complete": answer.is_over,
    }


def compared(answer) -> dict:
    """`matches` has for each row the index of the earlier row of the same thing, or null."""
    return {
        "with": answer.compare,
        "period": period(answer.before),
        "matches": answer.matches.to_pylist(),
        **rows_and_totals(answer.before),
    }


def rows_and_totals(answer) -> dict:
    rows = rows_to_show(answer, answer.columns, answer.table)
    return {"rows": exact_rows(rows, answer.columns), "totals": totals(answer)}


def totals(answer) -> dict | None:
    measures = [column for column in answer.columns if column.is_measure]
    return (
        answer.totals_table and exact_rows(rounded_sums(answer.totals_table, measures), measures)[0]
    )
