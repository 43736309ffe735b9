"""A test with transactions of its own leaves what the migrations left."""

from decimal import Decimal as D

import pycountry
import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import TransactionTestCase
from django_q.models import Schedule

from core.tests.emptying import MigratedRows
from customers.models import Country
from orders.models import Order, TaxRate

pytestmark = pytest.mark.django_db(transaction=True)


def end_of_a_test():
    TransactionTestCase()._fixture_teardown()


def everything():
    migrated = MigratedRows()
    return {table: migrated.rows(table) for table in migrated.columns}


def test_what_a_test_writes_goes(shop):
    germany = shop.country("Germany", "DE", "EUR", "19")
    shop.sell((shop.product("mug"), 1), customer=shop.customer("bert", germany))
    assert Order.objects.exists()
    end_of_a_test()
    assert not Order.objects.exists()


def test_the_countries_and_rates_of_the_migrations_are_as_they_were(shop):
    shop.country("Germany", "DE", "USD")
    Country.objects.filter(code="CZ").delete()
    end_of_a_test()
    assert Country.objects.count() == len(pycountry.countries)
    assert Country.objects.get(code="CZ").name == "Czechia"
    germany = Country.objects.get(code="DE")
    assert (germany.currency, germany.taxes_shipping) == ("EUR", True)
    rates = TaxRate.objects.filter(country=germany).order_by("valid_from")
    assert [rate.rate for rate in rates] == [D(19), D(16), D(19)]


def test_it_is_the_same_to_the_last_row_whatever_a_test_did():
    before = everything()
    Schedule.objects.order_by("pk").first().delete()
    Schedule.objects.update(repeats=7)
    ContentType.objects.create(app_label="orders", model="receipt")
    TaxRate.objects.all().delete()
    Country.objects.create(name="Atlantis")
    assert everything() != before
    end_of_a_test()
    assert everything() == before
