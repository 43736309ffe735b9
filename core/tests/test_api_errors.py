"""Whatever goes wrong: one shape, a status that says what, and nothing of the inside."""

import json

import pytest
from django.test import Client
from rest_framework.test import APIClient

from catalog.models import Product
from orders.models import Order

JSON = "application/json"


def problem(answer, status):
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body.keys() == {"type", "title", "status", "detail", "errors"}
    assert (body["status"], "Traceback" in str(body)) == (status, False)
    return body


def send(api, text, content_type=JSON, path="/api/tags/", **headers):
    return api.generic("POST", path, text, content_type, **headers)


@pytest.mark.parametrize(
    "text",
    [
        "{", "", "NaN", "\ufeff{}", "[" * 100_000, '{"name": ' + "9" * 5000 + "}",
        '{"name": "\\ud800"}', '{"\\udfff": 1}', '{"name": "\\u0000"}', "[]", "null", "1", '"x"',
        b"\xff\xfe{\x00}\x00", '{"name": "a", "name": "b"}', '{"name": "a", "na\\u006de": "a"}',
    ],
)  # fmt: skip
def test_a_body_that_is_not_a_json_object_is_refused(api, text):
    problem(send(api, text), 400)


def test_some_of_many_unknown_fields_are_named(api):
    body = problem(send(api, json.dumps({f"f{n}": 1 for n in range(1000)})), 400)
    assert [error["field"] for error in body["errors"]] == [f"f{n}" for n in range(20)]


def test_a_body_of_another_media_type_is_refused(api):
    problem(send(api, "<tag/>", "text/xml"), 415)
    problem(send(api, "name=x", "application/x-www-form-urlencoded"), 415)
    assert send(api, '{"name": "x"}', "application/json; charset=rot13").status_code == 201


def test_a_body_that_is_too_large_is_not_read(api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    problem(send(api, '{"name": "%s"}' % ("x" * 1000)), 413)


def test_unknown_addresses_and_methods_have_their_own_status(api):
    assert "/api/ lists" in problem(api.get("/api/nothing/"), 404)["detail"]
    problem(api.post("/api/product", {}), 404)
    problem(api.get("/api/products/x1/"), 404)
    problem(api.get("/api/products/9999999999999999999999/"), 404)
    problem(api.get("/api/products/999999999999999999/"), 404)
    answer = api.put("/api/products/", {})
    problem(answer, 405)
    assert answer["Allow"] == "GET, HEAD, POST"
    problem(api.options("/api/products/"), 405)
    problem(api.get("/api/products/", headers={"Accept": "text/html"}), 406)


def test_an_anonymous_request_is_told_how_to_authenticate(db):
    answer = APIClient().get("/api/products/")
    problem(answer, 401)
    assert answer["WWW-Authenticate"].startswith("Bearer")
    problem(APIClient().get("/api/", headers={"Authorization": "Bearer x"}), 401)


def test_a_session_needs_its_csrf_token(api):
    client = Client(enforce_csrf_checks=True)
    client.force_login(api.user, "accounts.backends.EmailOrUsername")
    assert client.get("/api/products/").status_code == 200
    problem(client.post("/api/tags/", {"name": "x"}, JSON), 403)


def test_a_crash_shows_only_the_request_id(api, shop, monkeypatch):
    monkeypatch.setattr("orders.services.place_order", lambda **_: 1 / 0)
    mug = shop.product("mug")
    answer = api.post(
        "/api/orders/", {"country": "DE", "items": [{"product": mug.pk, "quantity": 1}]}
    )
    number = answer["X-Request-ID"]
    assert problem(answer, 500)["detail"] == f"Something went wrong. The error number is {number}."


def test_a_strange_host_is_refused(api):
    problem(api.get("/api/products/", headers={"Host": "evil.example"}), 400)
    page = Client().get("/", headers={"Host": "evil.example"})
    assert (page.status_code, page["Content-Type"]) == (400, "text/html; charset=utf-8")


def test_too_many_requests_get_a_retry_after(api, monkeypatch):
    monkeypatch.setattr(
        "core.throttles.UserThrottle.THROTTLE_RATES", {"user": "1/min", "anon": None}
    )
    assert api.get("/api/tags/").status_code == 200
    answer = api.get("/api/tags/")
    problem(answer, 429)
    assert 0 < int(answer["Retry-After"]) <= 60


def test_of_two_parallel_inserts_of_the_same_row_one_is_a_conflict(api, monkeypatch):
    Product.objects.create(sku="mug", name="Mug", price=1)
    # The check came too early: the other one was written between it and the insert.
    monkeypatch.setattr("rest_framework.validators.UniqueValidator.__call__", lambda *_: None)
    answer = api.post("/api/products/", {"sku": "mug", "name": "x", "price": "1"})
    assert "just written" in problem(answer, 409)["detail"]


def test_a_missing_page_is_answered_with_a_page(db):
    answer = Client().get("/nothing/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "There is nothing at this address." in answer.content.decode()


def test_an_order_with_too_many_lines_is_refused(api, shop):
    line = {"product": shop.product("mug").pk, "quantity": 1}
    answer = api.post("/api/orders/", {"country": "DE", "items": [line] * 1001})
    assert problem(answer, 400)["errors"][0]["field"] == "items"
    assert not Order.objects.exists()
