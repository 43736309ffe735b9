from math import inf

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import TransactionTestCase, override_settings
from django.utils.datastructures import MultiValueDict
from hypothesis import settings
from rest_framework.test import APIClient

from core import throttles
from core.tests.emptying import MigratedRows
from orders.tests.shop import Shop
from shop_settings import saved

# A busy machine makes no example wrong.
settings.register_profile("without deadline", deadline=None)
settings.load_profile("without deadline")


@pytest.fixture(autouse=True)
def _empty_caches_and_rate_limits(_separate_ledger):
    cache.clear()
    throttles.forget()


@pytest.fixture(autouse=True, scope="session")
def _settings_are_read_when_a_test_saves_one():
    """And not by the clock: queries are counted."""
    saved.SECONDS = saved.next_read = inf


@pytest.fixture(autouse=True)
def _settings_saved_by_no_other_test():
    yield
    saved.replace_settings({})


@pytest.fixture(autouse=True, scope="session")
def _separate_ledger(tmp_path_factory):
    """Tests write no files into the checkout, and each process has its own ledger."""
    folder = tmp_path_factory.mktemp("ledger")
    with override_settings(LEDGER_FOLDER=folder, RATE_COUNTS=folder.with_suffix(".rates")):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """After a test with transactions of its own: see core/tests/emptying.py."""
    with django_db_blocker.unblock():
        migrated = MigratedRows()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(TransactionTestCase, "_fixture_teardown", lambda _: migrated.restore())
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


@pytest.fixture
def shop(db):
    return Shop()


@pytest.fixture
def ask(db):
    """The answer of a report: `ask("revenue/monthly", end="2026-03-01", country=["DE", "FR"])`."""

    from analytics.query.run import run_report
    from analytics.semantics.filters import Reader

    def result(path, reader=None, **parameters):
        lists = {
            name: value if isinstance(value, list) else [str(value)]
            for name, value in parameters.items()
        }
        return run_report(path, MultiValueDict(lists), reader or Reader())

    return result


@pytest.fixture
def rows(ask):
    """The rows of a report, as tuples in the order of its columns."""
    return lambda path, **parameters: [tuple(row.values()) for row in ask(path, **parameters).rows]


@pytest.fixture
def columns_of(ask):
    """Some columns of a report: `columns_of("products/top", "sku", "units", limit=3)`."""

    def result(path, *names, **parameters):
        return [tuple(row[name] for name in names) for row in ask(path, **parameters).rows]

    return result
