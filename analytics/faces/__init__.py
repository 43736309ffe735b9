"""The faces of an answer. Each is a pure function of an Answer, and knows nothing of the others."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from math import inf

from analytics.faces import as_chart, as_csv, as_json, as_text, as_vega, as_xlsx
from analytics.query.cache import cache
from analytics.query.query import Query
from analytics.query.run import run

DRAWN = ("theme", "width")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Face:
    render: Callable[..., bytes | Iterator[bytes]]
    media_type: str
    is_file: bool = False  # people keep it rather than look at it
    options: tuple[str, ...] = ()
    has_totals: bool = False


FACES = {
    "json": Face(as_json.face, "application/json", has_totals=True),
    "csv": Face(as_csv.face, "text/csv; charset=utf-8", is_file=True, options=("bom",)),
    "xlsx": Face(as_xlsx.face, XLSX, is_file=True),
    "png": Face(as_chart.png, "image/png", options=DRAWN),
    "svg": Face(as_chart.svg, "image/svg+xml", options=DRAWN),
    "vega": Face(as_vega.face, "application/json", options=DRAWN),
    "text": Face(as_text.face, "text/plain; charset=utf-8", has_totals=True),
}


def show(query: Query, name: str, **options) -> bytes | Iterator[bytes]:
    """The answer as bytes, or in pieces where it is long and the face can write it so."""
    face = FACES[name]

    def render() -> bytes | Iterator[bytes]:
        content = face.render(run(query, read_totals=face.has_totals), **options)
        return content if isinstance(content, bytes) else joined_if_small(content)

    key = "face", query.key, name, tuple(sorted(options.items()))
    return cache.get(key, render, size_of)


def joined_if_small(pieces: Iterator[bytes]) -> bytes | Iterator[bytes]:
    """One piece, unless it is more than is cached: then it is sent while it is written."""
    first, size = [], 0
    for piece in pieces:
        first.append(piece)
        size += len(piece)
        if size > cache.largest:
            return chain(first, pieces)
    return b"".join(first)


def size_of(content: bytes | Iterator[bytes]) -> float:
    """What is sent piece by piece can be read only once, so it is never cached."""
    return len(content) if isinstance(content, bytes) else inf
