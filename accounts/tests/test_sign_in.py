import jwt
import pytest
import time_machine
from axes.models import AccessAttempt
from django.conf import settings
from django.test import Client, override_settings
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests.conftest import PASSWORD, bearer, me, post, tokens

NOON = "2026-03-05 12:00:00Z"


@pytest.mark.parametrize("name", ["anna@example.com", " Anna@Example.COM ", "anna", "ANNA"])
def test_one_signs_in_by_address_or_username_however_it_is_spelt(anna, name):
    assert set(tokens(email=name)) == {"access", "refresh"}
    assert set(post("token", 200, username=name, password=PASSWORD)) == {"access", "refresh"}


FORM = "application/x-www-form-urlencoded"


def post_form(path, status, fields):
    answer = APIClient().post(path, fields, content_type=FORM)
    assert answer.status_code == status, answer.content
    return answer


@pytest.mark.parametrize("name", ["email=anna%40example.com", "username=anna"])
def test_tokens_are_had_by_a_form_too(anna, name):
    pair = post_form("/api/token/", 200, f"{name}&password=seven+quiet+lamps").json()
    assert set(pair) == {"access", "refresh"}
    assert me(bearer(pair["access"])) == 200


def test_oauth2_clients_sign_in_by_a_form_and_get_no_session(anna):
    fields = "grant_type=password&username=anna%40example.com&password=seven+quiet+lamps&scope="
    answer = post_form("/api/auth/login", 200, fields)
    token = answer.json()
    assert (set(token), token["token_type"]) == ({"access_token", "token_type"}, "bearer")
    assert not answer.cookies
    assert me(bearer(token["access_token"])) == 200


def test_a_form_is_read_as_strictly_as_json(anna):
    twice = "username=anna&username=bert&password=x"
    assert "there twice" in post_form("/api/token/", 400, twice).json()["detail"]
    unknown = post_form("/api/token/", 400, "username=anna&password=x&role=admin").json()
    assert unknown["errors"] == [{"field": "role", "reason": "Not known here."}]
    other = "grant_type=client_credentials&username=anna&password=x"
    refused = post_form("/api/auth/login/", 400, other).json()
    assert [error["field"] for error in refused["errors"]] == ["grant_type"]
    post_form("/api/auth/register/", 415, "email=a%40example.com&password=x")


def test_a_sign_in_by_json_answers_in_the_names_of_oauth2_too(anna):
    session = post("auth/login", 200, email="anna", password=PASSWORD)
    assert session["token_type"] == "bearer"
    assert session["access_token"] == session["access"]


def test_the_access_token_opens_the_api_and_signing_in_is_remembered(anna):
    assert me(bearer(tokens()["access"])) == 200
    anna.refresh_from_db()
    assert anna.last_login is not None


def test_a_token_says_for_whom_and_by_whom_it_was_made(anna):
    claims = jwt.decode(tokens()["access"], options={"verify_signature": False})
    assert (claims["aud"], claims["iss"]) == ("ledgerlight", "ledgerlight")
    for wrong in ({"aud": "elsewhere"}, {"iss": "elsewhere"}):
        forged = jwt.encode(claims | wrong, settings.SIMPLE_JWT["SIGNING_KEY"], "HS256")
        assert me(bearer(forged)) == 401
    assert me(bearer(jwt.encode(claims, settings.SECRET_KEY, "HS256"))) == 401


def test_a_refresh_token_does_not_open_the_api_and_an_access_token_does_not_refresh(anna):
    pair = tokens()
    assert me(bearer(pair["refresh"])) == 401
    post("token/refresh", 401, refresh=pair["access"])


def test_wrong_and_unknown_names_get_the_same_answer(anna):
    wrong = post("token", 401, email="anna@example.com", password="wrong")
    assert wrong == post("token", 401, email="nobody@example.com", password="wrong")
    assert (
        APIClient()
        .post("/api/token/", {"email": "a", "password": "b"})["WWW-Authenticate"]
        .startswith("Bearer")
    )


@pytest.mark.parametrize("change", [{"email_verified": False}, {"is_active": False}])
def test_nobody_signs_in_unverified_or_inactive(anna, change):
    User.objects.update(**change)
    for path in ("token", "auth/login"):
        post(path, 401, email="anna@example.com", password=PASSWORD)


def test_a_sign_in_without_a_name_or_with_an_unknown_field_is_refused_by_name(db):
    answer = post("token", 400, password="x")
    assert [error["field"] for error in answer["errors"]] == ["email"]
    answer = post("token", 400, email="a@example.com", password="x", role="admin")
    assert answer["errors"] == [{"field": "role", "reason": "Not known here."}]


def test_blanks_at_the_ends_of_a_password_belong_to_it(anna):
    anna.set_password(" seven quiet lamps ")
    anna.save()
    post("token", 401, email="anna@example.com", password="seven quiet lamps")
    tokens(password=" seven quiet lamps ")


@pytest.mark.parametrize("path", ["token", "auth/login"])
def test_five_failures_lock_an_account_for_one_address_and_a_quarter_of_an_hour(anna, path):
    spellings = ["anna@example.com", "ANNA@example.com", " anna@example.com ", "anna", "Anna"]
    with time_machine.travel(NOON, tick=False) as clock:
        for name in spellings[:4]:
            post(path, 401, email=name, password="wrong")
        post(path, 429, email=spellings[4], password="wrong")
        response = APIClient().post(
            f"/api/{path}/", {"email": "anna@example.com", "password": PASSWORD}
        )
        assert response.status_code == 429
        assert response["Retry-After"] == "900"
        assert response.json()["status"] == 429
        elsewhere = APIClient(REMOTE_ADDR="10.1.1.1")
        post(path, 200, elsewhere, email="anna@example.com", password=PASSWORD)
        clock.shift(901)
        post(path, 200, email="anna@example.com", password=PASSWORD)


def test_knocking_on_a_locked_door_does_not_prolong_the_wait(anna):
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(5):
            APIClient().post("/api/token/", {"email": "anna", "password": "wrong"})
        clock.shift(800)
        post("token", 429, email="anna", password=PASSWORD)
        clock.shift(101)
        post("token", 200, email="anna", password=PASSWORD)


def test_signing_in_forgives_the_failures_before(anna):
    for _ in range(2):
        for _ in range(4):
            post("token", 401, email="anna", password="wrong")
        tokens()


def test_the_admin_page_locks_too_and_counts_together_with_the_api(anna):
    for _ in range(4):
        post("token", 401, email="anna", password="wrong")
    form = {"username": "Anna@example.com", "password": "wrong"}
    page = Client().post("/admin/login/", form)
    assert (page.status_code, page["Retry-After"]) == (429, "900")
    assert page["Content-Type"].startswith("text/html")
    assert Client().post("/admin/login/", form | {"password": PASSWORD}).status_code == 429
    post("token", 429, email="anna", password=PASSWORD)


def test_a_role_opens_the_admin_page_by_address_or_username(anna):
    for name in ("anna@example.com", "anna"):
        form = {"username": name, "password": PASSWORD}
        assert Client().post("/admin/login/?next=/admin/", form).status_code == 302


def test_a_forwarded_address_counts_only_behind_a_proxy_that_is_declared(anna):
    def fail(sender):
        client = APIClient(HTTP_X_FORWARDED_FOR=sender)
        client.post("/api/token/", {"email": "anna", "password": "wrong"})

    fail("10.1.1.1")
    with override_settings(REST_FRAMEWORK={**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}):
        fail("10.9.9.9, 10.2.2.2")
    seen = AccessAttempt.objects.order_by("pk").values_list("ip_address", flat=True)
    assert list(seen) == ["127.0.0.1", "10.2.2.2"]


def test_signing_in_is_throttled_by_address_whatever_the_name(db):
    with time_machine.travel(NOON, tick=False):
        for number in range(30):
            post("token/refresh", 401, refresh=f"token {number}")
        response = APIClient().post("/api/token/", {"email": "new", "password": "wrong"})
    assert response.status_code == 429
    assert response["Retry-After"] == "60"


def test_a_session_opens_the_api_until_signing_out(anna, api):
    answer = post("auth/login", 200, api, email="anna", password=PASSWORD)
    assert answer["user"]["email"] == "anna@example.com"
    assert me(api) == 200
    post("auth/logout", 204, api)
    assert me(api) == 401


def test_writes_of_a_session_need_the_csrf_token_that_signing_in_gave(anna):
    client = APIClient(enforce_csrf_checks=True)
    session = post("auth/login", 200, client, email="anna", password=PASSWORD)
    assert {*session} >= {"access", "refresh", "user", "csrf_token"}
    token = session["csrf_token"]
    assert client.patch("/api/users/me/", {"name": "A"}).status_code == 403
    answer = client.patch("/api/users/me/", {"name": "A"}, headers={"X-CSRFToken": token})
    assert answer.status_code == 200


def test_an_old_token_or_session_sent_along_does_not_stop_a_sign_in(anna):
    post("token", 200, bearer("rubbish"), email="anna", password=PASSWORD)


@pytest.mark.parametrize("body", ["[]", '"x"', "null", "{", '{"email": {}, "password": []}'])
def test_a_body_that_is_none_is_refused(db, body):
    for path in ("token", "auth/register", "auth/password/reset", "auth/verify-email"):
        response = APIClient().post(f"/api/{path}/", body, content_type="application/json")
        assert response.status_code == 400
