"""The faces of an answer. Each is a function of a Result, and knows nothing of the others."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from math import inf

from analytics.faces import as_chart, as_csv, as_json, as_text, as_vega, as_xlsx
from analytics.query.cache import Memory
from analytics.query.query import Question

DRAWN = ("theme", "width")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Face:
    show: Callable
    media_type: str
    is_file: bool = False  # people keep it rather than look at it
    options: tuple[str, ...] = ()


FACES = {
    "json": Face(as_json.face, "application/json"),
    "csv": Face(as_csv.face, "text/csv; charset=utf-8", is_file=True, options=("bom",)),
    "xlsx": Face(as_xlsx.face, XLSX, is_file=True),
    "png": Face(as_chart.png, "image/png", options=DRAWN),
    "svg": Face(as_chart.svg, "image/svg+xml", options=DRAWN),
    "vega": Face(as_vega.face, "application/json", options=DRAWN),
    "text": Face(as_text.face, "text/plain; charset=utf-8"),
}
shown = Memory(8 * 2**20)


def show(question: Question, name: str, **options):
    """The answer as bytes, or bit by bit where it is large and the face can do so."""
    face = FACES[name]

    def make():
        made = face.show(question.answer(), **options)
        return made if isinstance(made, bytes) else together(made)

    key = question.key, name, tuple(sorted(options.items()))
    return shown.get(key, make, room)


def together(bits: Iterator[bytes]) -> bytes | Iterator[bytes]:
    """As one, unless it is more than is remembered: then it is sent while it is written."""
    first, size = [], 0
    for bit in bits:
        first.append(bit)
        size += len(bit)
        if size > shown.largest:
            return chain(first, bits)
    return b"".join(first)


def room(made) -> float:
    """What is sent bit by bit is gone afterwards."""
    return len(made) if isinstance(made, bytes) else inf
