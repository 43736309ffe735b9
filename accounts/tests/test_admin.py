import re

import pytest
from django.test import Client

from accounts.models import EmailToken, User
from accounts.tests.conftest import PASSWORD, bearer, me, post, tokens
from customers.models import Country

NEW = "nine other lamps"


@pytest.fixture
def admin_page(db):
    client = Client()
    client.force_login(User.objects.create_superuser("root@example.com", PASSWORD))
    return client


@pytest.fixture
def norway(db):
    return Country.objects.get_or_create(name="Norway", defaults={"code": "NO"})[0]


def form_of(user, **changes):
    form = {"email": user.email, "username": user.username or "", "name": user.name}
    form |= {"role": user.role, "is_active": "on", "email_verified": "on", **changes}
    return {name: value for name, value in form.items() if value is not None}


def edit(page, user, status=302, **changes):
    response = page.post(f"/admin/accounts/user/{user.pk}/change/", form_of(user, **changes))
    assert response.status_code == status
    user.refresh_from_db()
    return response


def test_an_admin_lists_searches_and_opens_users(admin_page, anna, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        page = admin_page.get("/admin/accounts/user/?q=anna&role=analyst").content.decode()
    assert "anna@example.com" in page
    assert "root@example.com" not in page.split("result_list")[1]
    assert admin_page.get(f"/admin/accounts/user/{anna.pk}/change/").status_code == 200
    page = admin_page.get("/admin/accounts/user/add/").content.decode()
    assert re.search(r'id_email_verified"[^>]* checked', page)


@pytest.mark.parametrize("role", ["analyst", "manager", "operator"])
def test_nobody_else_comes_near_users(anna, role):
    User.objects.update(role=role)
    client = Client()
    client.force_login(anna)
    assert "/admin/accounts/" not in client.get("/admin/").content.decode()
    for path in ("", "add/", f"{anna.pk}/change/", f"{anna.pk}/password/", f"{anna.pk}/delete/"):
        assert client.get(f"/admin/accounts/user/{path}").status_code == 403


def test_an_admin_adds_a_user_who_may_sign_in_at_once(admin_page, norway):
    form = {
        "email": "Olaf@Example.com",
        "username": "Olaf",
        "role": "manager",
        "countries": [norway.pk],
        "is_active": "on",
        "email_verified": "on",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    assert admin_page.post("/admin/accounts/user/add/", form).status_code == 302
    olaf = User.objects.get(email="olaf@example.com")
    assert (olaf.username, olaf.role, list(olaf.countries.all())) == ("olaf", "manager", [norway])
    tokens(email="olaf")


def test_a_country_manager_needs_a_country(admin_page, anna, norway):
    page = edit(admin_page, anna, 200, role="manager")
    assert "at least one country" in page.content.decode()
    assert anna.role == "analyst"
    edit(admin_page, anna, role="manager", countries=[norway.pk])
    assert anna.role == "manager"


def test_a_username_may_not_look_like_an_address(admin_page, anna):
    edit(admin_page, anna, 200, username="root@example.com")
    edit(admin_page, anna, username="")
    assert anna.username is None


def test_tokens_and_sessions_do_not_come_back_to_life_with_the_account(admin_page, anna, api):
    refresh = tokens()["refresh"]
    api.force_login(anna)
    edit(admin_page, anna, is_active=None)
    assert not anna.is_active
    post("token/refresh", 401, refresh=refresh)
    edit(admin_page, anna)
    assert anna.is_active
    post("token/refresh", 401, refresh=refresh)
    assert me(api) == 401
    tokens()


def test_many_are_deactivated_and_activated_at_once_but_never_oneself(admin_page, anna):
    everybody = list(User.objects.values_list("pk", flat=True))
    refresh = tokens()["refresh"]
    for action, active in (("deactivate", False), ("activate", True)):
        form = {"action": action, "_selected_action": everybody}
        assert admin_page.post("/admin/accounts/user/", form).status_code == 302
        anna.refresh_from_db()
        assert anna.is_active is active
    assert User.objects.get(email="root@example.com").is_active
    post("token/refresh", 401, refresh=refresh)


def test_an_admin_gives_a_new_password_that_ends_tokens_and_links(admin_page, anna):
    pair, secret = tokens(), EmailToken.issue(anna.email, "reset")
    form = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    page = f"/admin/accounts/user/{anna.pk}/password/"
    assert admin_page.post(page, form).status_code == 302
    assert me(bearer(pair["access"])) == 401
    post("token/refresh", 401, refresh=pair["refresh"])
    post("auth/password/reset/confirm", 400, token=secret, new_password=PASSWORD)
    tokens(password=NEW)


def test_an_admin_sees_failed_sign_ins_and_lets_somebody_in_again(admin_page, anna):
    for _ in range(4):
        post("token", 401, email="anna", password="wrong")
    page = admin_page.get("/admin/axes/accessattempt/").content.decode()
    assert "anna@example.com" in page
    assert admin_page.get("/admin/axes/accessattempt/add/").status_code == 403
