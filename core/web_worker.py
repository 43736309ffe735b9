"""A gunicorn worker whose threads get complete requests only: slow clients hold no thread.

A connection waits in the worker's poller until the headers and a small body have arrived. Larger
bodies (uploads) are read by a thread, with a timeout.
"""

import re
import selectors
import socket
import struct
from functools import partial
from time import monotonic

from gunicorn.workers.gthread import TConn, ThreadWorker

SECONDS = 10  # for the headers and a small body
SILENCE = 20  # seconds without a byte in an upload or a download
SMALL_BODY = 64 * 1024
MOST = 128 * 1024  # more than gunicorn accepts as headers: it answers with an error
LENGTH = re.compile(rb"^content-length:[ \t]*([0-9]{1,18})[ \t]*\r?$", re.I | re.M)
# The first asks for "100 Continue" before it sends its body, the second does not say its length.
NOT_WAITED_FOR = re.compile(rb"^(expect|transfer-encoding):", re.I | re.M)


def is_whole(received: bytes) -> bool:
    """Whether a thread can work on it without waiting for the client."""
    head, end, body = received.partition(b"\r\n\r\n")
    if not end:
        return len(received) > MOST
    length = LENGTH.search(head)
    if length is None or NOT_WAITED_FOR.search(head) or int(length[1]) > SMALL_BODY:
        return True
    return len(body) >= int(length[1])


class WholeRequests(ThreadWorker):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.incoming = {}  # connections that are still sending, oldest first

    def enqueue_req(self, conn: TConn) -> None:
        """For new and kept-alive connections, also those that sent the next request already."""
        read_ahead = conn.parser.unreader.take_buffered() if conn.parser else b""
        conn.received = bytearray(read_ahead)
        # For the whole request: a byte now and then does not extend it.
        conn.timeout = monotonic() + SECONDS
        conn.sock.setblocking(False)
        if is_whole(conn.received):
            self.dispatch(conn)
        else:
            self.incoming[conn] = None
            ready = partial(self.on_bytes, conn)
            self.poller.register(conn.sock, selectors.EVENT_READ, ready)

    def on_bytes(self, conn: TConn, sock: socket.socket) -> None:
        try:
            chunk = sock.recv(64 * 1024)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            # A connection that was reset ends like one that was closed.
            chunk = b""
        conn.received += chunk
        if not chunk:
            self.forget(conn)
            self.drop(conn)
        elif is_whole(conn.received):
            self.forget(conn)
            self.dispatch(conn)

    def dispatch(self, conn: TConn) -> None:
        # In the kernel (a timeval): gunicorn's setblocking(True) would remove Python's timeout.
        patience = struct.pack("ll", SILENCE, 0)
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            conn.sock.setsockopt(socket.SOL_SOCKET, option, patience)
        conn.init()
        conn.parser.unreader.unread(bytes(conn.received))
        # Otherwise the thread would wait at the socket for the bytes that are read already.
        conn.data_ready = True
        super().enqueue_req(conn)

    def forget(self, conn: TConn) -> None:
        del self.incoming[conn]
        self.poller.unregister(conn.sock)

    def drop(self, conn: TConn) -> None:
        self.nr_conns -= 1
        conn.close()

    def murder_pending(self) -> None:
        """Called about once a second, and while the worker stops."""
        super().murder_pending()
        now = monotonic()
        for conn in list(self.incoming):
            # A stopping worker waits only for those that have begun to send a request.
            if conn.timeout <= now or not (self.alive or conn.received):
                self.forget(conn)
                self.drop(conn)
