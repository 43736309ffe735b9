import re

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client, RequestFactory, override_settings
from django.utils.html import escape

from accounts.access import for_roles
from accounts.models import User
from accounts.sign_ins import browser_name
from accounts.tests.conftest import PASSWORD, bearer, link_in, me, post, tokens
from core import problems
from customers.models import Country

NOON = "2026-03-05 12:00:00Z"
NEW = "nine other lamps"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def text(response) -> str:
    """The visible text, with single blanks."""
    page = re.sub(r"<head>.*?</head>|<[^>]+>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(page.split())


def sign_in(client, name="anna", password=PASSWORD, to="", **extra):
    form = {"username": name, "password": password}
    return client.post(f"/accounts/login/{to}", form, **extra)


@pytest.fixture
def browser_of_anna(anna):
    client = Client(headers={"User-Agent": FIREFOX})
    assert sign_in(client).status_code == 302
    return client


@pytest.mark.parametrize("name", ["anna@example.com", " Anna@Example.COM ", "anna", "ANNA"])
def test_signing_in_by_address_or_username_opens_the_overview(anna, name):
    client = Client()
    answer = sign_in(client, name)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/account/").status_code == 200


@pytest.mark.parametrize(
    ("asked", "landed"),
    [
        ("/orders/?start=2026-01-01", "/orders/?start=2026-01-01"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/accounts/login/", "/"),
        ("/accounts/login/?next=/accounts/login/", "/"),
    ],
)
def test_signing_in_leads_to_own_addresses_only(anna, asked, landed):
    client = Client()
    form = {"username": "anna", "password": PASSWORD, "next": asked}
    assert client.post("/accounts/login/", form)["Location"] == landed
    # Whoever is signed in already is sent on at once.
    assert client.get("/accounts/login/", {"next": asked})["Location"] == landed


def test_a_page_for_roles_redirects_to_the_sign_in_and_back(anna):
    client = Client()
    address = client.get("/account/password/")["Location"]
    assert address == "/accounts/login/?next=/account/password/"
    assert 'name="next" value="/account/password/"' in client.get(address).content.decode()
    assert sign_in(client, to="?next=/account/password/")["Location"] == "/account/password/"


@pytest.mark.parametrize("change", [{}, {"email_verified": False}, {"is_active": False}])
def test_a_refused_sign_in_says_what_the_api_says(anna, change):
    User.objects.update(**change)
    password = PASSWORD if change else "wrong"
    detail = post("token", 401, email="anna", password=password)["detail"]
    answer = sign_in(Client(), password=password)
    assert answer.status_code == 200
    assert escape(detail) in answer.content.decode()


def test_the_page_locks_together_with_the_api_and_says_how_long(anna):
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(2):
            sign_in(Client(), password="wrong")
            post("token", 401, email="anna@example.com", password="wrong")
        locked = sign_in(Client(), "Anna", "wrong")
        assert (locked.status_code, locked["Retry-After"]) == (429, "900")
        assert "Too many failed sign-ins: wait 15 minutes." in text(locked)
        assert sign_in(Client()).status_code == 429
        post("token", 429, email="anna", password=PASSWORD)
        clock.shift(901)
        assert sign_in(Client()).status_code == 302


def test_pages_and_api_share_one_limit_of_tries_for_an_address(db):
    with time_machine.travel(NOON, tick=False):
        for number in range(15):
            post("token/refresh", 401, refresh=f"token {number}")
            assert sign_in(Client(), f"name {number}").status_code == 200
        answer = sign_in(Client(), "new")
        assert (answer.status_code, answer["Retry-After"]) == (429, "60")
        assert Client().get("/accounts/login/").status_code == 200


@pytest.mark.parametrize("page", ["login", "register", "reset"])
def test_forms_need_their_csrf_token_and_are_not_kept_by_caches(db, page):
    client = Client(enforce_csrf_checks=True)
    answer = client.get(f"/accounts/{page}/")
    assert "no-store" in answer["Cache-Control"]
    assert client.post(f"/accounts/{page}/", {}).status_code == 403
    assert not re.search(r"style=|<script|<style|\son[a-z]+=", answer.content.decode())


def test_signing_out_is_a_post_and_ends_the_session(browser_of_anna):
    assert browser_of_anna.get("/accounts/logout/").status_code == 405
    answer = browser_of_anna.post("/accounts/logout/", follow=True)
    assert "You are signed out." in text(answer)
    assert browser_of_anna.get("/account/").status_code == 302


def test_who_registers_confirms_signs_in_and_waits_for_a_role(db, mailoutbox):
    client = Client()
    form = {"email": " Bert@Example.com ", "name": "Bert", "password": PASSWORD}
    answer = client.post("/accounts/register/", form, follow=True)
    assert "We sent an e-mail to bert@example.com." in text(answer)
    client.post(link_in(mailoutbox[0]))
    assert sign_in(client, "bert@example.com").status_code == 302
    menu = client.get("/account/").content.decode().partition("</header>")[0]
    assert ("Bert" in menu, "/orders/" in menu, "/admin/" in menu) == (True, False, False)
    assert "Your account has no role yet" in text(client.get("/account/"))


def test_a_page_that_needs_a_role_explains_that_there_is_none_yet(signed_in):
    request = RequestFactory().get("/")
    request.user, request.session = signed_in("").user, {}
    answer = for_roles("orders")(lambda request: None)(request)
    assert answer.status_code == 403
    assert "Your account has no role yet" in text(answer)


def test_registering_says_the_same_whether_or_not_there_is_an_account(anna, mailoutbox):
    pages = []
    for email in ("anna@example.com", "bert@example.com"):
        form = {"email": email, "password": NEW}
        answer = Client().post("/accounts/register/", form, follow=True)
        pages.append(text(answer).replace(email, "…"))
    assert pages[0] == pages[1]
    subjects = [email.subject for email in mailoutbox]
    assert subjects == ["You already have an account", "Confirm your e-mail address"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("password", "short"),
        ("password", "bert@example.com"),
        ("email", "no address"),
        ("name", "x" * 151),
    ],
)
def test_an_error_is_shown_at_its_field_with_the_message_of_the_api(db, mailoutbox, field, value):
    form = {"email": "bert@example.com", "name": "Bert", "password": PASSWORD, field: value}
    errors = post("auth/register", 400, **form)["errors"]
    assert {error["field"] for error in errors} == {field}
    page = Client().post("/accounts/register/", form).context["form"]
    reasons = [error["reason"] for error in errors]
    if field != "name":  # Django's form checks the length as well
        assert page.errors == {field: reasons}
    assert list(page.errors) == [field]
    assert (User.objects.count(), mailoutbox) == (0, [])


def test_a_forgotten_password_is_replaced_by_an_emailed_link(anna, mailoutbox):
    client = Client()
    pages = [
        text(client.post("/accounts/reset/", {"email": email}, follow=True)).replace(email, "…")
        for email in ("anna@example.com", "nobody@example.com")
    ]
    assert pages[0] == pages[1]
    form = {"new_password1": NEW, "new_password2": NEW}
    answer = client.post(link_in(mailoutbox[0]), form)
    assert "Your password was changed" in text(answer)
    assert 'href="/accounts/login/"' in answer.content.decode()
    assert sign_in(client, password=NEW).status_code == 302


def test_pages_and_api_share_one_limit_of_emails_to_an_address(anna):
    for number in range(5):
        post("auth/password/reset", 202, email="anna@example.com")
        form = {"email": "Anna@example.com"}
        page = Client(REMOTE_ADDR=f"10.0.0.{number}").post("/accounts/reset/", form)
        assert page.status_code == 302
    for page in ("reset", "register"):
        form = {"email": "anna@example.com", "password": NEW}
        assert Client().post(f"/accounts/{page}/", form).status_code == 429
    assert len(mail.outbox) == 10


@override_settings(
    EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
    EMAIL_HOST="127.0.0.1",
    EMAIL_PORT=9,
)
def test_an_email_that_cannot_be_sent_answers_503(anna):
    answer = Client().post("/accounts/reset/", {"email": "anna@example.com"})
    assert answer.status_code == 503
    assert "The e-mail could not be sent. Try again later." in text(answer)


def test_a_new_password_needs_the_old_one_and_ends_every_session_and_token(browser_of_anna):
    other, pair, page = Client(), tokens(), "/account/password/"
    sign_in(other)
    form = {"old_password": "wrong", "new_password1": NEW, "new_password2": NEW}
    errors = browser_of_anna.post(page, form).context["form"].errors
    assert errors == {"old_password": ["This is not your current password."]}
    weak = {"old_password": PASSWORD, "new_password1": "anna@example.com", "new_password2": "x"}
    assert list(browser_of_anna.post(page, weak).context["form"].errors) == ["new_password2"]
    form["old_password"] = PASSWORD
    answer = browser_of_anna.post(page, form, follow=True)
    assert "Your password was changed. Sign in with the new password." in text(answer)
    for client in (browser_of_anna, other):
        assert client.get("/account/").status_code == 302
    assert me(bearer(pair["access"])) == 401
    assert sign_in(other, password=NEW).status_code == 302


def test_guessing_the_old_password_locks_the_account(browser_of_anna):
    form = {"old_password": "wrong", "new_password1": NEW, "new_password2": NEW}
    statuses = [browser_of_anna.post("/account/password/", form).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 200, 429]


def test_a_password_too_long_for_the_api_is_not_taken_by_a_page_either(browser_of_anna):
    long = "lamp " * 60
    form = {"old_password": PASSWORD, "new_password1": long, "new_password2": long}
    errors = browser_of_anna.post("/account/password/", form).context["form"].errors
    assert set(errors) == {"new_password1", "new_password2"}


def test_the_account_page_shows_role_and_countries(anna, browser_of_anna):
    Country.objects.all().delete()
    seen = text(browser_of_anna.get("/account/"))
    assert "Role Analyst Countries All countries" in seen
    User.objects.update(role="manager")
    assert "Role Country manager Countries None" in text(browser_of_anna.get("/account/"))
    for name in ("Norway", "Germany"):
        anna.countries.add(Country.objects.create(name=name, code=name[:2].upper()))
    assert "Countries Germany, Norway" in text(browser_of_anna.get("/account/"))


def test_the_link_to_the_administration_needs_a_role(browser_of_anna):
    assert 'href="/admin/"' in browser_of_anna.get("/account/").content.decode()
    User.objects.update(role="")
    assert "/admin/" not in browser_of_anna.get("/account/").content.decode()


def test_only_the_name_can_be_changed(anna, browser_of_anna):
    form = {"name": "Anna <B>", "role": "admin", "email": "x@example.com"}
    answer = browser_of_anna.post("/account/name/", form, follow=True)
    assert "Your name was saved." in text(answer)
    anna.refresh_from_db()
    assert (anna.name, anna.role, anna.email) == ("Anna <B>", "analyst", "anna@example.com")
    refused = browser_of_anna.post("/account/name/", {"name": "x" * 151})
    assert "at most 150 characters" in text(refused)
    assert "x" * 151 not in refused.content.decode().partition("</header>")[0]


def test_the_theme_is_a_setting_of_this_browser(browser_of_anna):
    def root(choice):
        browser_of_anna.post("/account/theme/", {"theme": choice})
        page = browser_of_anna.get("/account/").content.decode()
        checked = re.search(r'value="(\w+)"[^>]* checked', page)[1]
        return re.search("<html[^>]*>", page)[0], checked

    assert root("dark") == ('<html lang="en" data-theme="dark">', "dark")
    assert root("light") == ('<html lang="en" data-theme="light">', "light")
    assert root('"><script>') == ('<html lang="en">', "system")
    root("dark")
    assert root("system") == ('<html lang="en">', "system")


def test_the_account_page_lists_active_sessions(browser_of_anna):
    with time_machine.travel(NOON, tick=False):
        sign_in(browser_of_anna)  # a second time, in the same browser
        post("auth/login", 200, email="anna", password=PASSWORD)
        stranger = User.objects.create_user("bert@example.com", NEW, email_verified=True)
        Client().force_login(stranger)
        sign_ins = browser_of_anna.get("/account/").context["sign_ins"]
    assert sorted((each.client, each.is_current) for each in sign_ins) == [
        ("API token", False),
        ("Firefox on Linux", True),
        ("Unknown browser", False),
    ]
    assert sign_ins[0].is_current


def test_what_a_changed_password_has_ended_is_not_shown_as_signed_in(anna, browser_of_anna):
    tokens()
    anna.set_password(NEW)
    anna.save()
    client = Client()
    sign_in(client, password=NEW)
    assert len(client.get("/account/").context["sign_ins"]) == 1


def test_signing_in_for_a_token_begins_no_session(anna):
    tokens()
    assert not Session.objects.exists()


def test_signing_out_everywhere_ends_every_session_and_refresh_token(browser_of_anna):
    other, pair = Client(), tokens()
    sign_in(other)
    assert browser_of_anna.get("/account/sign-out/").status_code == 405
    answer = browser_of_anna.post("/account/sign-out/", follow=True)
    assert "You are signed out everywhere." in text(answer)
    assert other.get("/account/").status_code == 302
    post("token/refresh", 401, refresh=pair["refresh"])


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (iPhone; like Mac OS X) Version/18 Safari/605", "Safari on iPhone"),
        ("curl/8.5", "Unknown browser"),
    ],
)
def test_a_browser_has_its_usual_name(agent, name):
    assert browser_name(agent) == name


def test_a_page_about_a_broken_server_asks_the_database_for_nothing():
    """This test has no database: a query would fail it."""
    request = RequestFactory().get("/")
    request.COOKIES, request.id = {"theme": "dark", "sessionid": "somebody"}, "abc12345"
    answer = problems.server_error(request)
    assert answer.status_code == 500
    assert "Something went wrong. The error number is abc12345." in text(answer)
    assert '<html lang="en" data-theme="dark">' in answer.content.decode()


def test_an_error_page_keeps_the_menu_of_whoever_is_signed_in(browser_of_anna):
    answer = browser_of_anna.get("/nothing/")
    assert answer.status_code == 404
    assert "There is nothing at this address." in text(answer)
    assert 'href="/account/"' in answer.content.decode()
