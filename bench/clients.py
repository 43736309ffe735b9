"""Many who ask at once, and how long each of them waited."""

import time
from collections.abc import Callable, Iterator
from http.client import HTTPException
from itertools import count
from threading import Event, Lock, Thread

from bench.web import Refused, Web

Ask = Callable[[Web, int], object]  # with a connection of one's own, the so many-th request


class Waits:
    """Seconds that answers took, and what was not answered."""

    def __init__(self):
        self.taken: list[float] = []
        self.errors: list[str] = []
        self.lock = Lock()

    def of(self, ask: Ask, web: Web, turn: int, since: float) -> None:
        try:
            ask(web, turn)
        except (Refused, OSError, HTTPException) as error:
            web.connection.close()
            with self.lock:
                self.errors.append(f"{type(error).__name__}: {error}"[:300])
        else:
            with self.lock:
                self.taken.append(time.perf_counter() - since)


def steady(people: list[Web], ask: Ask, rate: int, seconds: float) -> Waits:
    """So many requests a second, whether or not the last ones are answered (an open loop).

    A wait begins when the request was due: one that is sent late, because all people wait, counts
    from then.
    """
    waits, turns, lock = Waits(), count(), Lock()
    start = time.perf_counter() + 0.1

    def send(visitor: Web) -> None:
        while True:
            with lock:
                turn = next(turns)
            due = start + turn / rate
            if turn >= rate * seconds:
                return
            time.sleep(max(0, due - time.perf_counter()))
            waits.of(ask, visitor, turn, due)

    together([Thread(target=send, args=[visitor]) for visitor in people])
    return waits


def readers(people: list[Web], ask: Ask, pause: float, until: Callable[[], bool]) -> Waits:
    """Each asks, reads for a while, and asks again."""
    waits = Waits()

    def read(visitor: Web, first: int) -> None:
        time.sleep(pause * first / len(people))  # they did not all come at the same moment
        for turn in count(first):
            if until():
                return
            waits.of(ask, visitor, turn, time.perf_counter())
            time.sleep(pause)

    together([Thread(target=read, args=[visitor, n]) for n, visitor in enumerate(people)])
    return waits


def together(threads: list[Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Beside:
    """Work in a thread of its own for as long as something else lasts."""

    def __init__(self, work: Callable[[Event], None]):
        self.over = Event()
        self.thread = Thread(target=work, args=[self.over])

    def __enter__(self) -> "Beside":
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.over.set()
        self.thread.join()


def times(pause: float, over: Event) -> Iterator[int]:
    """A turn each so many seconds, until it is over."""
    for turn in count():
        if over.wait(pause):
            return
        yield turn
