"""The program behind `rendering.py`: specifications in, pictures out, until it is closed.

It knows neither Django nor the rest of the project, so that it starts fast and holds no secrets.
"""

import signal
import sys
from multiprocessing.connection import Connection

import vl_convert

VERSION = "6.4"
# An empty list forbids all; None would allow whatever URL a specification names.
NO_DOWNLOADS: list[str] = []


def main(connection: Connection, seconds: int) -> None:
    # An alarm ends a rendering that hangs, even when nobody is left to kill the process.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    while True:
        format, scale, spec = connection.recv()
        signal.alarm(seconds)
        answer(connection, format, scale, spec.decode())
        # No alarm while it waits for work: an idle process is to stay.
        signal.alarm(0)


def answer(connection: Connection, format: str, scale: float, spec: str) -> None:
    """Two messages: whether it is a picture (empty if not), and the picture or the error."""
    try:
        picture = vega_picture(format, scale, spec)
    except ValueError as error:  # the specification is not a valid one
        connection.send_bytes(b"")
        connection.send_bytes(str(error).encode())
    else:
        connection.send_bytes(b"picture")
        connection.send_bytes(picture)


def vega_picture(format: str, scale: float, spec: str) -> bytes:
    if format == "svg":
        return vl_convert.vegalite_to_svg(
            spec, vl_version=VERSION, allowed_base_urls=NO_DOWNLOADS
        ).encode()
    return vl_convert.vegalite_to_png(
        spec, vl_version=VERSION, allowed_base_urls=NO_DOWNLOADS, scale=scale
    )


if __name__ == "__main__":
    try:
        main(Connection(int(sys.argv[1])), int(sys.argv[2]))
    # The web process has ended: nobody is left to draw for.
    except (EOFError, OSError):
        sys.exit(0)
