"""The web server with real sockets: who sends slowly, or nothing, keeps nobody waiting."""

import http.client
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.web_worker import is_whole

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
APP = """
from core import web_worker
web_worker.SECONDS = 1

def app(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
"""
HALF_HEAD = b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: "
HALF_BODY = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{"
WHOLE = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """One process with two threads."""
    folder = tmp_path_factory.mktemp("web")
    (folder / "slow_app.py").write_text(APP)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ("-k", "core.web_worker.WholeRequests", "-w", "1", "--threads", "2")
    options += ("-b", f"127.0.0.1:{port}", "--pythonpath", f"{ROOT},{folder}")
    options += ("--no-control-socket", "--log-level", "warning")
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *options, "slow_app:app"], cwd=ROOT
    )
    try:
        for _ in range(200):
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        assert server.wait(10) == 0


def asked(port, method="GET", body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request(method, "/", body)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content


@contextmanager
def clients(port, *sent):
    opened = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(20)]
    try:
        for client in opened:
            for data in sent:
                client.sendall(data)
        yield opened
    finally:
        for client in opened:
            client.close()


@pytest.mark.parametrize("sent", [b"", HALF_HEAD, HALF_BODY], ids=["nothing", "head", "body"])
def test_twenty_slow_clients_keep_nobody_waiting_and_are_sent_away(port, sent):
    with clients(port, sent) as slow:
        begun = time.monotonic()
        assert asked(port) == (200, b"")
        assert time.monotonic() - begun < 0.9
        assert {client.recv(1) for client in slow} == {b""}


def test_the_second_request_of_a_connection_may_not_be_slow_either(port):
    with clients(port, WHOLE + HALF_HEAD):
        assert asked(port) == (200, b"")


def test_what_comes_in_pieces_is_answered_as_a_whole(port):
    with socket.create_connection(("127.0.0.1", port), 5) as client:
        for piece in (HALF_BODY[:20], HALF_BODY[20:], b"a" * 50, b"b" * 49 + WHOLE):
            client.sendall(piece)
            time.sleep(0.02)
        client.settimeout(5)
        answers = b""
        while answers.count(b"HTTP/1.1 200 OK") < 2:
            answers += client.recv(4096)
    assert b"{" + b"a" * 50 + b"b" * 49 in answers


def test_large_bodies_come_through(port):
    body = b"x" * 3_000_000
    assert asked(port, "POST", body) == (200, body)


@pytest.mark.parametrize(
    ("received", "whole"),
    [
        (b"", False),
        (HALF_HEAD, False),
        (WHOLE, True),
        (HALF_BODY, False),
        (HALF_BODY + b"x" * 99, True),
        (HALF_BODY.replace(b"100", b"100000"), True),
        (HALF_BODY.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"), True),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", True),
        (b"x" * 200_000, True),
    ],
)
def test_a_thread_gets_what_it_need_not_wait_for(received, whole):
    assert is_whole(received) is whole
