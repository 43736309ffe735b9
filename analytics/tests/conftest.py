import pytest
from django.utils.datastructures import MultiValueDict

from analytics.query.query import answer
from analytics.semantics.filters import Reader
from orders.tests.shop import Shop


@pytest.fixture
def shop(db):
    return Shop()


@pytest.fixture
def ask(db):
    """The answer to a report: `ask("revenue/monthly", end="2026-03-01", country=["DE", "FR"])`."""

    def result(path, reader=None, **parameters):
        lists = {
            name: value if isinstance(value, list) else [str(value)]
            for name, value in parameters.items()
        }
        return answer(path, MultiValueDict(lists), reader or Reader())

    return result


@pytest.fixture
def rows(ask):
    """The rows of a report, as tuples in the order of its columns."""
    return lambda path, **parameters: [tuple(row.values()) for row in ask(path, **parameters).rows]


@pytest.fixture
def told(ask):
    """Some columns of a report: `told("products/top", "sku", "units", limit=3)`."""

    def tell(path, *names, **parameters):
        return [tuple(row[name] for name in names) for row in ask(path, **parameters).rows]

    return tell
