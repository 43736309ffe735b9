"""docs/licences.md names each package that runs and asks for more than its notice to be kept."""

import re
from importlib.metadata import PackageNotFoundError, requires
from importlib.metadata import metadata as about
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
COPYLEFT = re.compile("GPL|MPL|Mozilla|EPL|CDDL|EUPL")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def plain(name: str) -> str:
    return re.sub("[-_.]+", "-", name).lower()


def what_runs() -> set[str]:
    """What requirements.txt names, and all that comes with it."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    left = [NAME.match(line)[0] for line in lines if NAME.match(line)]
    found = set()
    while left:
        name = plain(left.pop())
        try:
            needed = requires(name) or []
        except PackageNotFoundError:  # optional, or of another system
            continue
        if name not in found:
            found.add(name)
            left += [NAME.match(text)[0] for text in needed if "extra ==" not in text]
    return found


def licence(name: str) -> str:
    said = about(name)
    kinds = [k for k in said.get_all("Classifier") or () if k.startswith("License ::")]
    return said.get("License-Expression") or "; ".join(kinds) or (said.get("License") or "")[:200]


def test_each_package_with_a_copyleft_is_named():
    page = (ROOT / "docs" / "licences.md").read_text()
    named = {plain(name) for name in re.findall(r"[\w.-]+", page)}
    strict = {name for name in what_runs() if COPYLEFT.search(licence(name))}
    assert "pycountry" in strict
    assert strict - named == set()
