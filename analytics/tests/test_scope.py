"""A country manager sees what an admin sees of those countries, and nothing of any other."""

import io
from zipfile import ZipFile

import orjson
import pytest
from django.db import transaction
from django.test import Client
from openpyxl import load_workbook

from analytics.faces import FACES
from analytics.semantics.report import reports
from ledger import build
from orders.models import Order
from orders.tests.shop import Shop

pytestmark = [pytest.mark.django_db, pytest.mark.once]

SECRET = "SENTINEL"
SECRETS = (SECRET, SECRET.lower(), SECRET.title(), "98765", "98,765")
OWN = ("Germany", "France")
PICTURES = {"png"}  # drawn from what the SVG is drawn from: a few will do
EARLY, LATE = (
    {"start": "2026-01-01", "end": f"2026-03-{last}", "compare": "previous_period"}
    for last in (30, 31)
)


@pytest.fixture(scope="module")
def shop(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        shop = two_countries_and_a_secret_one()
        build.current()  # once for all tests: what a test writes goes with its end
        yield shop
        transaction.set_rollback(True)


def two_countries_and_a_secret_one() -> Shop:
    shop = Shop()
    shop.france = shop.country("France", "FR", "EUR", "20")
    secret = shop.country(SECRET, "XS", "EUR", "10")
    mug = shop.product("mug", stock=1000, category="Mugs", cost="4.00")
    pot = shop.product("pot", "25.00", stock=1000)
    gold = shop.product(SECRET, "98765.00")
    marie = shop.customer("marie", shop.france)
    spy = shop.customer(SECRET, secret)
    for day in ("2025-11-05", "2026-01-10", "2026-02-20", "2026-03-05"):
        shop.sell((mug, 2), (pot, 1), on=day)
        shop.sell((mug, 1), on=day, customer=marie)
        shop.sell((pot, 3), on=day, customer=None)
        shop.sell((gold, 7), (mug, 50), on=day, customer=spy)
    shop.give_back(shop.sell((mug, 3), on="2026-03-06"), 1, on="2026-03-08")
    shop.give_back(shop.sell((mug, 40), on="2025-08-06", customer=spy), 5, on="2026-03-09")
    # On the shelf everybody sees it; here only those may know of it who see where it was sold.
    type(gold).objects.filter(pk=gold.pk).update(is_active=False)
    gold.inventory.delete()
    for order in Order.objects.filter(country=secret):
        Order.objects.filter(pk=order.pk).update(number=f"{SECRET}-{order.pk}")
    return shop


@pytest.fixture
def admin(signed_in, shop):
    return signed_in("admin")


@pytest.fixture
def manager(signed_in, shop):
    return signed_in("manager", shop.germany, shop.france)


def told(client, path, face, **asked) -> bytes:
    response = client.get(f"/api/{path}.{face}", asked)
    content = b"".join(response) if response.streaming else response.content
    assert response.status_code == 200, content
    return content


def text_of(content: bytes) -> str:
    """All that is written in the file, packed or not."""
    if not content.startswith(b"PK"):
        return content.decode(errors="replace")
    with ZipFile(io.BytesIO(content)) as packed:
        return "".join(packed.read(name).decode() for name in packed.namelist())


def nameless(face: str, content: bytes):
    """The content without what names the filter."""
    if face == "json":
        answer = orjson.loads(content)
        del answer["filters"]
        return answer
    if face == "xlsx":
        sheets = load_workbook(io.BytesIO(content))
        rows = [row for sheet in sheets for row in sheet.iter_rows(values_only=True)]
        return [row for row in rows if row[0] != "Country"]
    return content


def no_secret(content: bytes) -> bool:
    return not any(secret in text_of(content) for secret in SECRETS)


# The stock is shared by all countries: it lasts as their sales say, which a manager does not see.
SHARED_STOCK = {"inventory/days-left"}


@pytest.mark.parametrize("path", sorted(reports().keys() - SHARED_STOCK))
def test_a_manager_sees_what_an_admin_sees_of_these_countries(path, admin, manager):
    told(admin, path, "json", **EARLY)  # of all countries: nothing of it may be remembered
    theirs = told(admin, path, "json", country=OWN, **EARLY)
    assert nameless("json", told(manager, path, "json", **EARLY)) == nameless("json", theirs)
    ours = told(manager, path, "json", **LATE)  # and the other way round
    theirs = told(admin, path, "json", country=OWN, **LATE)
    assert nameless("json", ours) == nameless("json", theirs)


@pytest.mark.parametrize("path", reports())
def test_no_face_tells_a_manager_of_another_country(path, manager):
    for face in FACES.keys() - PICTURES:
        assert no_secret(told(manager, path, face, **EARLY)), face


@pytest.mark.parametrize("face", sorted(FACES.keys() - PICTURES - {"json"}))
def test_every_face_of_a_manager_is_that_of_an_admin(face, admin, manager):
    for path in ("revenue/monthly", "products/top", "customers/by-country"):
        theirs = told(admin, path, face, country=OWN, **EARLY)
        assert nameless(face, told(manager, path, face, **EARLY)) == nameless(face, theirs), path


@pytest.mark.parametrize("path", ["revenue/monthly", "products/top"])
def test_pictures_of_a_manager_are_those_of_an_admin(path, admin, manager):
    everything = told(admin, path, "png", **EARLY)
    ours = told(manager, path, "png", **EARLY)
    assert ours == told(admin, path, "png", country=OWN, **EARLY) != everything


def test_the_secret_is_there_for_those_who_may_see_it(admin):
    """Else the search for it would say nothing."""
    for path in ("customers/top", "products/top", "geographic/revenue-by-country"):
        for face in FACES.keys() - PICTURES:
            assert not no_secret(told(admin, path, face)), (path, face)


def test_days_that_are_not_asked_for_end_with_what_the_manager_sees(admin, manager, shop):
    period = orjson.loads(told(manager, "revenue/monthly", "json"))["period"]
    assert (period["start"], period["end"]) == ("2025-11-05", "2026-03-08")
    period = orjson.loads(told(admin, "revenue/monthly", "json"))["period"]
    assert (period["start"], period["end"]) == ("2025-08-06", "2026-03-09")


def test_a_manager_may_narrow_to_one_of_their_countries_only(admin, manager):
    for country in ("France", "DE"):
        ours = told(manager, "revenue/monthly", "json", country=country)
        assert orjson.loads(ours)["filters"]["country"] in (["France"], ["Germany"])


@pytest.mark.parametrize("name", [SECRET, SECRET.lower(), "XS"])
def test_another_country_is_refused_like_one_that_is_not_there(name, manager):
    for face in FACES:
        there = manager.get(f"/api/revenue/monthly.{face}", {"country": name})
        nowhere = manager.get(f"/api/revenue/monthly.{face}", {"country": "Nowhere"})
        assert there.status_code == nowhere.status_code == 400
        assert there.content.decode().replace(name, "Nowhere") == nowhere.content.decode()


def test_the_list_of_reports_offers_own_countries_only(manager, admin):
    response = manager.get("/api/reports/")
    assert no_secret(response.content)
    assert {tuple(choices) for choices in countries_offered(response.json())} == {("DE", "FR")}
    offered = countries_offered(admin.get("/api/reports/").json())
    assert {tuple(choices) for choices in offered} == {("DE", "FR", "XS")}


def countries_offered(listed) -> list[list[str]]:
    return [
        sorted(parameter["choices"])
        for report in listed
        for parameter in report["parameters"]
        if parameter["name"] == "country"
    ]


def test_pages_show_nothing_of_another_country(admin, manager):
    admin_page, page = Client(), Client()
    admin_page.force_login(admin.user)
    page.force_login(manager.user)
    assert SECRET in admin_page.get("/reports/customers/top/").content.decode()
    for address in ("/", "/reports/", *(f"/reports/{path}/" for path in reports())):
        response = page.get(address, follow=True)
        assert response.status_code == 200, address
        assert no_secret(response.content), address
