"""For spreadsheets and scripts: a header and the rows, and nothing that a spreadsheet would run."""

import csv
import io
from collections.abc import Iterator

from analytics.faces.cells import exact_rows

BATCH = 5000
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def face(result, bom: bool = False) -> Iterator[bytes]:
    """Rows in batches, however many there are; with a BOM Excel knows that it is UTF-8."""
    if bom:
        yield b"\xef\xbb\xbf"
    columns, table = result.wide
    yield lines([[column.name for column in columns]])
    texts = [column.name for column in columns if column.kind == "text"]
    for start in range(0, table.num_rows, BATCH):
        rows = exact_rows(table.slice(start, BATCH), columns)
        yield lines((row | {name: safe(row[name]) for name in texts}).values() for row in rows)


def safe(text):
    """What would be taken for a formula gets an apostrophe, which makes it text."""
    return f"'{text}" if text and str(text).startswith(DANGEROUS) else text


def lines(rows) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
