"""A process that answers for long does not grow with the number of states that it has seen."""

import shutil

import pytest
from django.conf import settings

from ledger import build
from ledger.duckdb_engine import Duck

SQL = 'select sum(revenue) as revenue, count(distinct number) as numbers from "orders"'


def held(duck: Duck) -> int:
    """Bytes that DuckDB keeps while nobody asks."""
    usage = "select sum(memory_usage_bytes) from duckdb_memory()"
    return duck.parquet.cursor().execute(usage).fetchone()[0]


@pytest.mark.once
def test_files_of_states_that_are_gone_are_not_kept_in_memory(shop):
    mug = shop.product("mug")
    for _ in range(40):
        shop.sell((mug, 1), on="2026-03-05")
    state, duck = build.current(), Duck(settings.LEDGER_FOLDER)
    file = settings.LEDGER_FOLDER / state.files["orders/2026-03"]
    size, after_twenty = file.stat().st_size, 0
    for n in range(500):
        name = file.name.replace("orders-2026-03", f"orders-2026-03-{n}")
        shutil.copy(file, file.with_name(name))
        state = build.add_snapshot(state, state.files | {"orders/2026-03": name})
        answer = duck.fetch(state, SQL).to_pylist()[0]
        assert (str(answer["revenue"]), answer["numbers"]) == ("400.0000", 40)
        file.with_name(name).unlink()
        after_twenty = held(duck) if n == 20 else after_twenty
    assert held(duck) - after_twenty < 480 * size / 2


def test_what_duckdb_may_use_is_a_setting(db, settings):
    settings.LEDGER_READ_MB = 64
    duck = Duck(settings.LEDGER_FOLDER)
    asked = "select current_setting('memory_limit'), current_setting('temp_directory')"
    limit, spill = duck.parquet.cursor().execute(asked).fetchone()
    assert (limit, spill) == ("61.0 MiB", str(settings.LEDGER_FOLDER / "spill"))
