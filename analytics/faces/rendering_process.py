"""The program that draws for `rendering.py`: a spec in, a picture out, until the line is closed.

It knows neither Django nor the rest of the project, so that it starts fast and holds no secrets.
"""

import signal
import sys
from multiprocessing.connection import Connection

import vl_convert

VERSION = "6.4"
NO_DOWNLOADS = []


def main(line: Connection, seconds: int) -> None:
    # An alarm ends a drawing that hangs, even when nobody is left to kill it.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    while True:
        kind, scale, spec = line.recv()
        signal.alarm(seconds)
        answer(line, kind, scale, spec.decode())
        signal.alarm(0)


def answer(line: Connection, kind: str, scale: float, spec: str) -> None:
    try:
        picture = drawn(kind, scale, spec)
    except ValueError as error:  # what it says of a spec that is none
        line.send_bytes(b"")
        line.send_bytes(str(error).encode())
    else:
        line.send_bytes(b"good")
        line.send_bytes(picture)


def drawn(kind: str, scale: float, spec: str) -> bytes:
    allowed = {"vl_version": VERSION, "allowed_base_urls": NO_DOWNLOADS}
    if kind == "svg":
        return vl_convert.vegalite_to_svg(spec, **allowed).encode()
    return vl_convert.vegalite_to_png(spec, scale=scale, **allowed)


if __name__ == "__main__":
    try:
        main(Connection(int(sys.argv[1])), int(sys.argv[2]))
    except (EOFError, OSError):
        sys.exit(0)
