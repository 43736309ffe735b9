import pytest
from django_q.models import OrmQ

from demo import loading, shop
from imports import uploads
from imports.tests.visitor import Visitor, text
from orders.models import Order
from orders.tests.shop import Shop


@pytest.fixture(autouse=True)
def _uploads_of_its_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def visitor(signed_in):
    return lambda role: Visitor(signed_in(role).user)


@pytest.fixture
def operator(visitor):
    return visitor("operator")


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(shop, "SMALL", {"orders": 60, "customers": 20})


def test_an_admin_fills_empty_books_with_the_demo_shop(visitor, few):
    admin = visitor("admin")
    assert "Load the demo shop" in text(admin.opens("/imports/"))
    assert admin.sends("/imports/demo/").headers["Location"] == "/imports/demo/"
    admin.sends("/imports/demo/")  # twice is once
    assert [queued.task["func"] for queued in OrmQ.objects.all()] == ["demo.loading.load"]
    assert 'hx-trigger="every 1s"' in admin.opens("/imports/demo/").content.decode()
    assert "The demo shop is loading" in text(admin.opens("/imports/"))
    loading.load()
    loading.load()
    assert len(set(Order.objects.values_list("placed_on__year", flat=True))) > 1
    assert admin.opens("/imports/demo/", 302).headers["Location"] == "/"
    answer = admin.opens("/imports/demo/", 286, hx_request="true")
    assert answer["HX-Redirect"] == "/"
    assert not list(uploads.folder().iterdir())


def test_only_empty_books_take_the_demo_shop(visitor):
    Shop()
    admin = visitor("admin")
    assert "Load the demo shop" not in text(admin.opens("/imports/"))
    admin.sends("/imports/demo/")
    assert "There are already 1 customers." in text(admin.opens("/imports/"))
    assert not OrmQ.objects.exists()


def test_a_demo_shop_that_fails_says_why_and_can_be_asked_for_again(visitor, few, settings):
    settings.BASE_CURRENCY = "XAF"
    admin = visitor("admin")
    admin.sends("/imports/demo/")
    loading.load()
    assert not Order.objects.exists()
    assert admin.opens("/imports/demo/", 302).headers["Location"] == "/imports/"
    assert "The demo shop could not be loaded. BASE_CURRENCY: " in text(admin.opens("/imports/"))
    settings.BASE_CURRENCY = "EUR"
    admin.sends("/imports/demo/")
    loading.load()
    assert Order.objects.exists()


def test_nobody_but_an_admin_loads_the_demo_shop(operator):
    assert "Load the demo shop" not in text(operator.opens("/imports/"))
    operator.sends("/imports/demo/", 403)
