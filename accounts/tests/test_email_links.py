import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import EmailToken, User
from accounts.services import InvalidLink, change_password, verify_email
from accounts.tests.conftest import (
    PASSWORD,
    bearer,
    link_in,
    me,
    post,
    secret_in,
    tokens,
)

NEW = "nine other lamps"


def register(status=202, **changes):
    body = {"email": "bert@example.com", "password": PASSWORD, "name": "Bert", **changes}
    return post("auth/register", status, **body)


def request_password_reset(email="anna@example.com"):
    return post("auth/password/reset", 202, email=email)


def confirm_reset(token, password=NEW, status=200):
    return post("auth/password/reset/confirm", status, token=token, new_password=password)


def test_who_registers_signs_in_after_confirming_and_may_see_only_themselves(db, mailoutbox):
    register(email=" Bert@Example.com ")
    post("token", 401, email="bert@example.com", password=PASSWORD)
    post("auth/verify-email", 200, token=secret_in(mailoutbox[0]))
    client = bearer(tokens(email="bert@example.com")["access"])
    body = client.get("/api/users/me/").json()
    assert (body["email"], body["name"], body["role"]) == ("bert@example.com", "Bert", "")
    assert client.get("/api/products/").status_code == 403
    client = Client()
    client.force_login(User.objects.get())
    assert client.get("/admin/").status_code == 302


def test_who_registers_with_a_username_may_sign_in_by_it(db, mailoutbox):
    register(name="", full_name="Bert B.", username="Bert.B")
    post("auth/verify-email?verification_token=" + secret_in(mailoutbox[0]), 200)
    body = bearer(tokens(email="bert.b")["access"]).get("/api/users/me/").json()
    assert (body["name"], body["username"]) == ("Bert B.", "bert.b")
    assert register(400, username="bert@b")["errors"][0]["field"] == "username"


def test_only_the_email_says_that_a_username_is_taken(anna, mailoutbox):
    assert register(username="Anna") == register(email="eve@example.com")
    assert "The username anna is already taken" in mailoutbox[0].body
    assert "username" not in mailoutbox[1].body
    assert User.objects.get(email="bert@example.com").username is None
    register(username="bert")
    register(username="bert")  # of one's own that still waits
    assert User.objects.get(email="bert@example.com").username == "bert"


def test_a_wrong_verification_token_is_refused_by_the_name_it_came_under(db):
    answer = post("auth/verify-email?verification_token=x", 400)
    assert [error["field"] for error in answer["errors"]] == ["verification_token"]
    assert post("auth/verify-email?token=x", 400)["errors"][0]["field"] == "token"
    assert post("auth/verify-email", 400)["errors"][0]["field"] == "token"


@pytest.mark.parametrize("confirm", ["verify-email", "password/reset/confirm"])
def test_a_new_account_has_the_role_of_the_setting_once_its_address_is_confirmed(
    db, mailoutbox, settings, confirm
):
    settings.NEW_ACCOUNTS_ROLE = "operator"
    register()
    body = {"token": secret_in(mailoutbox[0])}
    if confirm != "verify-email":
        request_password_reset("bert@example.com")
        body = {"token": secret_in(mailoutbox[1]), "new_password": NEW}
    assert User.objects.get().role == ""
    post(f"auth/{confirm}", 200, **body)
    assert User.objects.get().role == "operator"


def test_the_role_of_the_setting_is_for_new_accounts_only(anna, mailoutbox, settings):
    settings.NEW_ACCOUNTS_ROLE = "operator"
    User.objects.update(role="")  # an administrator took it away
    request_password_reset()
    confirm_reset(secret_in(mailoutbox[0]))
    assert User.objects.get().role == ""


@pytest.mark.parametrize(
    "field", ["role", "countries", "is_active", "email_verified", "is_superuser"]
)
def test_nobody_gives_themselves_anything_when_registering(db, mailoutbox, field):
    answer = register(400, **{field: "admin"})
    assert answer["errors"] == [{"field": field, "reason": "Not known here."}]
    assert (User.objects.count(), mailoutbox) == (0, [])


@pytest.mark.parametrize("password", ["short", "1234567890123", "password123", "bert@example.com"])
def test_a_weak_password_is_refused(db, password):
    errors = register(400, password=password)["errors"]
    assert {error["field"] for error in errors} == {"password"}


@pytest.mark.parametrize("state", ["unknown", "waiting", "known", "inactive", "invited"])
def test_registering_and_reset_answer_alike_for_every_address(anna, mailoutbox, state):
    if state == "waiting":
        register()
    elif state != "unknown":
        role = "operator" if state == "invited" else ""
        active, verified = state != "inactive", state == "known"
        User.objects.create_user(
            "bert@example.com", NEW, role=role, is_active=active, email_verified=verified
        )
    mailoutbox.clear()
    first, second = register(), request_password_reset("bert@example.com")
    assert first == second == {"detail": "We sent an e-mail to this address."}
    assert [email.to for email in mailoutbox] == 2 * [["bert@example.com"]]
    registered, reset = (email.subject for email in mailoutbox)
    expected = {
        "unknown": ("Confirm your e-mail address", "Choose a new password"),
        "waiting": ("Confirm your e-mail address", "Choose a new password"),
        "known": ("You already have an account", "Choose a new password"),
        "invited": ("You already have an account", "Choose a new password"),
        "inactive": ("No account for this address", "No account for this address"),
    }
    assert (registered, reset) == expected[state]


def test_a_reset_for_an_unknown_address_sends_an_email_without_a_link(db, mailoutbox):
    request_password_reset("nobody@example.com")
    assert mailoutbox[0].subject == "No account for this address"
    assert "/accounts/" not in mailoutbox[0].body


def test_a_reset_asks_the_database_the_same_for_every_address(anna):
    with CaptureQueriesContext(connection) as known:
        request_password_reset("anna@example.com")
    with CaptureQueriesContext(connection) as unknown:
        request_password_reset("nobody@example.com")
    verbs = [[q["sql"].split()[0] for q in work.captured_queries] for work in (known, unknown)]
    assert verbs[0] == verbs[1]


def test_registering_does_not_change_an_account_that_is_confirmed(anna):
    register(email="anna@example.com", password=NEW, name="Thief")
    tokens()
    anna.refresh_from_db()
    assert anna.name == ""


def test_a_link_confirms_the_password_of_its_own_registration(db, mailoutbox):
    """Else somebody could register another's address first and wait for its owner to confirm."""
    register(password="the thief's own words")
    register(password=PASSWORD)
    early, late = map(secret_in, mailoutbox)
    post("auth/verify-email", 400, token=early)
    post("auth/verify-email", 200, token=late)
    post("token", 401, email="bert@example.com", password="the thief's own words")
    tokens(email="bert@example.com")


def test_only_the_hash_of_a_link_is_kept(anna, mailoutbox):
    request_password_reset()
    secret, row = secret_in(mailoutbox[0]), EmailToken.objects.get()
    assert row.digest == hashlib.sha256(secret.encode()).hexdigest()
    assert len(secret) >= 43


def test_a_link_works_once(anna, mailoutbox):
    request_password_reset()
    confirm_reset(secret_in(mailoutbox[0]))
    answer = confirm_reset(secret_in(mailoutbox[0]), "eleven more lamps", 400)
    assert [error["field"] for error in answer["errors"]] == ["token"]
    tokens(password=NEW)


def test_a_newer_link_replaces_the_older(anna, mailoutbox):
    request_password_reset()
    request_password_reset()
    confirm_reset(secret_in(mailoutbox[0]), status=400)
    confirm_reset(secret_in(mailoutbox[1]))


def test_a_link_is_good_for_its_purpose_only(db, mailoutbox):
    register()
    confirm_reset(secret_in(mailoutbox[0]), status=400)
    request_password_reset("bert@example.com")
    post("auth/verify-email", 400, token=secret_in(mailoutbox[1]))


@pytest.mark.parametrize(("seconds", "status"), [(7199, 200), (7201, 400)])
def test_a_reset_link_lasts_two_hours(anna, mailoutbox, seconds, status):
    with time_machine.travel("2026-03-05 12:00:00Z", tick=False) as clock:
        request_password_reset()
        clock.shift(seconds)
        confirm_reset(secret_in(mailoutbox[0]), status=status)


@pytest.mark.parametrize(("hours", "status"), [(47, 200), (49, 400)])
def test_a_confirming_link_lasts_two_days(db, mailoutbox, hours, status):
    with time_machine.travel("2026-03-05 12:00:00Z", tick=False) as clock:
        register()
        clock.shift(hours * 3600)
        post("auth/verify-email", status, token=secret_in(mailoutbox[0]))


def test_a_weak_new_password_does_not_use_the_link_up(anna, mailoutbox):
    request_password_reset()
    answer = confirm_reset(secret_in(mailoutbox[0]), "short", 400)
    assert {error["field"] for error in answer["errors"]} == {"new_password"}
    confirm_reset(secret_in(mailoutbox[0]))


def test_links_die_with_the_account_and_with_a_changed_address_or_password(anna, mailoutbox):
    for change in ({"is_active": False}, {"email": "anna.b@example.com"}):
        request_password_reset()
        User.objects.update(**change)
        confirm_reset(secret_in(mailoutbox[-1]), status=400)
        User.objects.update(is_active=True, email="anna@example.com")
    request_password_reset()
    change_password(anna, NEW)
    confirm_reset(secret_in(mailoutbox[-1]), status=400)


def test_a_reset_ends_everything_confirms_the_address_and_opens_a_lock(anna, mailoutbox):
    User.objects.update(email_verified=False)
    session = APIClient()
    session.force_login(anna)
    for _ in range(5):
        APIClient().post("/api/token/", {"email": "anna", "password": "wrong"})
    request_password_reset()
    confirm_reset(secret_in(mailoutbox[0]))
    assert me(session) == 401
    tokens(password=NEW)


@pytest.mark.django_db(transaction=True)
def test_of_eight_confirmations_at_once_one_wins(anna):
    User.objects.update(email_verified=False)
    secret = EmailToken.issue("anna@example.com", "verify")

    def run(_):
        try:
            verify_email(secret)
            return True
        except InvalidLink:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(run, range(8))) == 1


@pytest.mark.django_db(transaction=True)
def test_of_eight_registrations_at_once_all_get_the_same_answer_and_one_account(db):
    def run(_):
        try:
            body = {"email": "bert@example.com", "password": PASSWORD}
            return APIClient().post("/api/auth/register/", body).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(run, range(8))) == 8 * [202]
    assert User.objects.count() == EmailToken.objects.count() == 1


def test_one_mailbox_gets_at_most_ten_emails_an_hour(anna):
    for number in range(10):
        client = APIClient(REMOTE_ADDR=f"10.0.0.{number}")
        post("auth/password/reset", 202, client, email="Anna@example.com")
    post("auth/password/reset", 429, email="anna@example.com")
    post("auth/password/reset", 202, email="other@example.com")


@override_settings(
    EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
    EMAIL_HOST="127.0.0.1",
    EMAIL_PORT=9,
)
def test_an_email_that_cannot_be_sent_answers_the_same_for_every_address(anna):
    known = post("auth/password/reset", 503, email="anna@example.com")
    assert known == post("auth/password/reset", 503, email="nobody@example.com")


def test_looking_at_the_confirming_page_does_not_use_the_link_up(db, mailoutbox):
    register()
    page, client = link_in(mailoutbox[0]), Client(enforce_csrf_checks=True)
    for ask in (client.head, client.get, client.get):
        assert ask(page).status_code == 200
    assert not User.objects.get().email_verified
    assert client.post(page).status_code == 403
    form = {"csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    assert b"Your e-mail address is confirmed" in client.post(page, form).content
    assert User.objects.get().email_verified
    assert client.get(page).status_code == client.post(page, form).status_code == 404


def test_the_reset_page_takes_a_strong_password_written_twice(anna, mailoutbox):
    request_password_reset()
    page, client = link_in(mailoutbox[0]), Client()
    response = client.get(page)
    assert b'type="password"' in response.content
    assert b"style=" not in response.content
    assert b"<script" not in response.content
    assert "no-store" in response["Cache-Control"]
    for first, second in ((NEW, "different lamps"), ("short", "short")):
        response = client.post(page, {"new_password1": first, "new_password2": second})
        assert b'class="errorlist"' in response.content
    response = client.post(page, {"new_password1": NEW, "new_password2": NEW})
    assert b"Your password was changed" in response.content
    tokens(password=NEW)
    assert client.get(page).status_code == 404


def test_a_page_for_a_link_that_never_was_is_not_there(db):
    for path in ("/accounts/verify/x/", "/accounts/reset/x/"):
        assert Client().get(path).status_code == 404
        assert Client().put(path).status_code == 405
