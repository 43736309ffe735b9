"""The staging tables have the columns that are declared, and steps change what they declare."""

import re
import sys

import pytest

from imports.staging import Staging
from imports.staging_tables import STAGING_TABLES
from imports.steps import STEPS
from imports.tests.desk import SALES

pytestmark = pytest.mark.once

MAPPED = (
    "number,day,art,pieces,price,off,tax,currency,country,who,category\n"
    "1,2026-01-05,chair,3,243.98,20,19.5,EUR,DE,Ada,Seats\n"
    "1,2026-01-05,table,5,348.21,20,19.5,EUR,Germany,Ada,Tables\n"
    "2,2026-01-06,desk,none,20.00,,,EUR,France,Bea,Tables\n"
    "3,2026-01-06,lamp,2,20.00,,,EUR,France,,Lamps\n"
    "4,2026-01-06,lamp,2,20.00,,,EUR,France,Cem,Lamps\n"
    "4,2026-01-06,lamp,2,20.00,,,EUR,France,Dan,Lamps\n"
)
COLUMNS = {
    "document": "number", "placed": "day", "sku": "art", "quantity": "pieces",
    "unit_price": "price", "order_discount": "off", "tax": "tax", "currency": "currency",
    "country": "country", "customer": "who", "category": "category",
}  # fmt: skip
VOUCHERS = (
    "timestamp,country_code,last_order_ts,first_order_ts,total_orders,voucher_amount\n"
    "2026-01-05 10:00:00,DE,2025-12-01,2025-01-01,3,5.00\n"
    "2026-01-05 10:00:00,DE,2025-12-01,2025-01-01,many,5.00\n"
)
VIEWS = {"staged"}


class Watched(Staging):
    """Notes which step reads and changes which table, and what the tables look like."""

    seen: dict[str, tuple[set, set]]
    shapes: dict[str, dict[str, str]]
    last: dict[str, tuple] | None = None  # the contents after a step's last change

    def execute(self, sql, parameters=None):
        if (name := running_step()) is None:
            self.last = None
            return super().execute(sql, parameters)
        reads, writes = self.seen.setdefault(name, (set(), set()))
        named = re.findall(r"(?:from|join|update|into) (\w+)", sql)
        reads |= {table for table in named if table in STAGING_TABLES or table in VIEWS}
        if sql.split()[0] in ("select", "with", "describe", "copy"):
            return super().execute(sql, parameters)
        before = self.last or self.contents()
        super().execute(sql, parameters)
        self.last = after = self.contents()
        writes |= {table for table in after if after[table] != before.get(table)}
        return self.con

    def contents(self) -> dict[str, tuple]:
        """The columns of each table, the number of its rows and a sum of their hashes."""
        read = super().execute
        shapes: dict[str, dict[str, str]] = {}
        for table, column, kind in read(
            "select table_name, column_name, data_type from duckdb_columns() where not internal"
        ).fetchall():
            shapes.setdefault(table, {})[column] = kind
        for name in shapes.keys() - VIEWS:
            self.shapes[name] = self.shapes.get(name, {}) | shapes[name]
        sums = (f"select '{name}', count(*), sum(hash(t)) from {name} t" for name in shapes)
        rows = read(" union all ".join(sums)).fetchall() if shapes else []
        return {name: (shapes[name], *found) for name, *found in rows}


def running_step() -> str | None:
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_qualname in STEPS:
            return frame.f_code.co_qualname
        frame = frame.f_back
    return None


@pytest.fixture
def watched(monkeypatch):
    Watched.seen, Watched.shapes = {}, {}
    monkeypatch.setattr("imports.pipeline.Staging", Watched)
    return Watched


@pytest.fixture
def imported(desk, watched):
    desk.client.post("/api/import-mappings/", {"name": "own", "columns": COLUMNS}, format="json")
    first = desk.bring_in(MAPPED, mapping="own")
    corrected = desk.rejected_file(first).replace(",none,", ",1,", 1)
    for text in (corrected, corrected, MAPPED):  # added, accepted before, unchanged
        desk.bring_in(text, mapping="own")
    desk.bring_in(SALES)
    desk.bring_in(VOUCHERS)
    return watched


# One test, because to watch these imports takes seconds.
def test_steps_and_tables_are_what_they_declare(imported):
    check_steps(imported)
    check_tables(imported)


def check_steps(imported):
    assert sorted(imported.seen) == sorted(STEPS)
    written = {name: set(STEPS[name].writes) for name in STEPS}
    seen = {name: writes for name, (_, writes) in imported.seen.items()}
    different = {name for name in {*seen, *written} if seen.get(name) != written.get(name)}
    assert [(name, seen.get(name), written.get(name)) for name in sorted(different)] == []
    # A step may read again what it wrote itself.
    undeclared = {
        name: reads - STEPS[name].reads - STEPS[name].writes
        for name, (reads, _) in imported.seen.items()
    }
    assert {name: reads for name, reads in undeclared.items() if reads} == {}


def check_tables(imported):
    assert sorted(imported.shapes) == sorted(STAGING_TABLES)
    for name, shape in imported.shapes.items():
        table = STAGING_TABLES[name]
        declared = {column: normalised(kind) for column, (kind, _) in table.columns.items()}
        found = {column: normalised(kind) for column, kind in shape.items()}
        common = {column: kind for column, kind in found.items() if column in declared}
        assert (name, common) == (name, {column: declared[column] for column in common})
        assert (name, table.more or set(found) <= set(declared)) == (name, True)
        if name != "checked":  # has only what the file has
            assert (name, set(declared) - set(found)) == (name, set())


def normalised(kind: str) -> str:
    return kind.replace(" ", "").upper()
