"""`manage.py test` runs the same tests as `pytest`, with the same exit code."""

import os
import subprocess
import sys
from argparse import ArgumentParser
from importlib.util import find_spec
from pathlib import Path

from django.core.management import CommandError

from core.environment import BASE_DIR

VERBOSITY = {0: ["-q"], 2: ["-v"], 3: ["-vv"]}


class PytestRunner:
    """Runs pytest in a subprocess, as tests have other settings than this process."""

    def __init__(self, verbosity: int = 1, **options):
        self.verbosity, self.options = verbosity, options

    @classmethod
    def add_arguments(cls, parser: ArgumentParser) -> None:
        parser.add_argument("-k", action="append", help="Only tests that match (as pytest -k).")
        parser.add_argument("--failfast", action="store_true", help="Stop at the first failure.")
        parser.add_argument("--keepdb", action="store_true", help="Use the database again.")
        parser.add_argument("--parallel", help="Number of processes; 0 runs all tests in one.")

    def run_tests(self, labels: list[str]) -> int:
        """Zero only if there are tests and all of them passed."""
        if find_spec("pytest") is None:
            raise CommandError("Tests need pytest: install requirements-dev.txt (bin/setup dev).")
        command = [sys.executable, "-m", "pytest", *self.arguments(labels)]
        done = subprocess.run(command, cwd=BASE_DIR, env=environment(), check=False)  # noqa: S603
        return done.returncode

    def arguments(self, labels: list[str]) -> list[str]:
        options = self.options
        found = ["--rootdir", str(BASE_DIR), "-c", str(BASE_DIR / "pyproject.toml")]
        found += ["-n", options.get("parallel") or os.environ.get("TEST_WORKERS", "2")]
        found += VERBOSITY.get(self.verbosity, [])
        found += ["-x"] if options.get("failfast") else []
        found += ["--reuse-db"] if options.get("keepdb") else []
        # As for Django's own runner, a test runs if one of several -k matches.
        if wanted := options.get("k"):
            found += ["-k", " or ".join(f"({expression})" for expression in wanted)]
        return found + [path_of(label) for label in labels]


def path_of(label: str) -> str:
    """A path as it is; `orders.tests.test_api.test_it` as pytest names it."""
    if Path(label.partition("::")[0]).exists():
        # pytest is started in the project's folder, but the path is relative to the caller's.
        return os.path.abspath(label)
    names = label.split(".")
    for count in range(len(names), 0, -1):
        path = BASE_DIR.joinpath(*names[:count])
        if path.is_dir() and count == len(names):
            return str(path)
        if path.with_suffix(".py").is_file():
            return "::".join([str(path.with_suffix(".py")), *names[count:]])
    return label


def environment() -> dict[str, str]:
    """As `make test`: each process has one thread for arithmetic."""
    return os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
