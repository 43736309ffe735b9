"""Each list of requirements has a lock: every package of it, for every Python, with hashes."""

import re

import pytest
from django.conf import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytestmark = pytest.mark.once

ROOT = settings.BASE_DIR
LISTS = ["requirements", "requirements-dev", "requirements-spark", "requirements-browser"]
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
# Nothing else may stand in a lock: no index, no address, no folder, no option.
ENTRY = re.compile(
    r"^([a-z0-9.-]+==[^\s;@/]+(?: ; [^@/\\\n]+)?)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n", re.M
)
HEADER = re.compile(r"\A(#.*\n)*")


def listed(name: str) -> dict[str, str]:
    """Package -> version, of a list and of those that it includes."""
    found = {}
    for line in (ROOT / f"{name}.txt").read_text().splitlines():
        if line.startswith("-r "):
            found |= listed(line[3:].removesuffix(".txt"))
        elif line and not line.startswith("#"):
            found |= pinned(Requirement(line))
    return found


def pinned(requirement: Requirement) -> dict[str, str]:
    (version,) = requirement.specifier
    assert version.operator == "=="
    return {canonicalize_name(requirement.name): version.version}


def entries(name: str) -> list[Requirement]:
    text = HEADER.sub("", (ROOT / f"{name}.lock").read_text())
    assert ENTRY.sub("", text) == ""
    return [Requirement(entry) for entry, _hashes in ENTRY.findall(text)]


def locked(name: str, python: str) -> dict[str, str]:
    """What is installed on Linux."""
    system = {
        "python_version": python,
        "python_full_version": f"{python}.9",
        "sys_platform": "linux",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
    }
    apply = [e for e in entries(name) if e.marker is None or e.marker.evaluate(system)]
    assert len({entry.name for entry in apply}) == len(apply)
    return {package: version for entry in apply for package, version in pinned(entry).items()}


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", LISTS)
def test_a_lock_has_each_package_of_its_list_in_the_same_version_with_hashes(name, python):
    assert listed(name).items() <= locked(name, python).items()


@pytest.mark.parametrize("python", PYTHONS)
def test_what_tests_run_with_is_what_the_image_runs_with(python):
    assert locked("requirements", python).items() <= locked("requirements-dev", python).items()


@pytest.mark.parametrize("program", ["Dockerfile", "bin/setup", "bin/spark", "bin/browser"])
def test_nothing_is_installed_without_its_hash(program):
    lines = (ROOT / program).read_text().splitlines()
    installs = [line for line in lines if "pip install " in line]
    assert installs
    assert [line for line in installs if "--require-hashes" not in line] == []
