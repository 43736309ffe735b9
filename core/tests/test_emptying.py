"""A test with transactions of its own leaves what Django's flush would leave."""

import pytest
from django.core.management import call_command
from django.db import connection
from django_q.models import Schedule

from core.tests import emptying
from orders.models import Order

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def flushes():
    return []


@pytest.fixture
def empty(flushes):
    def flush():
        call_command("flush", verbosity=0, interactive=False, reset_sequences=False)
        flushes.append(1)

    return emptying.Emptying(flush)


def everything():
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return {name: emptying.rows(f"SELECT * FROM {name} ORDER BY 1") for name in names}


def test_the_rows_of_a_test_go_and_those_of_migrate_stay(shop, empty, flushes):
    empty()
    flushed = everything()
    assert sorted(name for name, rows in flushed.items() if rows) == sorted(
        emptying.WRITTEN_BY_MIGRATE
    )
    germany = shop.country("Germany", "DE", "EUR", "19")
    shop.sell((shop.product("mug"), 1), customer=shop.customer("bert", germany))
    assert Order.objects.exists()
    empty()
    assert everything() == flushed
    assert len(flushes) == 1


def test_what_a_test_does_to_the_rows_of_migrate_is_undone(empty, flushes):
    empty()
    flushed = Schedule.objects.count()
    Schedule.objects.order_by("pk").first().delete()
    empty()
    assert (Schedule.objects.count(), len(flushes)) == (flushed, 2)
