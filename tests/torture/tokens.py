"""Tokens that nobody was given, or that are over."""

import time

import pytest
from django.conf import settings
from django.test import Client
from jwt import encode
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken

from accounts.roles import Role
from analytics.tests.access import OPEN
from tests.torture.conftest import PROBLEM, often

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unthrottled")]


def forged(user) -> dict[str, str]:
    good = AccessToken.for_user(user)
    claims = dict(good.payload)
    key = settings.SIMPLE_JWT["SIGNING_KEY"]

    def signed(key=key, algorithm="HS256", **changes):
        return encode(
            {k: v for k, v in (claims | changes).items() if v is not None}, key, algorithm
        )

    long_ago = int(time.time()) - 3600
    return {
        "unsigned": signed(key="", algorithm="none"),
        "signed by another key": signed(key="x" * 64),
        "signed by the session's key": signed(key=settings.SECRET_KEY.ljust(32)),
        "expired": signed(exp=long_ago),
        "without an end": signed(exp=None),
        "for somebody else's program": signed(aud="other"),
        "by somebody else's program": signed(iss="other"),
        "of another kind": signed(token_type="refresh"),
        "of nobody": signed(user_id="987654321"),
        "of no number": signed(user_id="1 OR 1=1"),
        "of an older password": signed(**{api_settings.REVOKE_TOKEN_CLAIM: "0" * 32}),
        "cut off": str(good)[:-2],
        "with a changed letter": str(good)[:-10]
        + ("A" if str(good)[-10] != "A" else "B")
        + str(good)[-9:],
        "no token": "x.y.z",
        "nothing": "",
    }


def test_no_forged_or_stale_token_opens_anything(described, signed_in, tried):
    user = signed_in(Role.ADMIN).user
    closed = [o for o in described if o.path.lstrip("/") not in OPEN][:: often(1, 5)]
    tokens = forged(user)
    tried("forged and stale tokens at every closed operation", len(tokens) * len(closed))
    client, faults = Client(raise_request_exception=False), set()
    for what, token in tokens.items():
        for operation in closed:
            path = operation.path.replace("{id}", "1").replace("{suffix}", "csv")
            answer = client.generic(
                operation.method.upper(), path, "{}", "application/json",
                headers={"Authorization": f"Bearer {token}"},
            )  # fmt: skip
            if (answer.status_code, answer["Content-Type"]) != (401, PROBLEM):
                faults.add((what, operation.label, answer.status_code))
    assert faults == set()
