import pytest

from orders.tests.shop import Shop


@pytest.fixture
def shop(db):
    return Shop()
