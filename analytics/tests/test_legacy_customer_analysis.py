"""The older customer analysis: its addresses, shapes, pictures and pages."""

import base64

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.basic import FailedSignIns
from accounts.models import User
from accounts.roles import Role
from analytics.api.legacy.charts import names_of
from analytics.api.legacy.customer_analysis import ANALYSES
from analytics.semantics.charts import Bars, Counts, Figures, Heatmap, Histogram, Lines

pytestmark = pytest.mark.once

PNG = b"\x89PNG\r\n\x1a\n"
PASSWORD = "eleven red tulips"


@pytest.fixture
def sold(shop):
    """Anna orders on three days of January and March, Ben twice in January, Carl once in April."""
    mug, hat = shop.product("mug"), shop.product("hat", "30.00")
    france = shop.country("France", "FR", "EUR", "20")
    ben, carl = shop.customer("ben"), shop.customer("carl", france)
    shop.sell((mug, 2), on="2026-01-05 09:00")  # a Monday
    shop.sell((mug, 1), on="2026-01-15 09:30")
    shop.sell((hat, 1), on="2026-03-31 20:00")
    shop.sell((mug, 1), on="2026-01-06 09:00", customer=ben)
    shop.sell((mug, 1), on="2026-01-07 10:00", customer=ben)
    shop.sell((hat, 2), on="2026-04-30 20:00", customer=carl)
    return shop


JANUARY, MARCH, APRIL = "2026-01-01T00:00:00", "2026-03-01T00:00:00", "2026-04-01T00:00:00"
FEBRUARY = "2026-02-01T00:00:00"
CODES = {"0": "anna", "1": "ben", "2": "carl"}
EXPECTED = {
    "basic_stats": {
        "total_orders": 6, "total_revenue": 140.0, "unique_customers": 3, "unique_products": 2,
        "date_min": "2026-01-05", "date_max": "2026-04-30", "avg_order_value": 23.33,
    },
    "monthly_stats": {
        "Month": {"0": "2026-01", "1": "2026-02", "2": "2026-03", "3": "2026-04"},
        "total_orders": {"0": 4, "1": 0, "2": 1, "3": 1},
        "total_revenue": {"0": 50.0, "1": 0.0, "2": 30.0, "3": 60.0},
    },
    "rfm": {
        "CustomerID": {"0": "carl", "1": "anna", "2": "ben"},
        "Recency": {"0": 1, "1": 31, "2": 114},
        "Frequency": {"0": 1, "1": 3, "2": 2},
        "Monetary": {"0": 60.0, "1": 60.0, "2": 20.0},
        "R_score": {"0": 5, "1": 3, "2": 1},
        "F_score": {"0": 1, "1": 5, "2": 3},
        "M_score": {"0": 3, "1": 3, "2": 1},
        "RFM_score": {"0": "513", "1": "353", "2": "131"},
    },
    "segment": {
        "segment": {"0": "Loyal", "1": "New", "2": "Dormant"},
        "customer_count": {"0": 1, "1": 1, "2": 1},
        "total_revenue": {"0": 60.0, "1": 60.0, "2": 20.0},
    },
    "ltv": {
        "ltv_rank": {"0": 5, "1": 4, "2": 3, "3": 2, "4": 1},
        "TotalPrice": {"0": 20.0, "1": 0.0, "2": 120.0, "3": 0.0, "4": 0.0},
        "cumulative_amount": {"0": 20.0, "1": 20.0, "2": 140.0, "3": 140.0, "4": 140.0},
        "cumulative_percent": {"0": 14.29, "1": 14.29, "2": 100.0, "3": 100.0, "4": 100.0},
    },
    "retention": {
        "index": ["2026-01", "2026-04"],
        "columns": ["1", "2", "3", "4"],
        "data": [[1.0, 0.0, 0.5, 0.0], [1.0, 0.0, 0.0, 0.0]],
    },
    "cohort": {
        "1": {JANUARY: 1.0, APRIL: 1.0},
        "2": {JANUARY: 0.0, APRIL: None},
        "3": {JANUARY: 0.5, APRIL: None},
        "4": {JANUARY: 0.0, APRIL: None},
    },
    "repeat_rate": 0.667,
    "churn_status": {
        "CustomerID": {"0": "ben", "1": "anna", "2": "carl"},
        "InvoiceDate": {"0": "2026-01-07T00:00:00", "1": "2026-03-31T00:00:00",
                        "2": "2026-04-30T00:00:00"},
        "DaysSinceLastOrder": {"0": 113, "1": 30, "2": 0},
        "ChurnStatus": {"0": "Churned", "1": "Active", "2": "Active"},
    },
    "customer_lifecycle": {
        "CustomerID": {"0": "ben", "1": "anna", "2": "carl"},
        "days_since_last_order": {"0": 114, "1": 31, "2": 1},
        "LifecycleStage": {"0": "Inactive", "1": "Active", "2": "Active"},
    },
    "customer_lifetime": {
        "CustomerID": CODES,
        "first_order_date": {"0": "2026-01-05T00:00:00", "1": "2026-01-06T00:00:00",
                             "2": "2026-04-30T00:00:00"},
        "last_order_date": {"0": "2026-03-31T00:00:00", "1": "2026-01-07T00:00:00",
                            "2": "2026-04-30T00:00:00"},
        "lifetime_days": {"0": 85, "1": 1, "2": 0},
    },
    "first_second_delay": {
        "CustomerID": {"0": "anna", "1": "ben"},
        "InvoiceDate_first": {"0": "2026-01-05T00:00:00", "1": "2026-01-06T00:00:00"},
        "InvoiceDate_second": {"0": "2026-01-15T00:00:00", "1": "2026-01-07T00:00:00"},
        "delay_days": {"0": 10, "1": 1},
    },
    "avg_days_between_orders": {
        "CustomerID": {"0": "anna", "1": "ben"},
        "AvgDaysBetweenOrders": {"0": 42.5, "1": 1.0},
    },
    "new_vs_returning": {
        "New": {JANUARY: 2, FEBRUARY: 0, MARCH: 0, APRIL: 1},
        "Returning": {JANUARY: 0, FEBRUARY: 0, MARCH: 1, APRIL: 0},
    },
    "monthly_growth": {
        "Month": {month: month for month in (JANUARY, FEBRUARY, MARCH, APRIL)},
        "Orders": {JANUARY: 4, FEBRUARY: 0, MARCH: 1, APRIL: 1},
        "Growth (%)": {JANUARY: None, FEBRUARY: -100.0, MARCH: None, APRIL: 0.0},
    },
    "orders_by_hour": {"9": 3, "10": 1, "20": 2},
    "orders_by_day_of_week": {"Mon": 1, "Tue": 2, "Wed": 1, "Thu": 2},
    "orders_by_day_of_month": {"5": 1, "6": 1, "7": 1, "15": 1, "30": 1, "31": 1},
    "orders_by_month": {"2026-01": 4, "2026-03": 1, "2026-04": 1},
    "orders_heatmap": {
        "9": {"0": 1, "1": 1, "2": 0, "3": 1, "4": 0, "5": 0, "6": 0},
        "10": {"0": 0, "1": 0, "2": 1, "3": 0, "4": 0, "5": 0, "6": 0},
        "20": {"0": 0, "1": 1, "2": 0, "3": 1, "4": 0, "5": 0, "6": 0},
    },
    "revenue_by_hour": {"9": 40.0, "10": 10.0, "20": 90.0},
    "avg_order_value_by_hour": {"9": 13.33, "10": 10.0, "20": 45.0},
}  # fmt: skip


def test_there_are_the_twenty_two_analyses():
    assert len(ANALYSES) == 22
    assert ANALYSES.keys() == EXPECTED.keys()


def test_each_analysis_answers_in_its_shape_with_and_without_the_last_slash(sold, api):
    for name, answer in EXPECTED.items():
        assert api.get(f"/{name}").json() == answer, name
        assert api.get(f"/{name}/").json() == answer, name
    assert api.get("/firs_second_delay").json() == EXPECTED["first_second_delay"]


def test_an_analysis_takes_the_filters_of_the_reports_and_no_others(sold, api):
    assert api.get("/orders_by_month?start=2026-03-01").json() == {"2026-03": 1, "2026-04": 1}
    assert api.get("/orders_by_month?country=FR").json() == {"2026-04": 1}
    for query, field in (("days=3", "days"), ("country=Narnia", "country"), ("start=x", "start")):
        answer = api.get(f"/orders_by_month?{query}")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_an_empty_shop_has_empty_analyses(shop, api):
    for name in ANALYSES:
        assert api.get(f"/{name}").status_code == 200, name
        assert api.get(f"/{name}_report").status_code == 200, name
    assert api.get("/repeat_rate").json() is None
    assert api.get("/rfm").json()["CustomerID"] == {}


CHARTS = {
    "basic_stats": type(None), "repeat_rate": type(None), "rfm": Counts, "churn_status": Counts,
    "customer_lifecycle": Counts, "retention": Heatmap, "cohort": Heatmap,
    "orders_heatmap": Heatmap, "customer_lifetime": Histogram, "first_second_delay": Histogram,
    "avg_days_between_orders": Histogram, "new_vs_returning": Lines,
}  # fmt: skip


def test_charts_show_what_the_analysis_is_about():
    for name, analysis in ANALYSES.items():
        assert isinstance(analysis.report(name).chart, CHARTS.get(name, Bars) | Figures), name
    assert ANALYSES["orders_by_month"].report("orders_by_month").chart.y == "orders"


def test_a_chart_is_a_picture_or_its_address(sold, api):
    chart = api.get("/churn_status_chart")
    assert (chart["Content-Type"], chart.content[:8]) == ("image/png", PNG)
    told = api.get("/churn_status_chart", headers={"Accept": "application/json"}).json()
    assert told == {"image_url": "/images/churn_status.png"}
    assert api.get(told["image_url"], headers={"Accept": "image/png"}).content == chart.content
    assert api.get("/images/secret.png").status_code == 404


def test_a_report_is_a_page_with_picture_figures_and_rows(sold, api):
    page = api.get("/avg_days_between_orders_report", headers={"Accept": "text/html"})
    assert page["Content-Type"] == "text/html; charset=utf-8"
    text = page.content.decode()
    assert base64.b64encode(PNG)[:8].decode() in text
    assert '<h2>Average days</h2><p class="value">28.67</p>' in text
    assert "<td>Anna</td>" in text


def test_a_browser_that_is_not_signed_in_is_sent_to_the_sign_in(sold):
    answer = Client().get("/rfm_report/?country=DE", headers={"Accept": "text/html,*/*"})
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?next=/rfm_report/%3Fcountry%3DDE"
    assert Client().get("/rfm_report").status_code == 401


def test_analyses_of_single_customers_need_the_role_for_them(sold, signed_in):
    operator = signed_in(Role.OPERATOR)
    answers = {name: operator.get(f"/{name}").status_code for name in ANALYSES}
    personal = {name for name, status in answers.items() if status == 403}
    assert personal == {
        "rfm", "ltv", "churn_status", "customer_lifecycle", "customer_lifetime",
        "first_second_delay", "avg_days_between_orders",
    }  # fmt: skip
    assert set(names_of("customer-reports")) == personal
    for name in personal:
        for address in (f"{name}_chart", f"{name}_report", f"images/{name}.png"):
            assert operator.get(f"/{address}").status_code == 403, address


def test_a_manager_gets_the_analyses_of_own_countries(sold, signed_in):
    manager = signed_in("manager", sold.germany)
    assert manager.get("/orders_by_month").json() == {"2026-01": 4, "2026-03": 1}
    assert manager.get("/rfm").json()["CustomerID"] == {"0": "anna", "1": "ben"}


def test_older_addresses_of_docs_and_health_are_there(db, client):
    assert client.get("/docs")["Location"] == "/swagger/"
    assert client.get("/health").json()["status"] == "ok"
    assert client.get("/openapi.json").json() == client.get("/swagger.json").json()
    assert "/rfm/" in client.get("/openapi.json").json()["paths"]


# Name and password with each request


def basic(name, password):
    token = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {token}"}


@pytest.fixture
def anna(db):
    known = {"password": PASSWORD, "role": "admin", "email_verified": True}
    return User.objects.create_user("anna@example.com", **known)


def test_basic_opens_the_analyses_and_nothing_else(sold, anna, client):
    known = basic("anna@example.com", PASSWORD)
    assert client.get("/repeat_rate", headers=known).json() == 0.667
    assert client.get("/rfm_chart", headers=known).content[:8] == PNG
    assert client.get("/api/products/", headers=known).status_code == 401
    assert client.post("/repeat_rate", headers=known).status_code == 401


def test_a_wrong_password_is_refused_without_a_prompt_for_one(anna, client):
    for sent in (
        basic("anna@example.com", "x"),
        basic("nobody", "x"),
        {"Authorization": "Basic ?"},
    ):
        answer = client.get("/repeat_rate", headers=sent)
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == 'Bearer realm="api"'


def test_failed_passwords_lock_the_account_as_at_the_sign_in(anna, client, settings):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        refused = client.get("/repeat_rate", headers=basic("anna@example.com", "wrong"))
    assert refused.status_code == 429
    locked = client.get("/repeat_rate", headers=basic("anna@example.com", PASSWORD))
    assert locked.status_code == 429
    assert "Too many failed sign-ins" in locked.json()["detail"]


def test_wrong_passwords_from_one_address_are_throttled_and_right_ones_are_not(
    anna, client, monkeypatch
):
    monkeypatch.setattr(FailedSignIns, "rate", "2/min", raising=False)
    for _ in range(4):
        answer = client.get("/repeat_rate", headers=basic("anna@example.com", PASSWORD))
        assert answer.status_code == 200
    statuses = [
        client.get("/repeat_rate", headers=basic(f"nobody{n}", "x")).status_code for n in range(3)
    ]
    assert statuses == [401, 401, 429]
    answer = client.get("/repeat_rate", headers=basic("anna@example.com", PASSWORD))
    assert (answer.status_code, "Retry-After" in answer) == (429, True)


def test_another_web_process_knows_of_wrong_passwords_too(anna, client, monkeypatch):
    monkeypatch.setattr(FailedSignIns, "rate", "1/min", raising=False)
    wrong = basic("nobody", "x")
    assert client.get("/repeat_rate", headers=wrong).status_code == 401
    cache.clear()  # the cache of another process is another one
    assert client.get("/repeat_rate", headers=wrong).status_code == 429


def test_somebody_who_may_not_sign_in_is_not_let_in_by_basic(anna, client):
    User.objects.filter(pk=anna.pk).update(is_active=False)
    answer = client.get("/repeat_rate", headers=basic("anna@example.com", PASSWORD))
    assert answer.status_code == 401
