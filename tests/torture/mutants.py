"""Would the tests notice? Small mistakes are put into the code, one at a time, and looked for.

`make coverage` notes which test reaches which line; a mistake is tried by the tests that reach its
line, those first that reach least besides. `make mutants N=200 SEED=7` draws so many of all that
are possible, one out of each of N equal stretches of them, and names those that nobody noticed.
"""

import argparse
import importlib
import math
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from coverage import CoverageData

from tests.torture.mistakes import Mistake
from tests.torture.rooms import HERE, REACHED, ROOMS, possible

# Mistakes that change nothing, each with the reason behind it
SAME = HERE / "tests/torture/same.txt"
# What a process of its own runs, of which nothing is noted: its tests are those of who starts it.
STARTED_BY = {"imports/xlsx_reader.py": "imports/csv_conversion.py"}
# Asked of every model, whose fields stand at the import: it looks at all of them.
OF_MODELS = "tests/test_migrations.py"
# Imported once: a try is a fork of this process, and does not begin with them.
HEAVY = "django.db.models django.forms ibis pandas pyarrow duckdb openpyxl babel.numbers hypothesis"
LONGEST = 60  # seconds that a test may take: what takes longer hangs
PATIENCE = 60  # seconds after which no other test is asked …
LAST_PATIENCE = 300  # … until all mistakes had their turn: then those are looked at once more
OUT_OF_PATIENCE = 99
NOBODY = pytest.ExitCode.NO_TESTS_COLLECTED, pytest.ExitCode.USAGE_ERROR  # or a test that is gone
UNNOTICED = (pytest.ExitCode.OK, *NOBODY, OUT_OF_PATIENCE)


def drawn(every: list, times: int, chance: random.Random) -> list:
    """One out of each of so many equal stretches: from every file as many as it deserves. In any
    order: what was tried of them when somebody stops is drawn fairly too."""
    edges = [round(n * len(every) / times) for n in range(times + 1)]
    found = [every[chance.randrange(*edges[n : n + 2])] for n in range(times)]
    return chance.sample(found, times)


class Tests:
    """Which tests reach a line, by what `make coverage` noted."""

    def __init__(self):
        self.data = CoverageData(str(REACHED))
        self.data.read()
        self.reach = Counter()
        for path in self.data.measured_files():
            for contexts in self.data.contexts_by_lineno(path).values():
                self.reach.update(test_of(context) for context in contexts)

    def of(self, mistake: Mistake) -> list[str]:
        """Those that reach the lines. What runs at the import was made for the whole file, and is
        used where nobody sees it: those that have its name, that reach or speak of the file, then
        all of the app."""
        path = STARTED_BY.get(mistake.path, mistake.path)
        by_line = self.data.contexts_by_lineno(str(HERE / path))
        reached = [{*map(test_of, by_line.get(line, ()))} for line in mistake.lines]
        if path == mistake.path and reached and "" not in set().union(*reached):
            return self.in_order(set().union(*reached))
        own = {test_of(context) for contexts in by_line.values() for context in contexts}
        app = f"{path.partition('/')[0]}/tests/"
        others = {test for test in self.reach if test.startswith(app)} - own
        name = Path(mistake.path).stem.partition("_")[0]
        named = {test for test in own | others if name in test}
        near = {test for test in own | others if speaks_of(package(path), test)}
        first = [OF_MODELS] if path.endswith("models.py") else []
        ranks = (named, own & near, own, near, others)
        return [*dict.fromkeys([*first, *(t for rank in ranks for t in self.in_order(rank))])]

    def in_order(self, tests: set[str]) -> list[str]:
        """Those first that reach least; but file by file, for what its tests share is made once."""
        file = {test: test.partition("::")[0] for test in tests - {""}}
        least = dict(sorted(((file[test], self.reach[test]) for test in file), reverse=True))
        return sorted(file, key=lambda test: (least[file[test]], file[test], self.reach[test]))


def test_of(context: str) -> str:
    return context.rpartition("|")[0]


def package(path: str) -> str:
    return path.rpartition("/")[0].replace("/", ".")


def speaks_of(package: str, test: str) -> bool:
    """Whether the test's file uses something of this folder."""
    return package in text_of(test.partition("::")[0])


@cache
def text_of(path: str) -> str:
    return (HERE / path).read_text() if (HERE / path).is_file() else ""


class Patience:
    def __init__(self, seconds: int):
        self.end = time.monotonic() + seconds

    def pytest_runtest_logstart(self):
        signal.alarm(LONGEST)

    def pytest_runtest_logfinish(self):
        signal.alarm(0)
        if time.monotonic() > self.end:
            os._exit(OUT_OF_PATIENCE)


class Copy:
    """The code once more, to be spoiled, with a database that is migrated already."""

    def __init__(self, folder: str):
        self.folder = Path(folder, "shop")
        ignored = shutil.ignore_patterns(".git", ".venv", "var", ".*_cache", ".hypothesis")
        shutil.copytree(HERE, self.folder, ignore=ignored)
        self.books = self.folder / "var/migrated.sqlite3"
        if self.run(["orders/tests/test_services.py"], keep=self.books):
            raise SystemExit(f"The tests fail without a mistake: {self.log.read_text()}")

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def tried(self, mistake: Mistake, tests: list[str], patience: int = PATIENCE) -> int:
        """How the tests end with it."""
        path = self.folder / mistake.path
        path.write_bytes(mistake.text)
        try:
            if not tests:
                return pytest.ExitCode.NO_TESTS_COLLECTED
            # What an app does when it is ready may stand in the migrated database: schedules do.
            return self.run(tests, patience, migrated=not mistake.path.endswith("apps.py"))
        finally:
            shutil.copy2(HERE / mistake.path, path)  # with its date: its .pyc is valid

    def run(
        self, tests: list[str], patience: int = LAST_PATIENCE, keep: Path | None = None,
        migrated: bool = True,
    ) -> int:  # fmt: skip
        """The exit code of pytest, or the signal that ended it."""
        if not (child := os.fork()):
            try:
                self.ask(tests, patience, migrated)
            finally:  # whatever happens, the child does not go on with the parent's work
                os._exit(pytest.ExitCode.INTERNAL_ERROR)
        code = os.waitpid(child, 0)[1]
        books = self.folder / f"var/test-{child}.sqlite3"
        if keep:
            books.rename(keep)
        for left in books.parent.glob(f"{books.name}*"):
            left.unlink()
        return os.waitstatus_to_exitcode(code)

    def ask(self, tests: list[str], patience: int, migrated: bool) -> None:
        os.chdir(self.folder)
        sys.path[:0] = [str(self.folder)]
        sys.dont_write_bytecode = self.books.exists()  # what is spoiled is not to be kept
        if self.books.exists() and migrated:
            shutil.copy(self.books, f"var/test-{os.getpid()}.sqlite3")
        log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(log, 1)
        os.dup2(log, 2)
        options = ["-x", "-n", "0", "-p", "no:cacheprovider", "--reuse-db", *tests]
        os._exit(pytest.main(options, plugins=[Patience(patience)]))


def interval(part: int, whole: int) -> str:
    """Wilson's, of 95 %."""
    share, z = part / whole, 1.96
    middle = share + z * z / (2 * whole)
    half = z * math.sqrt(share * (1 - share) / whole + (z / (2 * whole)) ** 2)
    low, high = ((middle + sign * half) / (1 + z * z / whole) for sign in (-1, 1))
    return f"{share:7.1%}   {low:.1%} to {high:.1%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=200, help="how many")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked = parser.parse_args()
    for name in HEAVY.split():
        importlib.import_module(name)
    same = {line.rpartition("  # ")[0] for line in SAME.read_text().splitlines()}
    chance = random.Random(asked.seed)
    every = [(room, mistake) for room in ROOMS for mistake in possible(room)]
    some = [one for one in drawn(every, asked.n, chance) if str(one[1]) not in same]
    tests, tried, noticed = Tests(), Counter(), Counter()
    with TemporaryDirectory(prefix="mutants-") as folder, suppress(KeyboardInterrupt):
        copy, left = Copy(folder), []
        for room, mistake in some:
            code = copy.tried(mistake, reaching := tests.of(mistake))
            tried[room] += 1
            noticed[room] += code not in UNNOTICED
            if code in UNNOTICED:
                print(f"nobody of {len(reaching)} noticed {mistake}", flush=True)
            if code == OUT_OF_PATIENCE:
                left.append((room, mistake, reaching))
        for room, mistake, reaching in left:
            if copy.tried(mistake, reaching, LAST_PATIENCE) not in UNNOTICED:
                noticed[room] += 1
                print(f"noticed with more patience: {mistake}", flush=True)
    tell(Counter(room for room, _ in every), tried, noticed)
    print(f"Again the same: N={asked.n} SEED={asked.seed}")


def tell(every: Counter, tried: Counter, noticed: Counter) -> None:
    print(f"{'':8} {'possible':>8} {'tried':>6} {'noticed':>7}")
    for room in sorted(tried, key=list(ROOMS).index):
        share = interval(noticed[room], tried[room])
        print(f"{room:8} {every[room]:8,} {tried[room]:6,} {noticed[room]:7,} {share}")
    share = interval(noticed.total(), tried.total())
    print(f"{'all':8} {every.total():8,} {tried.total():6,} {noticed.total():7,} {share}")


if __name__ == "__main__":
    main()
