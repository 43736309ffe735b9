"""Lines of the log: which request, what broke and why, and nothing of anybody."""

import json
import logging

import pytest
from django.test import Client

from core.logs import JsonLines, masked


def line(**more) -> dict:
    record = logging.LogRecord("a", logging.ERROR, "a.py", 1, "it %s", ("broke",), None)
    record.__dict__.update(more)
    return json.loads(JsonLines().format(record))


def test_a_record_without_an_exception_is_formatted():
    assert line(exc_info=(None, None, None))["message"] == "it broke"


def test_an_exception_is_logged_with_its_causes_and_their_frames():
    try:
        try:
            {}["country_id"]
        except KeyError as error:
            raise ValueError("no rate for SEK") from error
    except ValueError as error:
        record = line(exc_info=(type(error), error, error.__traceback__))
    assert (record["error"], record["reason"]) == ("ValueError", "no rate for SEK")
    assert "test_logs.py" in record["trace"][0]
    (cause,) = record["causes"]
    assert (cause["error"], cause["reason"]) == ("KeyError", "'country_id'")
    assert "test_logs.py" in cause["trace"][0]


def test_a_context_is_a_cause_unless_it_is_suppressed():
    def causes(from_none):
        try:
            try:
                1 / 0  # noqa: B018
            except ZeroDivisionError:
                raise (ValueError("x") if not from_none else suppressed())  # noqa: B904
        except ValueError as error:
            return [c["error"] for c in line(exc_info=(None, error, None))["causes"]]

    def suppressed():
        error = ValueError("x")
        error.__suppress_context__ = True
        return error

    assert (causes(False), causes(True)) == (["ZeroDivisionError"], [])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("UNIQUE constraint failed: customers_customer.email",
         "UNIQUE constraint failed: customers_customer.email"),
        ("Duplicate entry 'Anna O'Neill' for key 'customers_email'",
         "Duplicate entry '…' for key 'customers_email'"),
        ("DETAIL:  Key (email)=(anna@example.com) already exists.",
         "DETAIL:  Key (email)=(…) already exists."),
        ("DETAIL:  Failing row contains (7, Anna (x), 1.00).",
         "DETAIL:  Failing row contains (…)."),
        ("nobody is called anna.b@example.com here", "nobody is called <e-mail> here"),
        ("invalid literal for int() with base 10: 'Anna B'",
         "invalid literal for int() with base 10: '…'"),
        ("Error 111 connecting to redis://shop:secret@10.1.2.3:6379",
         "Error 111 connecting to redis://…@<address>:6379"),
        ("token eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VyIjo3fQ.abc", "token <token>"),
        ("call +49 170 1234567", "call <number>"),
        ("order 4711 of 2026-03", "order 4711 of 2026-03"),
        ("x" * 600, "x" * 500 + "…"),
    ],
)  # fmt: skip
def test_personal_data_is_masked(text, shown):
    assert masked(text) == shown


def test_a_refused_request_is_logged_with_its_id_and_its_route(db, caplog):
    answer = Client().get("/accounts/reset/secret-token/", headers={"X-Request-ID": "watch-1234"})
    assert answer.status_code == 404 or answer.status_code == 400
    formatted = [
        json.loads(JsonLines().format(r)) for r in caplog.records if r.name == "django.request"
    ]
    assert [(entry["level"], entry["request"]) for entry in formatted] == [
        ("WARNING", "watch-1234")
    ]
    assert "secret-token" not in formatted[0]["message"]
