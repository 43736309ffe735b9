"""Reads workbooks back, as openpyxl finds them."""

import io

from openpyxl import load_workbook


def opened(content: bytes, values: bool = True):
    """With the values of formulas, or with the formulas themselves."""
    return load_workbook(io.BytesIO(content), data_only=values)


def rows(book, name: str) -> list[tuple]:
    return [tuple(cell.value for cell in row) for row in book[name].iter_rows()]


def fetched(client, path: str, status: int = 200, **asked) -> bytes:
    answer = client.get(path, asked)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert answer.status_code == status, content[:500]
    return content
