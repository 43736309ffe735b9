"""For spreadsheets and scripts: a header and the rows, and nothing that a spreadsheet would run."""

import csv
import io
from collections.abc import Iterator
from functools import partial

import pyarrow as pa

from analytics.query.lazy_table import slices
from analytics.semantics.kinds import exact_rows, rows_to_show

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def face(answer, bom: bool = False) -> Iterator[bytes]:
    """However many rows there are; with a BOM Excel knows that it is UTF-8."""
    if answer.before:
        columns, table = answer.with_earlier
        return written(columns, slices(rows_to_show(answer, columns, table)), bom)
    batches = map(partial(rows_to_show, answer, answer.columns), answer.batches())
    return written(answer.columns, batches, bom)


def written(columns, batches: Iterator[pa.Table], bom: bool) -> Iterator[bytes]:
    yield (b"\xef\xbb\xbf" if bom else b"") + lines([[column.name for column in columns]])
    texts = [column.name for column in columns if column.kind == "text"]
    for batch in batches:
        rows = exact_rows(batch, columns)
        yield lines((row | {name: safe(row[name]) for name in texts}).values() for row in rows)


def safe(text):
    """What would be taken for a formula gets an apostrophe, which makes it text."""
    return f"'{text}" if text and str(text).startswith(DANGEROUS) else text


def lines(rows) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
