import re

import pytest
from rest_framework.test import APIClient

from accounts.models import User

PASSWORD = "seven quiet lamps"


@pytest.fixture
def anna(db):
    """An analyst who may sign in by e-mail and by username."""
    return User.objects.create_user(
        "anna@example.com", PASSWORD, username="anna", role="analyst", email_verified=True
    )


@pytest.fixture
def api():
    return APIClient()


def post(path, status, client=None, **body):
    """Post the body as JSON, check the status, and return the body of the answer."""
    address = f"/api/{path}" if "?" in path else f"/api/{path}/"
    response = (client or APIClient()).post(address, body)
    assert response.status_code == status, response.content
    if status >= 400:
        assert response["Content-Type"] == "application/problem+json"
    return response.json() if response.content else None


def bearer(access):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return client


def tokens(**changes):
    return post("token", 200, **{"email": "anna@example.com", "password": PASSWORD, **changes})


def me(client):
    return client.get("/api/users/me/").status_code


def link_in(email) -> str:
    """The path of the link, as the browser asks for it."""
    return re.search(r"://[^/]+(/accounts/\S+)", email.body)[1]


def secret_in(email) -> str:
    return link_in(email).split("/")[-2]
