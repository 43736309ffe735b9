"""The description of the API is valid for two validators, and clients are made of it."""

import re
from collections import Counter

import pytest
import schemathesis
from django.test import Client
from openapi_spec_validator import OpenAPIV2SpecValidator
from swagger_spec_validator.validator20 import validate_spec

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def description(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        return Client().get("/swagger.json").json()


def operations(description):
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                yield path, method, operation


def enums(part):
    """Each part that has choices."""
    if isinstance(part, dict):
        if isinstance(part.get("enum"), list):
            yield part
        part = list(part.values())
    for inner in part if isinstance(part, list) else ():
        yield from enums(inner)


def test_two_validators_accept_the_schema(description):
    assert [error.message for error in OpenAPIV2SpecValidator(description).iter_errors()] == []
    validate_spec(description)


def test_operation_names_are_readable_and_unique(description):
    names = Counter(operation["operationId"] for _, _, operation in operations(description))
    assert [name for name, count in names.items() if count > 1] == []
    assert [name for name in names if not re.fullmatch("[a-z0-9]+(_[a-z0-9]+)*", name)] == []
    for name in (
        "api_orders_list", "api_orders_create", "api_orders_read", "api_orders_pay",
        "api_customers_churn_read", "api_customers_churn_file", "api_token_create",
    ):  # fmt: skip
        assert names[name] == 1, name


def test_a_client_can_be_generated(description):
    client = schemathesis.openapi.from_dict(description)
    made = {found.ok().definition.raw["operationId"] for found in client.get_all_operations()}
    assert made == {operation["operationId"] for _, _, operation in operations(description)}
    case = client["/api/orders/"]["GET"].Case(query={"status": "paid"})
    assert case.operation.definition.raw["operationId"] == "api_orders_list"


def test_model_names_are_unique(description):
    """A generator names a class after the title of an object within another."""
    titles = [
        field["title"]
        for model in description["definitions"].values()
        for field in model.get("properties", {}).values()
        if field.get("type") == "object" and "title" in field
    ]
    assert titles == []


def test_every_response_with_a_body_has_a_schema(description):
    without = [
        (method, path, status)
        for path, method, operation in operations(description)
        for status, answer in operation["responses"].items()
        if status in ("200", "201", "202") and "schema" not in answer
    ]
    assert without == []


def test_a_default_is_one_of_the_choices(description):
    wrong = [
        part
        for part in enums(description)
        if part.get("default", part["enum"][0]) not in part["enum"]
    ]
    assert wrong == []


def test_token_endpoints_need_no_token(description):
    paths = description["paths"]
    for path in ("/api/token/", "/api/token/refresh/", "/api/auth/login/", "/api/auth/register/"):
        assert paths[path]["post"]["security"] == [], path
    assert "security" not in paths["/api/orders/"]["post"]
    assert description["security"] == [{"Bearer": []}]


def test_a_country_is_a_number_or_text(description):
    country = description["definitions"]["NewOrder"]["properties"]["country"]
    assert "type" not in country
    assert "ISO code" in country["description"]
