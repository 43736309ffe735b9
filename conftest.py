import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import override_settings
from rest_framework.test import APIClient

from core import throttles


@pytest.fixture(autouse=True)
def _nobody_was_throttled_yet(_ledger_of_its_own):
    cache.clear()
    throttles.forget()


@pytest.fixture(autouse=True, scope="session")
def _ledger_of_its_own(tmp_path_factory):
    """Tests write no files into the checkout, and each process has its own ledger."""
    folder = tmp_path_factory.mktemp("ledger")
    with override_settings(LEDGER_FOLDER=folder, RATE_COUNTS=folder.with_suffix(".rates")):
        yield


@pytest.fixture
def signed_in(db):
    """A client of the API in a role: `signed_in("manager", germany)`."""

    def sign_in(role, *countries):
        users = get_user_model().objects
        user = users.create_user(f"{role or 'nobody'}{users.count()}@example.com", role=role)
        user.countries.set(countries)
        client = APIClient(raise_request_exception=False)
        client.force_authenticate(user)
        client.user = user
        return client

    return sign_in


@pytest.fixture
def api(signed_in):
    return signed_in("admin")
