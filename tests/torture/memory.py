"""Sales and questions for an hour: two web processes do not grow without end."""

import json
import time

import pytest
from django.conf import settings
from django.db import connection

from bench.web import memory_mb, web_server
from tests.torture.conftest import often

pytestmark = pytest.mark.django_db(transaction=True)

MOST = 500  # megabytes of one process
REPORTS = (
    "analytics/kpis", "revenue/monthly", "revenue/daily-trend", "products/top", "customers/rfm",
    "geographic/revenue-by-country", "orders/list",
)  # fmt: skip


def environment(folder) -> dict[str, str]:
    """The test's own database, for processes that are not its own."""
    database = connection.settings_dict
    return {
        "DATABASE_ENGINE": database["ENGINE"],
        "DATABASE_NAME": str(database["NAME"]),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LEDGER_URL": str(folder / "ledger"),
        "SECRET_KEY": settings.SECRET_KEY,
        "API_RATE": "999999/sec",
        "WEB_WORKERS": "2",
        "DEBUG": "True",
    }


def test_two_web_processes_stay_small(transactional_db, shop, tmp_path, tried):
    if connection.vendor != "sqlite":
        pytest.skip("the books' database makes no difference to it")
    seconds = often(3600, 60)
    tried("seconds of sales and questions, two web processes", seconds)
    mug = shop.product("mug", stock=10**6)
    sale = json.dumps({"customer": shop.anna.pk, "items": [{"product": mug.pk, "quantity": 1}]})
    with web_server(tmp_path, **environment(tmp_path)) as web:
        web.sign_in()
        end, rounds = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            web("POST", "/api/orders/", sale)
            for path in REPORTS:
                web("GET", f"/api/{path}/")
            rounds += 1
        assert rounds > 5
        assert max(memory_mb(web.pid)) < MOST, memory_mb(web.pid)
        print(f"{rounds} rounds, {memory_mb(web.pid)} MB")
