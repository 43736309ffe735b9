"""For programs: everything that belongs to the answer, amounts as text."""

from collections.abc import Iterator
from functools import partial

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from analytics.semantics.kinds import exact, exact_rows, rounded_sums, rows_to_show

TO_ESCAPE = r'["\\\x00-\x1f]'


def face(result) -> Iterator[bytes]:
    """What is asked of the ledger is asked before the first byte goes: then nothing can fail."""
    if result.summed:
        result.summed.begin()
    bits = map(partial(rows_to_show, result, result.columns), result.found.bits())
    head, foot = orjson.dumps(about(result)), orjson.dumps(totals(result))
    return written(head, bits, result.columns, foot)


def written(head: bytes, bits: Iterator[pa.Table], columns, foot: bytes) -> Iterator[bytes]:
    yield head[:-1] + b',"rows":['
    for turn, rows in enumerate(bits):
        yield (b"," if turn else b"") + rows_of(rows, columns)
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
    values = exact(column, kind)
    if pa.types.is_integer(values.type):
        return "", values.cast(pa.string()).fill_null("null")
    if kind == "text" and pc.any(pc.match_substring_regex(values, TO_ESCAPE)).as_py():
        return "", pa.chunked_array([[orjson.dumps(one).decode() for one in values.to_pylist()]])
    if values.null_count:
        return "", pc.binary_join_element_wise('"', values, '"', "").fill_null("null")
    return '"', values


def about(result) -> dict:
    report = result.report
    return {
        "report": report.path,
        "title": report.title,
        "description": report.description,
        "definition": report.definition,
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
    } | ({"note": result.note} if report.note else {})


def period(result) -> dict:
    return {
        "start": result.period.start,
        "end": result.period.end,
        "complete": result.is_over,
    }


def compared(result) -> dict:
    """`matches` has for each row the index of the earlier row of the same thing, or null."""
    return {
        "with": result.compare,
        "period": period(result.before),
        "matches": result.matches.to_pylist(),
        **answered(result.before),
    }


def answered(result) -> dict:
    rows = rows_to_show(result, result.columns, result.table)
    return {"rows": exact_rows(rows, result.columns), "totals": totals(result)}


def totals(result) -> dict | None:
    measures = [column for column in result.columns if column.is_measure]
    return result.sums and exact_rows(rounded_sums(result.sums, measures), measures)[0]
