"""The report that CONTRIBUTING.md shows works on every face, as it stands there."""

import importlib
import json
import re

import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import clear_url_caches

import analytics.urls
from analytics.faces import FACES
from analytics.semantics import report

pytestmark = pytest.mark.once

PATH = "revenue/weekend"


@pytest.fixture
def example():
    """The report as if its module stood in `reports/`, until the test is over."""
    text = (settings.BASE_DIR / "CONTRIBUTING.md").read_text()
    exec(re.search("```python\n(.*?)```", text, re.S)[1], {"__name__": "weekend"})  # noqa: S102
    look_again()
    yield
    del report.declared[PATH]
    look_again()


def look_again():
    report.reports.cache_clear()
    importlib.reload(analytics.urls)
    importlib.reload(importlib.import_module(settings.ROOT_URLCONF))
    clear_url_caches()


@pytest.fixture
def sold(shop):
    mug = shop.product("mug")
    for day, pieces in (("2026-03-06", 1), ("2026-03-07", 2), ("2026-03-08", 4)):
        shop.sell((mug, pieces), on=day)  # Friday, Saturday, Sunday


def test_it_answers(api, sold, example):
    rows = api.get("/api/revenue/weekend/").json()["rows"]
    assert [tuple(row.values()) for row in rows] == [
        ("week", "10.00", 1, "10.00"),
        ("weekend", "60.00", 2, "30.00"),
    ]
    rows = api.get("/api/revenue/weekend/?begins=7").json()["rows"]
    assert [row["revenue"] for row in rows] == ["30.00", "40.00"]


@pytest.mark.parametrize("face", FACES)
def test_it_has_every_face(api, sold, example, face):
    assert api.get(f"/api/revenue/weekend.{face}").status_code == 200


def test_it_checks_its_parameters(api, sold, example):
    refused = api.get("/api/revenue/weekend/?begins=9")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "begins"


def test_it_is_on_the_command_line_and_in_swagger(api, sold, example, capsys):
    call_command("report", PATH, "begins=7", format="json")
    assert json.loads(capsys.readouterr().out)["filters"]["begins"] == 7
    assert "/api/revenue/weekend/" in api.get("/swagger.json").json()["paths"]


def test_it_is_gone_again(api):
    assert api.get("/api/revenue/weekend/").status_code == 404
