import pytest
from rest_framework.test import APIClient

from imports.tests.desk import Desk
from imports.tests.visitor import Visitor


@pytest.fixture(autouse=True)
def _uploads_of_its_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def desk(api: APIClient) -> Desk:
    return Desk(api)


@pytest.fixture
def visitor(signed_in):
    """`visitor("analyst")`: somebody in that role."""
    return lambda role: Visitor(signed_in(role).user)


@pytest.fixture
def operator(visitor):
    return visitor("operator")
