"""The addresses around the API: its description, its index, and the state of health."""

from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ, Schedule
from django_q.tasks import async_task

FINE = {
    "status": "ok", "database": "ok", "migrations": "ok", "disk": "ok", "cache": "ok",
    "ledger": "ok", "worker": "ok", "long_worker": "ok",
}  # fmt: skip
UNKNOWN = dict.fromkeys(("ledger", "worker", "long_worker"), "unknown")


def health():
    answer = Client().get("/healthz")
    assert "no-store" in answer["Cache-Control"]
    return answer.status_code, answer.json()


def test_a_healthy_shop(db):
    Schedule.objects.all().delete()
    assert health() == (200, FINE)


def test_a_late_worker_is_reported_but_the_shop_stays_healthy(db):
    Schedule.objects.all().delete()
    due = timezone.now() - timedelta(minutes=6)
    Schedule.objects.create(func="x.y", next_run=due)
    assert health() == (200, FINE | {"worker": "late"})
    Schedule.objects.update(next_run=timezone.now() - timedelta(minutes=4))
    assert health() == (200, FINE)


@pytest.mark.parametrize(("cluster", "minutes", "name"), [
    ("ledgerlight", 5, "worker"), ("long", 60, "long_worker"),
])  # fmt: skip
def test_a_job_that_waits_too_long_is_reported_with_its_worker(db, cluster, minutes, name):
    Schedule.objects.all().delete()
    with time_machine.travel("2026-03-05T12:00Z", tick=False) as clock:
        async_task("x.y", cluster=cluster)
        clock.shift(timedelta(minutes=minutes))
        assert health() == (200, FINE)
        clock.shift(timedelta(seconds=1))
        assert health() == (200, FINE | {name: "late"})
        OrmQ.objects.update(lock=timezone.now() + timedelta(hours=1))  # a worker has taken it
        assert health() == (200, FINE)


def test_a_missing_migration_is_reported(db):
    MigrationRecorder.Migration.objects.filter(app="orders").order_by("-id")[0].delete()
    missing = FINE | UNKNOWN | {"status": "failing", "migrations": "missing"}
    assert health() == (503, missing)


def test_an_unreachable_database_is_reported_without_details(db, monkeypatch):
    def away(*_):
        raise DatabaseError("host=secret")

    gone = FINE | UNKNOWN | {"status": "failing", "database": "failing", "migrations": "unknown"}
    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", away)
        assert health() == (503, gone)


def test_the_index_names_all_lists(api):
    lists = (
        "alerts", "categories", "countries", "customers", "exports", "import-mappings", "imports",
        "inventory", "order-items", "orders", "products", "purchases", "schedules", "tags",
        "tax-rates", "vouchers",
    )  # fmt: skip
    assert api.get("/api/").json() == {name: f"/api/{name}/" for name in lists}


@pytest.mark.parametrize("path", ["/swagger/", "/redoc/"])
def test_the_schema_is_public_and_served_by_the_shop(db, path):
    answer = Client().get(path)
    assert answer.status_code == 200
    assert "http://" not in answer.content.decode().replace("http://testserver", "")
    assert "script-src 'self';" in answer["Content-Security-Policy"]


def test_every_operation_documents_its_body_and_errors(db):
    description = Client().get("/swagger.json").json()
    assert description["definitions"]["Problem"]["required"] == [
        "type", "title", "status", "detail", "errors",
    ]  # fmt: skip
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            if method == "parameters":
                continue
            answers = operation["responses"]
            assert {"400", "401", "403", "429"} <= answers.keys(), (method, path)
            assert any(status.startswith("2") for status in answers), (method, path)
            assert operation["description"], (method, path)
    orders = description["paths"]["/api/orders/"]
    assert sorted(parameter["name"] for parameter in orders["get"]["parameters"]) == [
        "country", "customer", "end", "kind", "ordering", "page", "page_size", "product", "search",
        "start", "status", "total_max", "total_min",
    ]  # fmt: skip
    assert sorted(orders["post"]["responses"]) == [
        "201", "400", "401", "403", "409", "413", "415", "422", "429", "503",
    ]  # fmt: skip
    for name in ("NewOrder", "ProductBody", "CustomerBody", "NewInventory", "Return", "NewItem"):
        assert description["definitions"][name]["example"], name
