"""The older purchases app: its addresses, bodies, answers and its two tabs."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from orders.models import Order

# As its README and its own tests write it
JOHN = {
    "customer_name": "John Cruise",
    "country": "United States of America",
    "purchase_date": "2024-06-02",
    "amount": 365.25,
}
KEPT = JOHN | {"country": "United States"}  # one country, whatever it is called
CSV = """customer_name,country,purchase_date,amount
James Morgan,British Virgin Islands,2024-12-05,418.15
Jeffrey Friedman,New Caledonia,2024-03-07,352.13
"""
JAMES, JEFFREY = (
    {"customer_name": "James Morgan", "country": "British Virgin Islands",
     "purchase_date": "2024-12-05", "amount": 418.15},
    {"customer_name": "Jeffrey Friedman", "country": "New Caledonia",
     "purchase_date": "2024-03-07", "amount": 352.13},
)  # fmt: skip


def file(text=CSV, **more):
    return {"file": SimpleUploadedFile("sample_purchases.csv", text.encode(), "text/csv")} | more


def listed(client, address):
    return json.loads(client.get(address).getvalue())


def test_a_purchase_is_answered_as_it_was_sent(api):
    for address in ("/purchase/", "/purchase"):
        answer = api.post(address, JOHN)
        assert (answer.status_code, answer.json()) == (200, JOHN)
    assert Order.objects.count() == 2


def test_a_file_is_added_whole_and_once(api):
    answer = api.post("/purchase/bulk/", file(), format="multipart")
    assert (answer.status_code, answer.json()) == (200, {"added": 2})
    assert api.post("/purchase/bulk", file(), format="multipart").json() == {"added": 0}
    assert listed(api, "/purchases/") == [JAMES, JEFFREY]


def test_a_file_with_a_row_that_cannot_be_read_adds_nothing(api):
    answer = api.post("/purchase/bulk/", file(CSV + "Eve,Spain,someday,3\n"), format="multipart")
    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {"field": "file", "reason": "Line 4: this is not a date that can be read."}
    ]
    assert not Order.objects.exists()


def test_purchases_are_listed_by_country_and_dates(api):
    api.post("/purchase/bulk/", file(), format="multipart")
    api.post("/purchase/", JOHN)
    for query, found in {
        "": [JAMES, JEFFREY, KEPT],
        "country=United States of America": [KEPT],
        "country=new caledonia&country=British Virgin Islands": [JAMES, JEFFREY],
        "country=Narnia": [],
        "start_date=2024-06-02": [JAMES, KEPT],
        "start_date=2024-06-01&end_date=2024-12-04": [KEPT],
    }.items():
        assert listed(api, f"/purchases/?{query}") == found, query
        assert listed(api, f"/purchases?{query}") == found, query
    for query in ("start_date=x", "colour=red", "page=2"):
        answer = api.get(f"/purchases/?{query}")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (
            400, query.split("=")[0],
        )  # fmt: skip


def test_the_six_key_figures_are_numbers(api):
    assert api.get("/purchases/kpis").json() == {"error": "no purchases available"}
    api.post("/purchase/bulk/", file(), format="multipart")
    api.post("/purchase/", JOHN)
    assert api.get("/purchases/kpis").json() == api.get("/purchases/kpis/").json() == {
        "mean_purchase_per_client": 378.51,
        "total_revenue": 1135.53,
        "clients_per_country": {
            "British Virgin Islands": 1, "United States": 1, "New Caledonia": 1,
        },
        "top_countries_by_revenue": [
            {"country": "British Virgin Islands", "revenue": 418.15},
            {"country": "United States", "revenue": 365.25},
            {"country": "New Caledonia", "revenue": 352.13},
        ],
        "month_with_highest_sales": "2024-12",
        "forecast": [],
    }  # fmt: skip


def test_who_may_not_add_purchases_adds_none(signed_in):
    for client in (signed_in("analyst"), signed_in("manager"), signed_in("")):
        assert client.post("/purchase/", JOHN).status_code == 403
        assert client.post("/purchase/bulk/", file(), format="multipart").status_code == 403
    assert signed_in("operator").get("/purchases/").status_code == 403


def test_a_manager_lists_purchases_of_own_countries(api, signed_in):
    api.post("/purchase/bulk/", file(), format="multipart")
    api.post("/purchase/", JOHN)
    manager = signed_in("manager", Order.objects.latest("pk").country)
    assert listed(manager, "/purchases/") == [KEPT]
    assert listed(manager, "/purchases/?country=New Caledonia") == []


# The two tabs


@pytest.fixture
def browser(signed_in):
    client = Client()
    client.force_login(signed_in("admin").user, "accounts.backends.EmailOrUsername")
    return client


UPLOAD, ANALYZE = "/purchases/upload/", "/purchases/analyze/"


def test_a_purchase_is_added_by_a_form(browser, api):
    page = browser.post(UPLOAD, JOHN, follow=True)
    assert "The purchase was added." in page.content.decode()
    assert listed(api, "/purchases/") == [KEPT]


def test_a_form_says_what_is_wrong_with_a_purchase(browser):
    for field, value, reason in (
        ("amount", "12.345", "more decimal places than EUR has"),
        ("country", " ", "This field is required."),
        ("purchase_date", "2999-01-01", "before 1971 or in the future"),
    ):
        page = browser.post(UPLOAD, JOHN | {field: value})
        assert page.status_code == 400
        assert reason in page.content.decode()
    assert not Order.objects.exists()


def test_a_file_is_added_by_a_form_and_its_encoding_is_asked(browser, api):
    text = "customer_name,country,purchase_date,amount\nJürgen,Peru,2024-12-05,1\n"
    sent = {"file": SimpleUploadedFile("p.csv", text.encode("cp1252"))}
    refused = browser.post(UPLOAD, sent)
    assert refused.status_code == 400
    sent = {"file": SimpleUploadedFile("p.csv", text.encode("cp1252")), "encoding": "cp1252"}
    page = browser.post(UPLOAD, sent, follow=True)
    assert "1 purchases were added." in page.content.decode()
    assert listed(api, "/purchases/")[0]["customer_name"] == "Jürgen"


def test_rows_that_were_set_aside_are_shown(browser):
    page = browser.post(UPLOAD, file(CSV + "Eve,,2024-12-05,3\n"), follow=True)
    assert page.redirect_chain[0][0].startswith("/imports/")
    assert "the country is missing" in page.content.decode()


def test_purchases_are_looked_at_with_filters_and_figures(browser, api):
    page = browser.get(ANALYZE)
    assert "No purchases found." in page.content.decode()
    api.post("/purchase/bulk/", file(), format="multipart")
    page = browser.get(ANALYZE, {"country": "New Caledonia", "start_date": "2024-01-01"})
    text = page.content.decode()
    assert "<td>Jeffrey Friedman</td>" in text
    assert "<td>James Morgan</td>" not in text
    assert '<h2>Total revenue</h2><p class="value">770.28</p>' in text
    assert browser.get(ANALYZE, {"start_date": "x"}).status_code == 400


def test_a_large_file_is_refused_unread(browser):
    large = SimpleUploadedFile("p.csv", b"x" * (5 * 2**20 + 100_000))
    assert browser.post(UPLOAD, {"file": large}).status_code == 413


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
        "forecast": [],
    }


def test_a_manager_gets_the_figures_of_their_countries(signed_in, shop, sold):
    manager = signed_in("manager", shop.germany)
    assert manager.get("/api/purchases/kpis/").json()["clients_per_country"] == {"Germany": 1}
