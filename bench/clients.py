"""Concurrent clients of the web server, and how long each request took."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from itertools import count
from threading import Event

from bench.web import Client, UnexpectedStatus

Request = Callable[[Client, int], object]  # sends the request with this index


@dataclass
class Latencies:
    """Seconds of the requests that succeeded, and the errors of the others."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def measure(self, request: Request, client: Client, index: int, since: float) -> None:
        try:
            request(client, index)
        except (UnexpectedStatus, OSError, HTTPException) as error:
            # Half of an answer may be left in it, which the next request would read as its own.
            client.connection.close()
            self.errors.append(f"{type(error).__name__}: {error}"[:300])
        else:
            self.seconds.append(time.perf_counter() - since)


def open_loop(clients: list[Client], request: Request, rate: int, seconds: float) -> Latencies:
    """`rate` requests a second, whether or not the earlier ones are answered.

    Latency counts from when a request was due, not from when a client was free to send it:
    otherwise a server that stalls would be measured by fewer requests (coordinated omission).
    """
    latencies, indexes = Latencies(), count()
    # Until then all threads have started.
    start = time.perf_counter() + 0.1

    def send(client: Client) -> None:
        for index in indexes:
            due = start + index / rate
            if index >= rate * seconds:
                return
            time.sleep(max(0, due - time.perf_counter()))
            latencies.measure(request, client, index, due)

    in_threads(send, clients)
    return latencies


def closed_loop(clients: list[Client], request: Request, pause: float, seconds: float) -> Latencies:
    """Each client waits for its answer, pauses, and sends the next request."""
    latencies, end = Latencies(), time.perf_counter() + seconds

    def send(client: Client) -> None:
        first = clients.index(client)
        time.sleep(pause * first / len(clients))  # so that they do not start in step
        for index in count(first):
            if time.perf_counter() >= end:
                return
            latencies.measure(request, client, index, time.perf_counter())
            time.sleep(pause)

    in_threads(send, clients)
    return latencies


def in_threads(work: Callable[[Client], None], clients: list[Client]) -> None:
    with ThreadPoolExecutor(len(clients)) as executor:
        # The list raises what a thread raised; map alone would not.
        list(executor.map(work, clients))


@contextmanager
def background(work: Callable[[Event], None]) -> Iterator[None]:
    """Runs `work` in a thread during the block; the event tells it that the block has ended."""
    ended = Event()
    with ThreadPoolExecutor(1) as executor:
        future = executor.submit(work, ended)
        try:
            yield
        finally:
            ended.set()
        # Behind the block: if that failed, its error is the one to see.
        future.result()
