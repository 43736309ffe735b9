"""What was tried, how often, what was found: told at the end of a run, which SEED repeats."""

import os
import random
from collections import Counter
from pathlib import Path

import pytest

from analytics.tests.test_access import ids  # noqa: F401 - rows of every kind, own and foreign
from orders.tests.shop import Shop

SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
CUT = "CUT" in os.environ  # the short run of `make test-all`
told: Counter = Counter()  # how often, by part, what was tried and what was found


def often(whole: int, cut: int) -> int:
    """How many times, in the whole torture and in its short cut."""
    return cut if CUT else whole


@pytest.fixture
def shop(db):
    return Shop()


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
        told[part, what, "FAULT" if failed else "nothing"] += times


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    item.failed = getattr(item, "failed", False) or report.failed
    return report


def pytest_terminal_summary(terminalreporter):
    if not told:  # the usual tests pass by here too
        return
    write = terminalreporter.write_line
    write("")
    write(f"{'part':8} {'how often':>9}   {'tried':85} found")
    for (part, what, found), times in told.items():
        write(f"{part:8} {times:>9,} × {what:85} {found}")
    write(f"Again the same: SEED={SEED}")
