"""A month of very many lines: 202 at once, and the file as soon as the worker has made it."""

import pytest

from exports import jobs, large_months
from exports.models import Export
from exports.tests.books import opened

pytestmark = pytest.mark.once
MARCH = "/api/export-sales/3/2026/"


@pytest.fixture
def crowded(sold, monkeypatch):
    """March has more lines than are written while somebody waits."""
    monkeypatch.setattr(large_months, "MAX_LINES", 2)
    return sold


def test_a_large_month_is_202_until_it_is_made_and_then_the_file(crowded, api):
    answer = api.get(MARCH)
    export = Export.objects.get()
    address = f"/api/exports/{export.pk}/file/"
    assert (answer.status_code, answer["Location"]) == (202, address)
    assert answer.json() == {"id": export.pk, "state": "waiting", "address": address}
    assert api.get(MARCH).json() == answer.json()  # asked again, it is still one
    jobs.make(export.pk)
    file = api.get(MARCH)
    assert (file.status_code, file.streaming) == (200, True)
    content = file.getvalue()
    assert content == api.get(address).getvalue()
    assert "Lines" in opened(content).sheetnames
    assert Export.objects.count() == 1


def test_other_parameters_are_another_file(crowded, api, monkeypatch):
    monkeypatch.setattr(large_months, "MAX_LINES", 1)
    first = api.get(MARCH).json()["id"]
    assert api.get(f"{MARCH}?country=DE").json()["id"] != first
    refused = api.get(f"{MARCH}?colour=red")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "colour")


def test_a_file_of_an_older_state_is_made_anew_after_a_while(crowded, api):
    jobs.make(api.get(MARCH).json()["id"])
    crowded.sell((crowded.product("hat"), 1), on="2026-03-20")
    assert api.get(MARCH).status_code == 200
    Export.objects.update(finished_at="2026-03-01T00:00:00Z")
    assert api.get(MARCH).status_code == 202
    assert Export.objects.count() == 2


def test_a_small_month_is_written_at_once(crowded, api):
    assert api.get("/api/export-sales/2/2026/").status_code == 200
    assert not Export.objects.exists()


def test_a_large_month_of_other_countries_is_not_large_for_a_manager(crowded, signed_in):
    france = crowded.country("France", "FR", "EUR", "20")
    assert signed_in("manager", france).get(MARCH).status_code == 200
