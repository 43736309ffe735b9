"""The older order platform: its addresses, bodies and answers."""

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from orders.models import Order

FORM = "application/x-www-form-urlencoded"
SALES = "/api/analytics/sales/"
MARCH = "start_date=2026-03-01&end_date=2026-03-31"


@pytest.fixture
def sold(shop):
    mug, hat = shop.product("mug", category="Mugs"), shop.product("hat", "30.00", category="Hats")
    france = shop.country("France", "FR", "EUR", "20")
    shop.sell((mug, 4), (hat, 1), on="2026-03-31 23:59")
    shop.sell((hat, 2), on="2026-04-01", customer=shop.customer("bob", france))
    return mug, hat


def test_revenue_by_category(api, sold):
    assert api.get(f"{SALES}?type=revenue_by_category&{MARCH}").json() == [
        {"category_name": "Mugs", "total_revenue": "40.00"},
        {"category_name": "Hats", "total_revenue": "30.00"},
    ]


def test_top_selling_products_of_a_country(api, sold):
    mug, hat = sold
    assert api.get(f"{SALES}?type=top_selling_products").json() == [
        {"id": mug.pk, "name": "Mug", "total_sales": 4},
        {"id": hat.pk, "name": "Hat", "total_sales": 3},
    ]
    assert api.get(f"{SALES}?type=top_selling_products&country=France").json() == [
        {"id": hat.pk, "name": "Hat", "total_sales": 2},
    ]


def test_churn_rate(api, sold):
    assert api.get(f"{SALES}?type=churn_rate").json() == {"churn_rate": "0"}
    assert api.get(f"{SALES}?type=churn_rate&end_date=2026-12-31").json() == {"churn_rate": "1"}


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("", {"type": "One of revenue_by_category, top_selling_products, churn_rate."}),
        ("type=profit", {"type": "One of revenue_by_category, top_selling_products, churn_rate."}),
        ("type=revenue_by_category", {"start_date": "Is needed.", "end_date": "Is needed."}),
        (
            "type=revenue_by_category&start_date=x&end_date=2026-03-31",
            {"start_date": "Enter a valid date (YYYY-MM-DD)."},
        ),
        (
            "type=churn_rate&start_date=2026-04-01&end_date=2026-03-31",
            {"end_date": "The last day is before the first."},
        ),
        (
            "type=top_selling_products&country=Atlantis",
            {"country": "'Atlantis' is not a country that you see."},
        ),
    ],
)
def test_what_is_wrong_is_named_as_it_was_written(api, sold, query, fields):
    answer = api.get(f"{SALES}?{query}")
    assert answer.status_code == 400
    assert {error["field"]: error["reason"] for error in answer.json()["errors"]} == fields


def test_a_session_as_its_readme_shows_it(sold, db):
    """The token by a form, then each question; the last slash may be left out."""
    User.objects.create_superuser("admin@example.com", "seven quiet lamps", username="admin")
    client = APIClient()
    form = "username=admin&password=seven+quiet+lamps"
    pair = client.post("/api/token/", form, content_type=FORM).json()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
    order = Order.objects.order_by("pk").first()
    today = f"{order.placed_at:%m/%Y}"
    for path in (
        "products", "categories", "customers", "orders", "order-items", "inventory",
        f"order/{order.pk}/tax", f"customer/{order.customer_id}/clv",
        f"analytics/sales/?type=revenue_by_category&{MARCH}",
        "analytics/sales/?type=top_selling_products", "analytics/sales?type=churn_rate",
        f"recommendations/{order.customer_id}/?type=history",
        f"recommendations/{order.customer_id}/?type=similar_customers",
        f"recommendations/{order.customer_id}?type=inventory",
        f"export-sales/{today}",
    ):  # fmt: skip
        assert client.get(f"/api/{path}").status_code in (200, 202), path
    refreshed = client.post("/api/token/refresh/", f"refresh={pair['refresh']}", content_type=FORM)
    assert set(refreshed.json()) == {"access", "refresh"}
