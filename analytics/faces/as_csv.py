"""For spreadsheets and scripts: a header and the rows, and nothing that a spreadsheet would run."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import pyarrow as pa

from analytics.faces.pivots import wide
from analytics.faces.tables import exact_rows, rows_to_show
from analytics.query.answer import Answer
from analytics.query.lazy_table import slices
from analytics.query.pivot import has_columns
from analytics.semantics.columns import Column

# Tab and carriage return as well: spreadsheets skip them and read on.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
BOM = b"\xef\xbb\xbf"


def render_csv(answer: Answer, bom: bool = False) -> Iterator[bytes]:
    """However many rows there are; with a BOM Excel knows that it is UTF-8."""
    if has_columns(answer):
        wide_columns, table = wide(answer)
        return csv_pieces(wide_columns, slices(table), bom)
    # The earlier amounts of a row may be anywhere in the other table: both are read whole.
    if answer.before:
        columns, table = answer.with_earlier
        return csv_pieces(columns, slices(rows_to_show(answer, columns, table)), bom)
    batches = map(partial(rows_to_show, answer, answer.columns), answer.batches())
    return csv_pieces(answer.columns, batches, bom)


def csv_pieces(
    columns: Sequence[Column], batches: Iterable[pa.Table], bom: bool
) -> Iterator[bytes]:
    yield (BOM if bom else b"") + csv_lines([[column.name for column in columns]])
    # Numbers are left alone: with an apostrophe, -5.00 would be a text.
    texts = [column.name for column in columns if column.kind == "text"]
    for batch in batches:
        rows = exact_rows(batch, columns)
        safe = (row | {name: no_formula(row[name]) for name in texts} for row in rows)
        yield csv_lines(row.values() for row in safe)


def no_formula(text: Any) -> Any:
    """What a spreadsheet would run as a formula gets an apostrophe, which makes it text."""
    return f"'{text}" if text and str(text).startswith(FORMULA_STARTS) else text


def csv_lines(rows: Iterable[Iterable[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
