import pytest

from orders.tests.shop import Shop
from recommendations import trained


@pytest.fixture
def shop(db):
    trained._trained.clear()  # what another test's books taught
    return Shop()
