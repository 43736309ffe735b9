"""A filled shop saved and restored: on every database, from each kind to the next, killed, without
room on the disk; and every row is the same in the end."""

import json
import time
import zipfile

import pytest
from django.conf import settings
from django.db import connection

from tests.torture.conftest import CUT, often
from tests.torture.installation import Installation

pytestmark = pytest.mark.skipif(
    "sqlite" not in connection.settings_dict["ENGINE"], reason="one run goes through all databases"
)
ONE_FILE = "import_sales", settings.BASE_DIR / "tests/data/retail.csv"
WAY = ("sqlite", "mariadb") if CUT else ("sqlite", "postgresql", "mariadb", "sqlite")


@pytest.fixture(scope="module")
def backup(tmp_path_factory):
    """Of a shop of two years and a file that it imported; in the short cut only of the file."""
    return saved(tmp_path_factory.mktemp("shop"), *([] if CUT else [["demo"]]), ONE_FILE)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Of the file alone: it is restored often."""
    return saved(tmp_path_factory.mktemp("small"), ONE_FILE)


def saved(folder, *fillings):
    shop = Installation("sqlite", folder)
    shop.begin_anew()
    for filling in fillings:
        shop.manage(*filling)
    file = shop.folder / "backup.zip"
    shop.manage("backup", file)
    return file


def content(file) -> dict:
    """Rows and sums of each table, and the rows themselves as their SHA-256."""
    with zipfile.ZipFile(file) as pack:
        told = json.loads(pack.read("manifest.json"))
    return {
        label: (table["rows"], table["sums"], told["parts"][f"tables/{label}.jsonl"]["sha256"])
        for label, table in told["tables"].items()
    }


def test_from_each_kind_of_database_to_the_next(backup, tmp_path, tried):
    first = content(backup)
    rows = sum(rows for rows, *_ in first.values())
    for n, kind in enumerate(WAY[1:]):
        tried(f"restore of {rows:,} rows from {WAY[n]} to {kind}, all rows compared")
        there = Installation(kind, tmp_path / f"{n} {kind}")
        there.begin_anew()
        there.manage("restore", backup)
        assert "Stock is consistent" in there.manage("check_stock")
        assert "The ledger matches the books" in there.manage("refresh_ledger", "--check")
        backup = there.folder / "backup.zip"
        there.manage("backup", backup)
        assert content(backup) == first


@pytest.mark.skipif(CUT, reason="not in the short cut")
@pytest.mark.parametrize("kind", WAY[:3])
def test_a_killed_restore_leaves_the_books_as_they_were(small, tmp_path, chance, tried, kind):
    there, mine = Installation(kind, tmp_path / kind), tmp_path / "mine.zip"
    there.begin_anew()
    there.manage("import_sales", settings.BASE_DIR / "tests/data/uci.csv")
    there.manage("backup", mine)
    before, whole, after = content(mine), content(small), tmp_path / "after.zip"
    started = time.monotonic()
    there.manage("restore", small, "--replace")
    undisturbed, kills = time.monotonic() - started, often(6, 2)
    there.manage("restore", mine, "--replace")
    tried(f"kill -9 of a restore on {kind}", kills)
    for _ in range(kills):
        there.killed(chance, undisturbed, "restore", small, "--replace")
        after.unlink(missing_ok=True)
        there.manage("backup", after)
        assert content(after) in (before, whole)
        if content(after) == whole:
            there.manage("restore", mine, "--replace")
    there.manage("restore", small, "--replace")
    there.manage("backup", after)
    assert content(after) == whole
    assert "The ledger matches the books" in there.manage("refresh_ledger", "--check")


@pytest.mark.skipif(CUT, reason="not in the short cut")
def test_a_backup_is_there_whole_or_not_at_all(backup, tmp_path, chance, tried):
    there = Installation("sqlite", tmp_path / "shop")
    there.begin_anew()
    there.manage("restore", backup)
    first, file, kills = content(backup), tmp_path / "out" / "backup.zip", often(6, 2)
    file.parent.mkdir()
    tried("backup into a full disk")
    said = there.manage("backup", file, largest_file=backup.stat().st_size // 2, fails=True)
    assert "No backup was made" in said
    assert list(file.parent.iterdir()) == []
    started = time.monotonic()
    there.manage("backup", file)
    undisturbed = time.monotonic() - started
    tried("kill -9 of a backup", kills)
    for _ in range(kills):
        there.killed(chance, undisturbed, "backup", file)
        assert content(file) == first
