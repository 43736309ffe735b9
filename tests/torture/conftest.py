"""What was tried, how often, what was found: printed at the end of a run, which SEED repeats."""

import os
import random
from collections import Counter
from pathlib import Path

import pytest
import schemathesis
from django.db import connection
from django.test import Client

from analytics.tests.access import ids_by_resource

SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
PROBLEM = "application/problem+json"
CUT = "CUT" in os.environ  # the short run of `make test-all`
tries: Counter = Counter()  # how often, by part, what was tried and what was found


def often(whole: int, cut: int) -> int:
    """How many times, in the whole torture and in its short cut."""
    return cut if CUT else whole


@pytest.fixture
def ids(shop):
    return ids_by_resource(shop)


@pytest.fixture
def unthrottled(monkeypatch):
    monkeypatch.setattr("core.throttles.SharedThrottle.allow_request", lambda *_: True)


@pytest.fixture(scope="module")
def described():
    """All operations; where another database is used, those that ask the books; in short, some."""
    schema = schemathesis.openapi.from_dict(Client().get("/swagger.json").json())
    found = [operation.ok() for operation in schema.get_all_operations()]
    if connection.vendor != "sqlite":
        found = [operation for operation in found if not is_report(operation)]
    return random.Random(SEED).sample(found, 12) if CUT else found


def is_report(operation) -> bool:
    return "snapshot" in [p["name"] for p in operation.definition.raw.get("parameters", ())]


@pytest.fixture
def chance(request) -> random.Random:
    """A test's own dice: they fall the same way whichever other tests run."""
    return random.Random(f"{SEED} {request.node.nodeid}")


@pytest.fixture
def tried(request):
    """`tried("racing orders", 10_000)` says what a test does, and how often."""
    begun: list[tuple[str, int]] = []
    yield lambda what, times=1: begun.append((what, times))
    failed = getattr(request.node, "failed", False)
    part = Path(request.node.path).stem
    for what, times in begun:
        tries[part, what, "FAULT" if failed else "nothing"] += times


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    item.failed = getattr(item, "failed", False) or report.failed
    return report


def pytest_terminal_summary(terminalreporter):
    if not tries:  # the usual tests pass by here too
        return
    write = terminalreporter.write_line
    write("")
    write(f"{'part':8} {'how often':>9}   {'tried':85} found")
    for (part, what, found), times in tries.items():
        write(f"{part:8} {times:>9,} × {what:85} {found}")
    write(f"Again the same: SEED={SEED}")
