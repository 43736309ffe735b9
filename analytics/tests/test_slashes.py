"""Every address of the API is one with and without its last slash, whatever the method."""

import re

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from analytics.tests.access import METHODS, routes, with_analysis_name
from core import throttles
from ledger import build

pytestmark = pytest.mark.once

BODY = {"surprise": 1}  # who reads it names it in the refusal


def addresses():
    """One of each address that is served by the API's framework and ends in a slash."""
    for address, view in routes():
        if hasattr(view, "cls") and address.endswith("/"):
            path = re.sub(r"\(\?P<[a-z_]+>[^)]*\)|<int:[a-z_]+>", "1", with_analysis_name(address))
            yield "/" + re.sub(r"<[a-z]+:[a-z_]+>", "x", path).replace("\\", "")


def answers(client, method, path):
    """What both spellings answer: status, kind, and the reasons of a refusal."""
    for spelling in (path, path.removesuffix("/")):
        throttles.forget()  # the counts of requests
        with transaction.atomic():
            data = {} if method in ("get", "delete") else {"data": BODY}
            answer = getattr(client, method)(spelling, **data)
            transaction.set_rollback(True)
        refused = answer.content if answer.status_code >= 400 else b""
        yield answer.status_code, answer.get("Content-Type"), refused


def test_both_spellings_answer_alike(db, signed_in):
    build.current()  # what a request builds is rolled back with it
    for client in (APIClient(), signed_in("")):
        for path in addresses():
            with_slash, without = answers(client, "get", path)
            assert with_slash == without, path
            assert without[0] not in (301, 302, 307, 308, 404), path


@pytest.mark.parametrize("method", METHODS[1:])
def test_no_spelling_loses_a_body(method, api, shop):
    shop.sell((shop.product("mug"), 2))
    build.current()  # what a request builds is rolled back with it
    for path in addresses():
        with_slash, without = answers(api, method, path)
        assert with_slash == without, path
        assert without[0] not in (301, 302, 307, 308), path


def test_a_body_arrives_without_the_last_slash(api, shop):
    mug = {"sku": "mug", "name": "Mug", "price": "12.50"}
    created = api.post("/api/products", mug)
    assert (created.status_code, created.json()["sku"]) == (201, "mug")
    address = f"/api/products/{created.json()['id']}"
    assert api.patch(address, {"name": "Cup"}).json()["name"] == "Cup"
    assert api.get("/api/products?search=cup").json()["count"] == 1
    assert api.delete(address).status_code == 204


def test_other_addresses_are_as_they_are(api, shop):
    assert api.get("/api/products/top.csv").status_code == 200
    assert api.get("/api/products/top.csv/").status_code == 404
    assert api.get("/api/nothing").status_code == 404
    assert api.get("/reports")["Location"] == "/reports/"  # pages: a browser's bar shows where


def test_the_description_has_each_address_once(api):
    paths = api.get("/swagger.json").json()["paths"]
    plain = [path.rstrip("/") for path in paths]
    assert len(plain) == len(set(plain))
    assert "/api/products/" in paths
