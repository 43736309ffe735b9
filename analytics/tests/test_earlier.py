"""The addresses of the purchases app keep their shapes."""

import pytest


@pytest.fixture
def sold(shop):
    mug, hat = shop.product("mug", category="Mugs"), shop.product("hat", "30.00", category="Hats")
    france = shop.country("France", "FR", "EUR", "20")
    shop.sell((mug, 4), (hat, 1), on="2026-03-31 23:59")
    shop.sell((hat, 2), on="2026-04-01", customer=shop.customer("bob", france))
    return mug, hat


def test_the_figures_of_the_purchases_app(api, sold):
    assert api.get("/api/purchases/kpis/").json() == {
        "mean_purchase_per_client": "65.00",
        "total_revenue": "130.00",
        "clients_per_country": {"Germany": 1, "France": 1},
        "top_countries_by_revenue": [
            {"country": "Germany", "revenue": "70.00"},
            {"country": "France", "revenue": "60.00"},
        ],
        "month_with_highest_sales": "2026-03",
        "forecast": None,
    }


def test_a_manager_gets_the_figures_of_their_countries(signed_in, shop, sold):
    manager = signed_in("manager", shop.germany)
    assert manager.get("/api/purchases/kpis/").json()["clients_per_country"] == {"Germany": 1}
