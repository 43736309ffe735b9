import pytest
from rest_framework.test import APIClient

from imports.tests.desk import Desk
from orders.tests.shop import Shop


@pytest.fixture(autouse=True)
def _uploads_of_its_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def desk(api: APIClient) -> Desk:
    return Desk(api)


@pytest.fixture
def shop(db):
    return Shop()
