"""The code where a mistake costs most, by room; and how much of it the tests reach.

`make coverage` notes what they reach, and this tells it. On SQLite: what runs with a server only is
counted as not reached, though `make test-all` tries it.
"""

import importlib
import json
from pathlib import Path

from coverage import Coverage
from django.conf import settings

from tests.torture.mistakes import File, Mistake

HERE = Path(__file__).parents[2]
REACHED = HERE / "var/coverage"
# By room the files; behind a colon what in the file is meant.
ROOMS = {
    "orders": ["orders/**/*.py"],
    "imports": ["imports/**/*.py"],
    "ledger": ["ledger/*.py"],
    "scope": [
        "core/scope.py", "analytics/semantics/shop.py", "analytics/semantics/filters.py:Reader",
        "customers/models.py:CountryQuerySet", "catalog/models.py:for_user",
        "exports/models.py:for_user",
    ],
}  # fmt: skip
# Tests themselves, the past, the demo shop, what needs Spark
LEFT_OUT = ("/tests/", "/migrations/", "demo", "ledger/spark")
# What runs with a server only: on SQLite nobody can notice a mistake
SERVERS = ("attached", "extension_file", "fetched", "arrow", "_copy", "_load_data", "numeric")


def files(room: str) -> list[tuple[str, str]]:
    """(file, what in it is meant); all of it where that is empty."""
    found = []
    for pattern in ROOMS[room]:
        pattern, _, within = pattern.partition(":")
        paths = sorted(str(path.relative_to(HERE)) for path in HERE.glob(pattern))
        found += [(p, within) for p in paths if not any(word in p for word in LEFT_OUT)]
    return found


def possible(room: str) -> list[Mistake]:
    found = []
    for path, within in files(room):
        file = File(path, (HERE / path).read_bytes())
        elsewhere = {mistake for name in SERVERS for mistake in file.mistakes(name)}
        found += [mistake for mistake in file.mistakes(within) if mistake not in elsewhere]
    return found


def pytest_collection_finish() -> None:
    """While coverage is noted: what a file does at its import belongs to no test."""
    importlib.import_module(settings.ROOT_URLCONF)


def main() -> None:
    """Of files of which only a part is meant, the whole is counted."""
    coverage = Coverage()
    coverage.load()
    told = HERE / "var/coverage.json"
    print(f"{'':8} {'lines':>13} {'branches':>13}")
    for room in ROOMS:
        paths = [str(HERE / path) for path, _ in files(room)]
        coverage.json_report(paths, outfile=str(told))
        sums = json.loads(told.read_text())["totals"]
        lines = sums["covered_lines"], sums["num_statements"]
        branches = sums["covered_branches"], sums["num_branches"]
        shares = (f"{part / whole:7.1%} {whole:5,}" for part, whole in (lines, branches))
        print(f"{room:8} {' '.join(shares)}")


if __name__ == "__main__":
    main()
