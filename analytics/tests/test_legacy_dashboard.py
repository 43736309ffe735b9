"""Clients of the older sales dashboard: the requests of its README, and its answers."""

import json
import re

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from rest_framework.test import APIClient

from accounts.roles import Role, allowed
from analytics.api.legacy.dashboard import views
from analytics.api.legacy.dashboard_reports import MEDIA_TYPE
from analytics.predictions.fit import fit_one, fits
from analytics.tests.test_forecasts import five_weeks
from core import throttles
from orders.tests.shop import Shop

pytestmark = pytest.mark.once

SHAPE = {"HTTP_ACCEPT": MEDIA_TYPE}
README = {"email": "user@example.com", "username": "johndoe", "password": "SecurePass123"}
README["full_name"] = "John Doe"


@pytest.fixture
def sold(shop):
    """A Thursday and a Sunday of March, a Wednesday of April; Anna gives one mug back."""
    mug, hat = shop.product("mug", category="Mugs"), shop.product("hat", "30.00", category="Hats")
    france = shop.country("France", "FR", "EUR", "20")
    first = shop.sell((mug, 4), (hat, 1), on="2026-03-05 09:30")
    shop.sell((hat, 20), on="2026-03-08 10:00", customer=shop.customer("bob", france))
    shop.sell((mug, 1), on="2026-04-01 10:00", customer=None)
    shop.give_back(first, 1, on="2026-04-02 08:00")


@pytest.fixture
def dashboard(api, sold):
    """The body of an address, without who requested it."""

    def get(path):
        answer = api.get(path, **SHAPE)
        assert (answer.status_code, answer["Content-Type"]) == (200, MEDIA_TYPE), answer.content
        body = json.loads(answer.content)
        assert body.pop("requested_by") == api.user.email
        return body

    return get


def test_the_readme_from_registering_to_the_top_customers(sold, mailoutbox, settings):
    settings.LEGACY_API, settings.NEW_ACCOUNTS_ROLE = True, "analyst"
    client = APIClient()
    registered = client.post("/api/auth/register", README)
    assert (registered.status_code, registered.json()["user"]) == (
        201,
        {"email": "user@example.com", "username": "johndoe", "full_name": "John Doe"},
    )
    token = re.search(r"/accounts/verify/([^/]+)/", mailoutbox[0].body)[1]
    verified = client.post(f"/api/auth/verify-email?verification_token={token}")
    assert verified.json() == {"message": "Email verified successfully. You can now log in."}
    credentials = {"email": "user@example.com", "password": "SecurePass123"}
    signed_in = client.post("/api/auth/login", credentials).json()
    assert (set(signed_in), signed_in["token_type"]) == ({"access_token", "token_type"}, "bearer")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {signed_in['access_token']}")
    me = client.get("/api/users/me").json()
    assert (me["email"], me["username"], me["full_name"]) == (
        "user@example.com", "johndoe", "John Doe"
    )  # fmt: skip
    assert set(me) == {
        "id", "email", "username", "full_name", "is_active", "is_verified", "is_superuser",
        "created_at", "last_login",
    }  # fmt: skip
    assert (me["is_active"], me["is_verified"], me["is_superuser"]) == (True, True, False)
    assert client.get("/api/customers/top?limit=1").json() == {
        "top_customers": [
            {"customer_id": "bob", "total_spent": 600.0, "orders": 1, "avg_transaction": 600.0}
        ],
        "count": 1,
        "requested_by": "user@example.com",
    }


def test_top_customers_by_what_they_spent(dashboard):
    assert dashboard("/api/customers/top?limit=5") == {
        "top_customers": [
            {"customer_id": "bob", "total_spent": 600.0, "orders": 1, "avg_transaction": 600.0},
            {"customer_id": "anna", "total_spent": 60.0, "orders": 1, "avg_transaction": 60.0},
        ],
        "count": 2,
    }


def test_key_figures(dashboard):
    figures = {"revenue": 670.0, "orders": 3, "customers": 2, "avg_order": 226.67}
    assert dashboard("/api/analytics/kpis") == {"kpis": figures}


@pytest.mark.parametrize("path", ["/api/revenue/monthly", "/api/analytics/revenue/monthly"])
def test_monthly_revenue(dashboard, path):
    assert dashboard(path) == {
        "monthly_revenue": [
            {"month": "2026-03", "revenue": 670.0, "orders": 2},
            {"month": "2026-04", "revenue": 0.0, "orders": 1},
        ],
        "count": 2,
    }


def test_the_daily_trend(dashboard):
    assert dashboard("/api/revenue/daily-trend?start=2026-03-07&end=2026-03-08") == {
        "daily_revenue": [
            {"date": "2026-03-07", "revenue": 0.0},
            {"date": "2026-03-08", "revenue": 600.0},
        ],
        "count": 2,
    }


def test_monthly_growth_in_percent(dashboard, shop):
    shop.sell((shop.product("cup", "1.00"), 1), on="2026-02-01")
    assert dashboard("/api/revenue/growth?end=2026-03-31") == {
        "monthly_growth": [
            {
                "month": "2026-02", "revenue": 1.0,
                "prev_month_revenue": None, "growth_rate": None,
            },
            {
                "month": "2026-03", "revenue": 670.0,
                "prev_month_revenue": 1.0, "growth_rate": 66900.0,
            },
        ],
        "count": 2,
    }  # fmt: skip


def test_sales_by_hour(dashboard):
    answer = dashboard("/api/revenue/by-hour")
    assert answer["count"] == len(answer["sales_by_hour"]) == 24
    assert answer["sales_by_hour"][8:11] == [
        {"hour": 8, "revenue": -10.0, "transactions": 0},
        {"hour": 9, "revenue": 70.0, "transactions": 1},
        {"hour": 10, "revenue": 610.0, "transactions": 2},
    ]


def test_sales_by_day_of_the_week_from_sunday(dashboard):
    days = dashboard("/api/revenue/by-day-of-week")["sales_by_day"]
    assert [day["day_num"] for day in days] == [*range(7)]
    assert days[0] == {"day_name": "Sunday", "day_num": 0, "revenue": 600.0, "orders": 1}
    assert days[4] == {"day_name": "Thursday", "day_num": 4, "revenue": 60.0, "orders": 1}


def test_segments_have_their_old_names(dashboard, settings):
    settings.BASE_CURRENCY = "USD"
    assert dashboard("/api/customers/segments") == {
        "segments": [
            {"segment": "Medium Value ($500-$2K)", "customers": 1},
            {"segment": "Low Value (<$500)", "customers": 1},
        ],
        "total_segments": 2,
    }


def test_lifetime_value(dashboard):
    assert dashboard("/api/customers/lifetime-value") == {
        "lifetime_value": [
            {
                "segment": "Medium Value", "customer_count": 1,
                "avg_clv": 600.0, "avg_orders": 1.0, "avg_order_value": 600.0,
            },
            {
                "segment": "Low Value", "customer_count": 1,
                "avg_clv": 60.0, "avg_orders": 1.0, "avg_order_value": 70.0,
            },
        ]
    }  # fmt: skip


def test_top_products(dashboard):
    assert dashboard("/api/products/top?limit=1") == {
        "top_products": [{"product": "Hat", "revenue": 630.0, "units_sold": 21, "orders": 2}],
        "count": 1,
    }


def test_countries(dashboard):
    assert dashboard("/api/geographic/revenue-by-country") == {
        "revenue_by_country": [
            {"country": "France", "revenue": 600.0},
            {"country": "Germany", "revenue": 70.0},
        ],
        "count": 2,
    }
    assert dashboard("/api/geographic/country-performance")["country_performance"] == [
        {
            "country": "France", "orders": 1, "customers": 1, "revenue": 600.0,
            "avg_transaction": 600.0, "units_sold": 20,
        },
        {
            "country": "Germany", "orders": 2, "customers": 1, "revenue": 70.0,
            "avg_transaction": 40.0, "units_sold": 6,
        },
    ]  # fmt: skip


def test_ten_countries_at_most(dashboard, shop):
    for turn, code in enumerate(("AT", "BE", "CH", "DK", "ES", "FI", "GR", "HU", "IE", "IT")):
        shop.sell((shop.product(code), turn + 1), customer=None, country=shop.country(code, code))
    answer = dashboard("/api/geographic/revenue-by-country")
    assert (answer["count"], len(answer["revenue_by_country"])) == (10, 10)


def test_the_forecast_is_a_series_with_bounds_and_a_summary(api):
    five_weeks(Shop())
    fit_one(fits()["forecast"])
    answer = api.get("/api/analytics/forecast/revenue?periods=2", **SHAPE).json()
    assert [day["ds"] for day in answer["forecast"]] == [
        "2026-02-08T00:00:00", "2026-02-09T00:00:00"
    ]  # fmt: skip
    assert [day["yhat"] for day in answer["forecast"]] == [0.0, 200.0]
    for day in answer["forecast"]:
        assert day["yhat_lower"] <= day["yhat"] <= day["yhat_upper"]
    summary = answer["summary"]
    assert summary.pop("avg_uncertainty") >= 0
    assert summary == {
        "avg_predicted_value": 100.0,
        "total_predicted_value": 200.0,
        "min_predicted_value": 0.0,
        "max_predicted_value": 200.0,
        "trend_direction": "increasing",
    }
    assert re.fullmatch(r"[0-9.]+%", answer["model_accuracy"])


def test_without_a_forecast_the_answer_is_empty(dashboard):
    answer = {"forecast": [], "summary": {}, "model_accuracy": None}
    assert dashboard("/api/analytics/forecast/revenue") == answer


def test_the_reports_keep_their_shape_for_who_does_not_ask(api, sold, settings):
    assert api.get("/api/customers/top").json()["report"] == "customers/top"
    settings.LEGACY_API = True
    assert "top_customers" in api.get("/api/customers/top").json()
    for address in ("/api/customers/top?format=json", "/api/customers/top.json"):
        assert api.get(address).json()["report"] == "customers/top"
    assert api.get("/api/customers/top.csv")["Content-Type"].startswith("text/csv")


def test_an_answer_says_that_it_depends_on_what_is_accepted(api, sold):
    for more in ({}, SHAPE):
        assert "Accept" in api.get("/api/customers/top", **more)["Vary"]


def test_what_is_not_right_is_refused_as_everywhere(api, sold):
    for query, field in (("limit=0", "limit"), ("start=x", "start"), ("region=EU", "region")):
        answer = api.get(f"/api/customers/top?{query}", **SHAPE)
        assert answer.status_code == 400
        assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert api.post("/api/customers/top", {}, **SHAPE).status_code == 405


def reports_of_it():
    return {f"/{route}": view.cls for route, view in views.items() if hasattr(view.cls, "path")}


@pytest.mark.parametrize("role", [None, "", *Role])
def test_roles_decide_as_for_the_reports(db, signed_in, role):
    client = APIClient() if role is None else signed_in(role)
    for address, view in reports_of_it().items():
        throttles.forget()
        expected = 200 if role and allowed(role, view().resource, "retrieve") else 403
        status = client.get(address, **SHAPE).status_code
        assert status == (401 if role is None else expected), address


def test_a_manager_reads_of_their_countries_only(signed_in, shop, sold):
    manager = signed_in("manager", shop.germany)
    for address in reports_of_it():
        text = manager.get(address, **SHAPE).content.decode()
        assert not re.search("France|bob|6[0-9][0-9]\\.0", text), (address, text)


def test_the_root_is_json_for_programs_and_a_page_for_browsers(db, settings):
    about = {"message": "Ledgerlight API", "version": "1.0.0", "docs": "/api/docs"}
    assert Client().get("/", headers={"Accept": "application/json"}).json() == about
    browser = {"Accept": "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8"}
    for headers in ({}, browser):
        assert Client().get("/", headers=headers).status_code == 302  # to sign in
    settings.LEGACY_API = True
    assert Client().get("/", headers={"Accept": "*/*"}).json() == about
    assert Client().get("/", headers=browser).status_code == 302


def test_health_tells_of_the_database(db, monkeypatch):
    healthy = {"status": "healthy", "service": "Ledgerlight API", "version": "1.0.0"}
    answer = Client().get("/api/health")
    assert (answer.status_code, answer.json()) == (200, healthy | {"database": "connected"})

    def away(*_):
        raise DatabaseError("host=secret")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", away)
        answer = Client().get("/api/health")
    away = healthy | {"status": "degraded", "database": "disconnected"}
    assert (answer.status_code, answer.json()) == (503, away)


@pytest.mark.parametrize(("path", "own"), [("/api/docs", "/swagger/"), ("/api/redoc", "/redoc/")])
def test_the_description_has_its_old_addresses(db, path, own):
    answer, policy = Client().get(path), "Content-Security-Policy"
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer[policy] == Client().get(own)[policy]
