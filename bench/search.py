"""Time of a search in books with 500,000 orders, 125,000 customers and 20,000 products.

    make bench-search

On every database that is available, by Django without a socket: as an administrator and as a
manager of three of eight countries, with what is typed on the way to a name, a number, a code or a
report. The slowest text counts, each as the median of seven.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.databases import TITLES, empty_database, unavailable
from bench.row import Row, elapsed, format_number

RUNS, MOST = 7, 50  # milliseconds
TEXTS = {
    "customer": ("gr", "greta", "greta holm", "greta.holm12", "C12", "C1234"),
    "product": ("mu", "mug 12", "sku-12", "SKU-12345"),
    "order": ("a1", "A3456", "#A345678"),
    "report": ("re", "retention", "vat"),
    "nothing": ("zz", "zzqx"),
}
# Spawned: Django keeps its settings for the life of a process.
spawned = get_context("spawn")


def measure(data: Path, scale: int) -> Iterator[Row]:
    for name, title in TITLES.items():
        if reason := unavailable(name):
            yield Row(work=f"search, {title}", most=MOST, note=reason)
            continue
        with (
            TemporaryDirectory(prefix="bench-") as folder,
            empty_database(name, Path(folder)) as env,
        ):
            receiver, sender = spawned.Pipe(duplex=False)
            process = spawned.Process(target=measure_database, args=(sender, title, env))
            process.start()
            sender.close()  # the process has the only other end: then recv() raises EOFError
            with suppress(EOFError):
                while True:
                    yield receiver.recv()
            process.join()
            if process.exitcode:
                raise SystemExit(f"The measurement on {title} failed.")


def measure_database(sender, title: str, env: dict[str, str]) -> None:
    os.environ |= env | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    import django

    django.setup()
    logging.disable()
    from bench.many_orders import write_orders

    write_orders()
    for role, client in clients().items():
        for kind, texts in TEXTS.items():
            sender.send(search_row(f"search for a {kind}, {title}, {role}", client, texts))


def clients() -> dict:
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.test import Client

    from bench.many_orders import FIRST_COUNTRY

    found = {}
    for role in ("admin", "manager"):
        user = get_user_model().objects.create_user(f"{role}@example.com", role=role)
        user.countries.set(range(FIRST_COUNTRY, FIRST_COUNTRY + 3))
        found[role] = Client(headers={"host": "localhost"})
        found[role].force_login(user, settings.AUTHENTICATION_BACKENDS[-1])
    return found


def search_row(work: str, client, texts: tuple[str, ...]) -> Row:
    taken = {text: [search(client, text) for _ in range(RUNS)] for text in texts}
    medians = {text: median(runs) for text, runs in taken.items()}
    note = ", ".join(f"{text} {format_number(ms)}" for text, ms in medians.items())
    least = format_number(max(min(runs) for runs in taken.values()))
    return Row(work=work, ours=max(medians.values()), unit="ms", most=MOST,
               note=f"at least {least} ms; {note}")  # fmt: skip


def search(client, text: str) -> float:
    """Milliseconds until the answer is there."""
    return 1000 * elapsed(lambda: client.get("/search/", {"q": text, "format": "json"}))
