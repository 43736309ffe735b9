"""PostgreSQL stores no NUL in text: wherever one may be sent, it is refused with a reason."""

import pytest

GETS = [
    "/api/customers/?search=%00", "/api/customers/?country=%00", "/api/orders/?number=%00",
    "/api/orders/?ordering=%00", "/api/products/?category=%00", "/api/products/?search=%00",
    "/api/purchases/?countries=%00", "/api/imports/?search=%00",
    "/api/revenue/monthly/?country=%00",
    "/api/revenue/monthly/?category=%00", "/api/products/over-time/?product=%00",
    "/api/orders/list/?number=%00", "/api/recommendations/1/?type=%00",
    "/api/auth/verify-email/?verification_token=%00", "/api/vouchers/?ordering=%00",
    "/customers/?q=%00", "/orders/?q=%00", "/products/?q=%00", "/exports/?reports=%00",
    "/search/?q=%00",
    "/accounts/verify/%00/", "/accounts/login/?next=%00",
]  # fmt: skip
POSTS = [
    ("/api/token/", {"email": "\0", "password": "\0"}),
    ("/api/auth/login/", {"email": "\0", "password": "\0"}),
    ("/api/auth/register/", {"email": "\0", "username": "\0", "password": "\0"}),
    ("/api/customers/", {"code": "\0", "name": "\0", "country": "\0", "email": "\0"}),
    ("/api/products/", {"sku": "\0", "name": "\0", "price": "1"}),
    ("/api/countries/", {"name": "\0", "code": "\0"}),
    ("/api/purchases/", {"customer_name": "\0", "country": "\0", "purchase_date": "2026-01-01",
                         "amount": "1"}),
    ("/api/vouchers/amount/", {"country_code": "\0", "total_orders": 1}),
    ("/api/alerts/", {"name": "\0", "about": "low-stock", "recipients": ["\0"]}),
    ("/api/import-mappings/", {"name": "\0", "columns": {"placed": "\0", "unit_price": "b"}}),
    ("/api/orders/", {"country": "\0", "items": []}),
]  # fmt: skip


@pytest.mark.parametrize("address", GETS)
def test_a_nul_in_an_address_is_a_client_error(api, client, address):
    client.force_login(api.user, backend="accounts.backends.EmailOrUsername")
    reader = api if address.startswith("/api/") else client
    reader.raise_request_exception = False
    assert reader.get(address).status_code < 500


@pytest.mark.parametrize(("address", "sent"), POSTS)
def test_a_nul_in_a_body_is_a_client_error(api, address, sent):
    assert 400 <= api.post(address, sent).status_code < 500
    answer = api.post("/api/orders/", {"items": []}, headers={"Idempotency-Key": "a%00"})
    assert answer.status_code == 400
