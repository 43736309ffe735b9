"""The sidebar: what each role finds in it, and where it says that one is."""

import re

import pytest

from exports.models import Alert

ALL = [
    "Home",
    "Sales",
    "Customers",
    "Products",
    "Inventory",
    "Marketing",
    "Forecast",
    "Explore",
    "Orders",
    "Imports",
    "Exports & schedules",
    "Alerts",
    "Settings",
]


@pytest.fixture
def page_of(client, django_user_model):
    def page_of(role, address="/account/", **fields):
        user = django_user_model.objects.create_user("anna@example.com", role=role, **fields)
        client.force_login(user)
        return client.get(address)

    return page_of


@pytest.mark.parametrize(
    ("role", "hidden"),
    [
        ("admin", []),
        ("analyst", ["Settings"]),
        ("manager", ["Imports", "Settings"]),
        ("operator", ["Settings"]),
        ("", ALL),
    ],
)
def test_the_menu_shows_the_pages_that_a_role_opens_in_their_order(page_of, role, hidden):
    groups = page_of(role).context["menu"]
    shown = [entry.label for group in groups for entry in group.entries]
    assert shown == [label for label in ALL if label not in hidden]


def current(page) -> list[str]:
    links = re.findall(r'<a href="([^"]*)" aria-current="[a-z]*">', page.content.decode())
    return list(dict.fromkeys(links))


@pytest.mark.parametrize("address", ["/", "/explore/", "/orders/", "/exports/", "/exports/alerts/"])
def test_the_entry_of_the_page_is_marked(page_of, address):
    assert current(page_of("admin", address))[0] == address


def test_raised_alerts_of_the_user_are_counted(page_of, client, django_user_model):
    page = page_of("analyst")
    assert 'class="count"' not in page.content.decode()
    other = django_user_model.objects.create_user("ben@example.com", role="analyst")
    issues = {"a": "Mug is low", "b": "Pot is low"}
    common = {"name": "Stock", "about": "low-stock"}
    for owner, active in (
        (page.wsgi_request.user, True),
        (page.wsgi_request.user, False),
        (other, True),
    ):
        Alert.objects.create(user_id=owner.pk, is_active=active, active_issues=issues, **common)
    again = client.get("/account/")
    assert '<span class="count">2<' in again.content.decode()


def test_who_is_not_signed_in_has_no_sidebar(client, db):
    page = client.get("/accounts/login/").content.decode()
    assert 'class="brand"' in page
    assert "sidebar" not in page


def test_the_user_menu_changes_the_theme_and_stays_on_the_page(page_of, client):
    page_of("analyst")
    answer = client.post("/account/theme/", {"theme": "dark", "next": "/orders/?country=DE"})
    assert answer["Location"] == "/orders/?country=DE"
    assert answer.cookies["theme"].value == "dark"
    answer = client.post("/account/theme/", {"theme": "dark", "next": "https://example.com/"})
    assert answer["Location"] == "/account/#theme"


@pytest.mark.parametrize(("name", "initials"), [("Mara van Klein", "MK"), ("Mara", "M"), ("", "A")])
def test_the_user_has_initials(page_of, name, initials):
    assert f">{initials}</span>" in page_of("analyst", name=name).content.decode()
