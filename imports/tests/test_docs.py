"""docs/importing.md tells what every code means: none is missing there, and none is left over."""

import re
from pathlib import Path

import pytest

from imports import checks, vouchers
from imports.csv_files import csv_table
from imports.formats import FIELDS, formats
from imports.formats.generic import generic
from imports.rejects import separate_malformed

pytestmark = pytest.mark.once

APP = Path(__file__).parents[1]
GUIDE = APP.parent / "docs" / "importing.md"
REFUSED = re.compile(r'Refused\(\s*"([a-z_]+)"')


def told_under(heading: str) -> list[str]:
    """The codes that the tables of the section begin their rows with."""
    section = GUIDE.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `([a-z_]+)` \|", section, re.MULTILINE)


@pytest.fixture
def misshapen(tmp_path) -> set[str]:
    """The codes of records that have not the header's shape."""
    path = tmp_path / "misshapen.csv"
    path.write_text('a,b\n1\n1,2,3\n1,"2"3\n')
    _, broken = separate_malformed(csv_table(path, path.name, tmp_path), tmp_path)
    return {code for _, _, _, code, _, _ in broken}


def test_every_reject_code_is_explained_once(misshapen):
    every_field = generic({name: name for name in FIELDS})
    of_orders = [known for known in formats().values() if known.stores == "orders"]
    rules = [rule for known in (every_field, *of_orders) for rule in checks.rules_for(known, True)]
    rules += [rule for known in of_orders for rule in known.unused_rules.values()]
    rules += [*checks.DOCUMENT_RULES, *checks.date_rules(), *vouchers.RULES]
    assert len(misshapen) == 3
    assert sorted(told_under("Why rows are rejected")) == sorted(
        misshapen | {rule.code for rule in rules}
    )


def test_every_refusal_of_a_file_is_explained_once():
    sources = [path for path in APP.rglob("*.py") if "tests" not in path.parts]
    codes = {code for path in sources for code in REFUSED.findall(path.read_text())}
    assert "unknown_format" in codes
    assert sorted(told_under("Why files are refused")) == sorted(codes)
