"""The links above the list of orders."""

import re

import pytest
import time_machine

from orders.services import cancel, pay
from orders.tests.visitor import Visitor

pytestmark = pytest.mark.django_db

NOON = "2026-03-12 12:00:00Z"  # a Thursday


@pytest.fixture
def open_orders(shop):
    """Two to ship, of which one is in France, one unpaid and one canceled."""
    mug = shop.product("mug")
    shop.france = shop.country("France", "FR", "EUR", "20")
    for action, country in ((pay, None), (pay, shop.france), (cancel, None)):
        action(shop.sell((mug, 1), country=country, on="2026-03-10"))
    shop.sell((mug, 1), on="2026-03-02")
    return shop


@pytest.fixture
def opens(signed_in):
    """The presets that a role sees: title, count, address, whether it is shown."""

    def presets(role, path, *countries):
        with time_machine.travel(NOON, tick=False):
            page = Visitor(signed_in(role, *countries).user).opens(path).content.decode()
        body = page.split('aria-label="Lists of orders">')[1].split("</nav>")[0]
        links = re.findall(r'<a href="([^"]*)"( aria-current="page")?>(.*?)</a>', body)
        return [
            (*re.sub("<[^>]*>", "", text).strip().rsplit(" ", 1), address, bool(shown))
            if "pill" in text
            else (text, "", address, bool(shown))
            for address, shown, text in links
        ]

    return presets


def test_each_preset_is_a_link_and_says_what_waits(open_orders, opens):
    assert opens("admin", "/orders/") == [
        ("All", "", "/orders/", True),
        ("To ship", "2", "/orders/?status=paid", False),
        ("Unpaid", "1", "/orders/?status=pending", False),
        ("Returns", "", "/orders/?kind=return", False),
        ("This week", "", "/orders/?start=2026-03-09", False),
        ("Canceled", "", "/orders/?status=canceled", False),
    ]


def test_country_managers_see_what_waits_in_their_countries(open_orders, opens):
    assert [row[:2] for row in opens("manager", "/orders/", open_orders.france)][:3] == [
        ("All", ""),
        ("To ship", "1"),
        ("Unpaid", ""),
    ]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("status=paid&sort=-revenue&number=", ["To ship"]),
        ("start=2026-03-09", ["This week"]),
        ("status=paid&country=DE", []),
    ],
)
def test_the_one_that_is_shown_is_marked(open_orders, opens, query, shown):
    assert [row[0] for row in opens("admin", f"/orders/?{query}") if row[3]] == shown
