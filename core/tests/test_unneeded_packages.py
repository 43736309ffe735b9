"""The web server starts without what others import only because it is installed."""

import subprocess
import sys

import pytest
from django.conf import settings

from core.unneeded_packages import not_installed


def test_packages_are_missing_within_the_block_only(monkeypatch):
    monkeypatch.delitem(sys.modules, "this", raising=False)
    with not_installed("this"), pytest.raises(ModuleNotFoundError, match="'this'"):
        import this
    with not_installed("that"):
        import this  # noqa: F401


def test_a_web_process_has_no_package_that_it_does_not_use():
    unneeded = {"pandas", "psycopg", "redis", "requests", "scipy", "jsonschema"}
    modules = {*run_python("import sys, config.wsgi; print(*sys.modules)").split()}
    assert "config.urls" in modules
    assert unneeded & modules == set()


def run_python(program: str) -> str:
    command = [sys.executable, "-c", program]
    return subprocess.check_output(command, cwd=settings.BASE_DIR, text=True)
