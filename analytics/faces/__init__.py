"""The faces of an answer. Each is a pure function of an Answer, and knows nothing of the others."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from math import inf
from typing import Any

from analytics.faces.as_chart import png, svg
from analytics.faces.as_csv import render_csv
from analytics.faces.as_json import render_json
from analytics.faces.as_text import render_text
from analytics.faces.as_vega import render_vega
from analytics.faces.as_xlsx import render_xlsx
from analytics.query.cache import cache
from analytics.query.query import Query
from analytics.query.run import run

CHART_OPTIONS = ("theme", "width")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Content = bytes | Iterator[bytes]


@dataclass(frozen=True)
class Face:
    render: Callable[..., Content]
    media_type: str
    is_file: bool = False  # people keep it rather than look at it
    options: tuple[str, ...] = ()
    has_totals: bool = False
    shows_age: bool = False  # how far the answer is behind the books


FACES = {
    "json": Face(render_json, "application/json", has_totals=True, shows_age=True),
    "csv": Face(render_csv, "text/csv; charset=utf-8", is_file=True, options=("bom",)),
    "xlsx": Face(render_xlsx, XLSX, is_file=True),
    "png": Face(png, "image/png", options=CHART_OPTIONS),
    "svg": Face(svg, "image/svg+xml", options=CHART_OPTIONS),
    "vega": Face(render_vega, "application/json", options=CHART_OPTIONS),
    "text": Face(render_text, "text/plain; charset=utf-8", has_totals=True, shows_age=True),
}


def render_query(query: Query, face_name: str, **options: Any) -> Content:
    """The answer as bytes, or in pieces where it is long and the face can write it so."""
    face = FACES[face_name]

    def render() -> Content:
        # Totals are a query of their own, begun ahead only for faces that show them.
        content = face.render(run(query, read_totals=face.has_totals), **options)
        return content if isinstance(content, bytes) else joined_if_small(content)

    # Sorted, because options come in the order in which somebody wrote them.
    key = "face", content_key(query, face_name), tuple(sorted(options.items()))
    return cache.get(key, render, content_size)


def content_key(query: Query, face_name: str) -> tuple:
    """All that the content depends on, besides options."""
    # The answer itself stays the same for as long as it is behind the books.
    age = query.snapshot.behind_s if FACES[face_name].shows_age else None
    return query.key, face_name, age


def joined_if_small(pieces: Iterator[bytes]) -> Content:
    """One piece, unless it is more than is cached: then it is sent while it is written."""
    first, size = [], 0
    for piece in pieces:
        first.append(piece)
        size += len(piece)
        # Nothing is lost: the pieces read so far are sent first.
        if size > cache.largest:
            return chain(first, pieces)
    return b"".join(first)


def content_size(content: Content) -> float:
    """What is sent piece by piece can be read only once, so it is never cached."""
    return len(content) if isinstance(content, bytes) else inf
