from decimal import Decimal as D

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from accounts.models import User
from exports.tests.books import fetched
from imports.tests.visitor import Visitor
from orders.tests.shop import Shop


@pytest.fixture(autouse=True)
def _files_of_its_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def sold(shop):
    return with_sales(shop)


@pytest.fixture(scope="module")
def march(django_db_setup, django_db_blocker):
    """The report of March 2026, fetched once for all tests that only read it."""
    with django_db_blocker.unblock(), transaction.atomic():
        march = with_sales(Shop())
        march.client = APIClient()
        march.client.force_authenticate(User.objects.create_user("m@example.com", role="admin"))
        march.file = fetched(march.client, "/api/export-sales/3/2026/")
        yield march
        transaction.set_rollback(True)


def with_sales(shop: Shop) -> Shop:
    """Two products in two countries in March, one of them before and a year ago; a return."""
    france = shop.country("France", "FR", "EUR", "20")
    mug = shop.product("mug", cost="4.00", category="Mugs")
    pot = shop.product("pot", "25.00")
    shop.sell((mug, 2), (pot, 1), on="2026-03-05", shipping=D("4.90"))
    shop.sell((mug, 1), on="2026-03-06", customer=shop.customer("marie", france))
    shop.sell((pot, 2), on="2026-02-20")
    shop.sell((mug, 3), on="2025-03-01")
    shop.give_back(shop.sell((mug, 4), on="2026-03-07"), 1, on="2026-03-09")
    shop.france, shop.mug, shop.pot = france, mug, pot
    return shop


@pytest.fixture
def visitor(signed_in):
    """`visitor("analyst")`: somebody in that role, in a browser."""

    def come(role, *countries):
        user = signed_in(role, *countries).user
        visitor = Visitor(user)
        visitor.user = user
        return visitor

    return come
