"""For programs: everything that belongs to the answer, amounts as text."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from analytics.faces.pivots import nested
from analytics.faces.tables import exact_rows, rounded_sums, rows_to_show
from analytics.query.answer import Answer
from analytics.query.pivot import has_columns
from analytics.semantics.columns import Column
from analytics.semantics.kinds import KINDS

# What JSON must escape. Most names have none of it, and then no text goes through Python.
TO_ESCAPE = r'["\\\x00-\x1f]'


def render_json(answer: Answer) -> Iterator[bytes]:
    """The first rows and the totals are read before the first byte is sent: after it, there would
    be no way to report an error."""
    if has_columns(answer):
        return iter([orjson.dumps(metadata(answer) | nested(answer))])
    batches = map(partial(rows_to_show, answer, answer.columns), answer.batches())
    head, totals = orjson.dumps(metadata(answer)), orjson.dumps(exact_totals(answer))
    return json_pieces(head, batches, answer.columns, totals)


def json_pieces(
    head: bytes, batches: Iterator[pa.Table], columns: Sequence[Column], totals: bytes
) -> Iterator[bytes]:
    # The head is a whole object; without its brace the rows are added to it.
    yield head[:-1] + b',"rows":['
    for index, batch in enumerate(batches):
        yield (b"," if index else b"") + json_rows(batch, columns)
    yield b'],"totals":' + totals + b"}"


def json_rows(table: pa.Table, columns: Sequence[Column]) -> bytes:
    """An object for each row, with commas between. Arrow puts them together column by column: a
    dictionary for each row would take most of the time that a long answer needs."""
    parts, quote, before = [], "", "{"
    for column in columns:
        quote, values = json_values(table[column.name], column.kind)
        parts += [f'{before}"{column.name}":{quote}', values]
        before = f"{quote},"
    rows = pc.binary_join_element_wise(*parts, f"{quote}}}", "").combine_chunks()
    together = pa.ListArray.from_arrays([0, len(rows)], rows)
    return pc.binary_join(together, ",")[0].as_buffer().to_pybytes()


def json_values(column: pa.ChunkedArray, kind: str) -> tuple[str, pa.ChunkedArray]:
    """The quote to put on both sides of each value, and the values as JSON writes them."""
    values = KINDS[kind].exact(column)
    # By the type and not the kind: weekdays are integers in the table, and names here.
    if pa.types.is_integer(values.type):
        return "", values.cast(pa.string()).fill_null("null")
    if kind == "text" and pc.any(pc.match_substring_regex(values, TO_ESCAPE)).as_py():
        return "", pa.chunked_array([[orjson.dumps(one).decode() for one in values.to_pylist()]])
    # A null must not get quotes: null and "null" differ.
    if values.null_count:
        return "", pc.binary_join_element_wise('"', values, '"', "").fill_null("null")
    return '"', values


def metadata(answer: Answer) -> dict[str, Any]:
    """All but the rows and the totals."""
    report = answer.report
    return {
        "report": report.path,
        "title": report.title,
        "description": report.description,
        "definition": report.definition,
        "period": period_facts(answer),
        "filters": answer.filters,
        "compare": comparison_facts(answer, answer.before) if answer.before else None,
        "currency": answer.currency,
        "snapshot": answer.snapshot.number,
        "created_at": answer.snapshot.created_at,
        "as_of": answer.snapshot.created_at,
        "behind_s": answer.snapshot.behind_s,
        "columns": [column.facts for column in answer.columns],
    } | ({"note": answer.note} if report.note or answer.note else {})


def period_facts(answer: Answer) -> dict[str, Any]:
    return {
        "start": answer.period.start,
        "end": answer.period.end,
        "complete": answer.is_over,
    }


def comparison_facts(answer: Answer, before: Answer) -> dict[str, Any]:
    """`matches` has for each row the index of the earlier row with the same keys, or null; so many
    `hours` of the last day count."""
    facts = {
        "with": answer.compare,
        "text": answer.compared,
        "period": {**period_facts(before), "hours": before.period.hours},
    }
    # A cell has its earlier figures beside its own.
    if has_columns(answer):
        return facts
    return {**facts, "matches": answer.matches.to_pylist(), **rows_and_totals(before)}


def rows_and_totals(answer: Answer) -> dict[str, Any]:
    rows = rows_to_show(answer, answer.columns, answer.table)
    return {"rows": exact_rows(rows, answer.columns), "totals": exact_totals(answer)}


def exact_totals(answer: Answer) -> dict[str, Any] | None:
    if answer.totals_table is None:
        return None
    measures = answer.report.measures
    return exact_rows(rounded_sums(answer.totals_table, measures), measures)[0]
