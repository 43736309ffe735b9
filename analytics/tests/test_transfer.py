"""How answers travel: compressed, and not at all to who has them already."""

import gzip

import pytest
from django.test import Client

from analytics.faces import FACES
from analytics.semantics.report import reports
from imports.tests.visitor import Visitor

pytestmark = pytest.mark.once

GZIP = {"HTTP_ACCEPT_ENCODING": "gzip, br"}


@pytest.fixture
def sold(shop):
    return shop.sell((shop.product("mug", category="Mugs"), 2), on="2026-03-05")


@pytest.mark.parametrize("name", ["json", "csv", "svg", "vega"])
def test_text_is_compressed_for_who_understands_it(api, sold, name):
    address = f"/api/revenue/by-hour.{name}"
    plain, packed = api.get(address), api.get(address, **GZIP)
    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed["Vary"]
    assert gzip.decompress(packed.content) == plain.content
    assert len(packed.content) < len(plain.content)


@pytest.mark.parametrize("name", ["xlsx", "png"])
def test_what_is_compressed_already_is_left_alone(api, sold, name):
    assert "Content-Encoding" not in api.get(f"/api/revenue/by-hour.{name}", **GZIP)


def test_pages_are_compressed_with_a_length_that_tells_nothing(api, sold):
    browser = Visitor(api.user).client
    packed = [browser.get("/reports/revenue/monthly/", **GZIP) for _ in range(6)]
    assert {page["Content-Encoding"] for page in packed} == {"gzip"}
    assert b"<!doctype html>" in gzip.decompress(packed[0].content).lower()
    assert len({len(page.content) for page in packed}) > 1


def test_large_answers_are_compressed_while_they_are_sent(api, sold, monkeypatch):
    monkeypatch.setattr("analytics.query.cache.cache.largest", 10)
    answer = api.get("/api/orders/list.csv", **GZIP)
    assert answer.streaming
    assert answer["Content-Encoding"] == "gzip"
    assert b"mug" not in b"".join(answer.streaming_content)


@pytest.mark.parametrize("name", FACES)
def test_who_has_the_answer_gets_304(api, sold, name):
    first = api.get(f"/api/revenue/by-hour.{name}")
    again = api.get(f"/api/revenue/by-hour.{name}", HTTP_IF_NONE_MATCH=first["ETag"])
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again["ETag"] == first["ETag"]
    assert again["Cache-Control"] == "private, no-cache"
    assert {"Authorization", "Cookie"} <= set(again["Vary"].split(", "))


def test_a_compressed_answer_is_known_again(api, sold):
    first = api.get("/api/revenue/by-hour/", **GZIP)
    again = api.get("/api/revenue/by-hour/", **GZIP, HTTP_IF_NONE_MATCH=first["ETag"])
    assert again.status_code == 304


@pytest.mark.parametrize("path", sorted(reports()))
def test_each_report_has_the_same_mark_for_the_same_question(api, sold, path):
    answers = [api.get(f"/api/{path}/") for _ in range(2)]
    assert answers[0].status_code == answers[1].status_code
    assert len({answer.get("ETag") for answer in answers}) == 1


def marks(*answers):
    return {answer["ETag"] for answer in answers}


def test_another_question_reader_face_or_state_has_another_mark(api, signed_in, shop, sold):
    manager = signed_in("manager", shop.germany)
    address = "/api/revenue/monthly/"
    seen = marks(
        api.get(address),
        api.get(f"{address}?start=2026-03-01"),
        api.get(f"{address}?country=DE"),
        api.get("/api/revenue/monthly.csv"),
        api.get("/api/revenue/monthly.csv?bom=1"),
        manager.get(address),
    )
    assert len(seen) == 6
    shop.sell((shop.product("cup"), 1), on="2026-03-06")
    assert not seen & marks(api.get(address))


def test_nobody_learns_by_a_mark_what_they_may_not_see(api, sold):
    mark = api.get("/api/revenue/monthly/")["ETag"]
    answer = Client().get("/api/revenue/monthly/", HTTP_IF_NONE_MATCH=mark)
    assert answer.status_code == 401
