import pytest

from orders.tests.shop import Shop
from recommendations import offers


@pytest.fixture
def shop(db):
    offers._trained.clear()  # what another test's books taught
    return Shop()
