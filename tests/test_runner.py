"""`manage.py test` is the real suite: it finds what pytest finds, and fails when pytest fails."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.test.utils import get_runner

from core.test_runner import PytestRunner, path_of

pytestmark = pytest.mark.once

TESTS = """
def test_this_passes():
    pass

def test_that_fails():
    raise AssertionError("on purpose")
"""


def manage_py_test(*arguments):
    """In a process that knows nothing of the tests that run now."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if "PYTEST" not in name and name != "DJANGO_SETTINGS_MODULE"
    }
    return subprocess.run(
        [sys.executable, "manage.py", "test", "--parallel", "0", *arguments],
        cwd=settings.BASE_DIR, env=inherited, capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "code", "words"),
    [
        (["-k", "passes"], 0, "1 passed"),
        ([], 1, "1 failed"),
        (["-k", "neither"], 1, "2 deselected"),
    ],
)
def test_the_command_says_what_pytest_says_and_ends_as_it_does(tmp_path, wanted, code, words):
    (tmp_path / "test_two.py").write_text(TESTS)
    done = manage_py_test(str(tmp_path / "test_two.py"), "-v", "2", *wanted)
    assert (done.returncode, words in done.stdout) == (code, True), done.stdout + done.stderr


def test_it_is_the_runner_of_the_settings_and_takes_what_the_command_takes():
    assert get_runner(settings) is PytestRunner
    runner = PytestRunner(verbosity=0, failfast=True, keepdb=True, k=["tax", "not slow"])
    arguments = runner.arguments(["orders"])
    assert arguments[4:] == [
        "-n", os.environ.get("TEST_WORKERS", "2"), "-q", "-x", "--reuse-db",
        "-k", "(tax) or (not slow)", str(settings.BASE_DIR / "orders"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("label", "path"),
    [
        ("orders", "orders"),
        ("orders.tests", "orders/tests"),
        ("orders.tests.test_money", "orders/tests/test_money.py"),
        ("orders.tests.test_money.test_it", "orders/tests/test_money.py::test_it"),
        ("orders/tests/test_money.py::test_it", "orders/tests/test_money.py::test_it"),
    ],
)
def test_labels_are_written_as_django_or_as_pytest_writes_them(monkeypatch, label, path):
    monkeypatch.chdir(settings.BASE_DIR)
    assert path_of(label) == str(settings.BASE_DIR / path)
