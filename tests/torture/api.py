"""The API asked at random, by everybody, whatever its description allows and forbids."""

import json
import time
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from urllib.parse import quote, urlencode

import hypothesis.strategies as st
import pytest
import requests
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as dice
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from accounts import jwt
from accounts.roles import Role
from orders.models import Order
from tests.torture.conftest import CUT, PROBLEM, SEED, is_report, often

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unthrottled")]

ANYWHERE = {405, 406, 414}  # what the description says of every operation
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


def wrong(operation, answer) -> Iterator[str]:
    """What an answer has that its description does not."""
    known = {int(status) for status in operation.definition.raw["responses"]}
    if answer.status_code >= 500:
        yield f"answers {answer.status_code}"
    elif answer.status_code not in known | ANYWHERE:
        yield f"answers {answer.status_code}, which is not described"
    if answer.status_code >= 400:
        kind = answer["Content-Type"]
        if kind != PROBLEM:
            yield f"answers {answer.status_code} as {kind}"
        elif set(json.loads(answer.content)) != {"type", "title", "status", "detail", "errors"}:
            yield f"answers {answer.status_code} with another body"


def sent(case, headers):
    """Through Django's own test client, which leaves the test its database connection."""
    asked = requests.Request(**case.as_transport_kwargs(base_url="http://localhost"))
    asked = asked.prepare()
    left_out = ("Content-Length", "Accept-Encoding")  # the answer is to be read as it is
    more = {name: value for name, value in asked.headers.items() if name not in left_out}
    return Client(raise_request_exception=False).generic(
        asked.method,
        asked.url.removeprefix("http://localhost"),
        asked.body or b"",
        more.pop("Content-Type", "application/octet-stream"),
        headers=more | headers,
    )


def asked(operation, mode, times, headers, known_ids, faults):
    """Ask one operation; each request leaves no trace."""

    @seed(SEED)
    @dice(
        max_examples=times, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode), pick=st.integers(0, 3))
    def ask(case, pick):
        if pick and "id" in (case.path_parameters or {}) and mode == GenerationMode.POSITIVE:
            case.path_parameters["id"] = known_ids[pick % len(known_ids)]
        with transaction.atomic():
            answer = sent(case, headers)
            transaction.set_rollback(True)
        for what in wrong(operation, answer):
            faults.setdefault((operation.label, what), case.as_curl_command())

    # Where an operation takes nothing, there may be no wrong way to ask it.
    with suppress(Unsatisfiable) if mode == GenerationMode.NEGATIVE else nullcontext():
        ask()


def ids_of(operation, ids) -> list[int]:
    found = ids.get(operation.path.split("/")[2], (1, None))
    return [pk for pk in found if pk] or [1]


@pytest.mark.parametrize("role", [*Role, "", "stranger"])
def test_everything_is_answered_as_described(role, described, ids, signed_in, shop, tried):
    headers = {}
    if role != "stranger":
        user = signed_in(role, shop.germany).user
        user.email_verified = True
        user.save()
        headers = {"Authorization": f"Bearer {jwt.new_pair(user)['access']}"}
    times = often(2 if role == Role.ADMIN else 1, 1)
    tried(
        f"requests to {len(described)} operations as {role or 'no role'}, right and wrong",
        len(described) * times * len(MODES),
    )
    faults = {}
    for operation in described:
        for mode in MODES:
            asked(operation, mode, times, headers, ids_of(operation, ids), faults)
    assert faults == {}, "\n".join(
        f"{where}: {what}\n    {how}" for (where, what), how in faults.items()
    )


# What is not meant as a value but as a program


SECRET = "open-sesame-of-a-file"


def injections(path) -> list[str]:
    return [
        "' OR 1=1 --", "1) UNION SELECT password FROM accounts_user --",
        "\"; DROP TABLE orders_order; --",
        f"' || (select content from read_text('{path}')) || '", f"read_csv('{path}')", f"{path}",
        f"file://{path}", f"../../../../../../../..{path}", f"load_file('{path}')",
        f"pg_read_file('{path}')", "'; select pg_sleep(5); --", "' or sleep(5) or '",
        "{{ settings.SECRET_KEY }}", "{% debug %}", "${jndi:ldap://127.0.0.1/x}", "$(sleep 5)",
        "\0", "%00", "\ud7ff\U0010ffff", "=cmd|' /C calc'!A0",
    ]  # fmt: skip


def ways_in(operation) -> Iterator[tuple[str, str]]:
    """(where, name) of every parameter, and of every field of a body."""
    whole = operation.schema.raw_schema
    for parameter in whole["paths"][operation.path][operation.method].get("parameters", ()):
        if parameter["in"] == "body":
            for name in properties(parameter["schema"], whole):
                yield "body", name
        elif parameter["in"] in ("query", "header", "path"):
            yield parameter["in"], parameter["name"]


def properties(schema, whole) -> list[str]:
    if "$ref" in schema:
        schema = whole["definitions"][schema["$ref"].rpartition("/")[2]]
    return list(schema.get("properties", ()))


def sent_with(client, operation, where, name, text, pk):
    path = operation.path.replace("{id}", str(pk)).replace("{suffix}", "csv")
    method = operation.method.upper()
    if where == "query":
        return client.generic(method, f"{path}?{urlencode({name: text})}")
    if where == "header":
        text = text.encode("ascii", "ignore").decode().replace("\0", "")
        return client.generic(method, path, "{}", "application/json", headers={name: text})
    if where == "path":
        return client.generic(method, operation.path.replace(f"{{{name}}}", quote(text, safe="")))
    return client.generic(method, path, json.dumps({name: text}), "application/json")


def test_nothing_that_is_sent_is_taken_for_a_program(
    described, ids, signed_in, tmp_path, tried, chance
):
    secret = tmp_path / "secret.csv"
    secret.write_text(f"a,b\n{SECRET},1\n")
    client, texts = signed_in(Role.ADMIN), injections(secret)
    client.raise_request_exception = False
    asked = [
        (operation, where, name, text)
        for operation in described
        for where, name in ways_in(operation)
        for text in (texts if not CUT else chance.sample(texts, 1))
        if "/token/" not in operation.path and "/auth/" not in operation.path
    ]
    if not CUT:  # each text into each parameter of the resources, and into some of each report's
        asked = [a for a in asked if not is_report(a[0]) or chance.random() < 0.1]
    tried("SQL, file functions and templates in every parameter and field", len(asked))
    faults = {}
    for operation, where, name, text in asked:
        started = time.monotonic()
        with transaction.atomic():
            answer = sent_with(client, operation, where, name, text, ids_of(operation, ids)[0])
            content = b"".join(answer.streaming_content) if answer.streaming else answer.content
            assert Order.objects.exists()
            transaction.set_rollback(True)
        found = [
            what
            for what in (SECRET, "argon2", "Traceback", "sqlite3", "psycopg", "MySQLdb")
            if what.encode() in content
        ]
        found += [] if time.monotonic() - started < 4 else ["slept"]
        for what in [*wrong(operation, answer), *found]:
            faults.setdefault((operation.label, where, name, what), text)
    assert faults == {}


BODIES = {
    "nested lists": "[" * 200_000,
    "nested objects": '{"a":' * 200_000 + "1" + "}" * 200_000,
    "a list inside of a field": '{"name": ' + "[" * 900 + "]" * 900 + "}",
    "more than is taken": '{"name": "' + "x" * 6 * 2**20 + '"}',
    "a million fields": "{" + ",".join(f'"f{n}":1' for n in range(300_000)) + "}",
    "a number of a million digits": '{"name": ' + "9" * 1_000_000 + "}",
    "a tiny number": '{"price": 1e-999999999, "quantity": 1e999999999}',
    "a field twice": '{"name": "a", "name": "b"}',
    "no number": '{"price": NaN, "quantity": Infinity}',
    "half a letter": '{"name": "\\ud83d"}',
    "UTF-16": '{"name": "a"}'.encode("utf-16"),
    "nothing": b"",
}


def test_no_body_is_too_much(described, ids, signed_in, tried):
    client = signed_in(Role.ADMIN)
    client.raise_request_exception = False
    takers = [o for o in described if o.body and "/token/" not in o.path]
    takers = takers[:: often(1, 4)]
    tried(
        "nested, huge, doubled, broken JSON to every operation that takes a body",
        len(takers) * len(BODIES),
    )
    faults = {}
    for operation in takers:
        path = operation.path.replace("{id}", str(ids_of(operation, ids)[0]))
        for what, body in BODIES.items():
            started = time.monotonic()
            with transaction.atomic():
                answer = client.generic(operation.method.upper(), path, body, "application/json")
                transaction.set_rollback(True)
            slow = [] if time.monotonic() - started < 5 else ["took more than 5 s"]
            for fault in [*wrong(operation, answer), *slow]:
                faults.setdefault((operation.label, fault), what)
            if answer.status_code < 400 and what != "nothing":
                faults.setdefault((operation.label, "takes it"), what)
    assert faults == {}
