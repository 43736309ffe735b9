"""The chart of a report's page: its marks lead to the orders behind them."""

from urllib.parse import parse_qs, urlsplit

import pytest

from accounts.roles import GRANTS
from catalog.models import Product
from orders.tests.visitor import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.once]

SIZE = "theme=light&width=600"


@pytest.fixture
def months(shop):
    mug = shop.product("mug", "10.00")
    shop.sell((mug, 2), on="2026-01-05")
    shop.sell((mug, 3), on="2026-02-05")
    return shop


@pytest.fixture
def analyst(signed_in):
    return Visitor(signed_in("analyst").user)


def addresses(picture) -> set[str]:
    """All that marks lead to, wherever in the specification they are."""
    if isinstance(picture, list):
        return set().union(*map(addresses, picture))
    if not isinstance(picture, dict):
        return set()
    found = {text for name, text in picture.items() if name.startswith("_href") and text}
    return found.union(*map(addresses, picture.values()))


def test_each_bar_leads_to_its_orders(months, analyst):
    picture = analyst.opens(f"/reports/revenue/by-day-of-week/chart/?{SIZE}").json()
    assert "/orders/?" + "start=2026-01-05&end=2026-02-05&where=weekday%3Ais%3AMonday" in (
        addresses(picture)
    )


def test_a_heat_cell_leads_to_sales_only(months, analyst):
    picture = analyst.opens(f"/reports/orders/heatmap/chart/?{SIZE}&country=DE").json()
    found = [parse_qs(urlsplit(address).query) for address in addresses(picture)]
    assert {
        "start": ["2026-01-05"], "end": ["2026-02-05"], "country": ["Germany"],
        "where": ["kind:is:sale", "weekday:is:Monday", "hour:is:12"],
    } in found  # fmt: skip


def test_marks_of_a_question_lead_to_their_orders(months, analyst):
    asked = "measures=orders&rows=weekday,product&chart=bars"
    picture = analyst.opens(f"/reports/explore/chart/?{SIZE}&{asked}").json()
    found = [parse_qs(urlsplit(address).query)["where"] for address in addresses(picture)]
    mug = f"product:is:{Product.objects.get().pk}"
    assert ["kind:is:sale", "weekday:is:Monday", mug] in found


def test_who_may_not_list_orders_gets_a_chart_without_links(months, analyst, monkeypatch):
    monkeypatch.setitem(GRANTS, "orders", {})
    path = f"/reports/revenue/by-day-of-week/chart/?{SIZE}"
    assert addresses(analyst.opens(path).json()) == set()
    assert "/orders/?" not in analyst.opens("/").content.decode()
    assert "/orders/?" not in analyst.opens("/reports/revenue/monthly/").content.decode()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("revenue/monthly/chart/", 400),
        (f"revenue/monthly/chart/?{SIZE}&country=Atlantis", 400),
        ("revenue/monthly/chart/?theme=pink&width=600", 400),
        (f"revenue/nothing/chart/?{SIZE}", 404),
        (f"products/over-time/chart/?{SIZE}&product=99", 404),
    ],
)
def test_what_is_wrong_is_refused(months, analyst, path, status):
    analyst.opens(f"/reports/{path}", status=status)
