import re
from datetime import timedelta
from io import StringIO

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.core.management.sql import emit_post_migrate_signal
from django.utils import timezone
from django_q.models import Schedule
from rest_framework.test import APIClient, APIRequestFactory, force_authenticate
from rest_framework.views import APIView
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from accounts import jwt
from accounts.models import EmailToken, User
from accounts.services import tidy
from accounts.tests.conftest import PASSWORD, bearer, me, post, tokens
from customers.models import Country

NEW = "nine other lamps"


def test_everybody_sees_their_own_account(anna, api):
    Country.objects.all().delete()
    anna.countries.add(Country.objects.create(name="Norway", code="NO"))
    api.force_login(anna)
    body = api.get("/api/users/me/").json()
    assert body.pop("date_joined")
    assert body == {
        "id": anna.pk,
        "email": "anna@example.com",
        "username": "anna",
        "name": "",
        "role": "analyst",
        "countries": ["Norway"],
    }
    assert me(APIClient()) == 401


def test_only_the_name_is_ones_own_to_change(anna, api):
    api.force_login(anna)
    assert api.patch("/api/users/me/", {"name": "Anna B."}).json()["name"] == "Anna B."
    for field in ("email", "username", "role", "countries", "is_active", "is_superuser"):
        response = api.patch("/api/users/me/", {field: "admin"})
        assert response.status_code == 400
        assert response.json()["errors"][0]["field"] == field
    anna.refresh_from_db()
    assert (anna.email, anna.username, anna.role) == ("anna@example.com", "anna", "analyst")


def test_methods_that_are_not_there_answer_405_and_unknown_parameters_400(anna, api):
    api.force_login(anna)
    for ask in (api.put, api.delete, api.post):
        assert ask("/api/users/me/").status_code == 405
    assert api.get("/api/auth/login/").status_code == 405
    assert api.get("/api/users/me/?role=admin").status_code == 400
    assert api.head("/api/users/me/").status_code == 200


def test_a_new_password_needs_the_old_one_and_ends_every_session_and_token(anna, api):
    other, pair = APIClient(), tokens()
    for session in (api, other):
        post("auth/login", 200, session, email="anna", password=PASSWORD)
    change = {"old_password": "wrong", "new_password": NEW}
    assert post("auth/password/change", 400, api, **change)["errors"][0]["field"] == "old_password"
    change["old_password"] = PASSWORD
    weak = post("auth/password/change", 400, api, **change | {"new_password": "short"})
    assert weak["errors"][0]["field"] == "new_password"
    post("auth/password/change", 204, api, **change)
    assert [me(client) for client in (api, other, bearer(pair["access"]))] == [401, 401, 401]
    post("token/refresh", 401, refresh=pair["refresh"])
    tokens(password=NEW)


def test_guessing_the_old_password_locks_the_account(anna, api):
    api.force_login(anna)
    guess = {"old_password": "wrong", "new_password": NEW}
    for _ in range(4):
        post("auth/password/change", 400, api, **guess)
    post("auth/password/change", 429, api, **guess)
    post("auth/password/change", 401, **guess)


def test_somebody_without_a_role_may_change_their_password_and_nothing_of_the_books(db, api):
    user = User.objects.create_user("bert@example.com", PASSWORD, email_verified=True)
    api.force_login(user)
    assert me(api) == 200
    assert api.get("/api/products/").status_code == 403
    post("auth/password/change", 204, api, old_password=PASSWORD, new_password=NEW)


def test_a_view_that_declares_nothing_is_refused(anna):
    class Undeclared(APIView):
        def get(self, request):
            raise AssertionError

    request = APIRequestFactory().get("/")
    assert Undeclared.as_view()(request).status_code == 401
    force_authenticate(request, anna)
    assert Undeclared.as_view()(request).status_code == 403
    Undeclared.resource, Undeclared.actions = "products", {"post": "list"}
    assert Undeclared.as_view()(request).status_code == 403
    Undeclared.actions = {"get": "destroy"}
    assert Undeclared.as_view()(request).status_code == 403


def test_createsuperuser_makes_an_admin_who_may_sign_in(db, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_EMAIL", "Root@Example.com")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", interactive=False, verbosity=0)
    assert User.objects.get().role == "admin"
    tokens(email="root@example.com")
    with pytest.raises(CommandError):
        call_command("createsuperuser", interactive=False, verbosity=0)


def superuser(**options):
    call_command("createsuperuser", interactive=False, verbosity=0, **options)
    return User.objects.get()


def test_a_superuser_may_have_a_username_of_the_environment(db, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_EMAIL", "root@example.com")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    monkeypatch.setenv("DJANGO_SUPERUSER_USERNAME", "Admin")
    assert superuser().username == "admin"
    tokens(email="admin")


def test_a_superuser_may_have_a_username_of_the_command_line(db, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    with pytest.raises(CommandError, match="Letters, digits"):
        call_command(
            "createsuperuser", "--noinput", "--email", "root@example.com", "--username", "a@b"
        )
    call_command("createsuperuser", "--noinput", "--email=root@example.com", "--username=root")
    assert set(tokens(email="root")) == {"access", "refresh"}
    assert User.objects.get().role == "admin"


def demo_account(**options):
    out = StringIO()
    call_command("demo_account", stdout=out, **options)
    return out.getvalue()


def test_the_demo_account_gets_a_fresh_password_each_time(db):
    assert demo_account() == ""
    line = demo_account(create=True)
    sign_in = r"Sign in as demo@example\.com with the password ([a-z2-9]{5}(?:-[a-z2-9]{5}){2})\n"
    first = re.fullmatch(sign_in, line)[1]
    second = re.fullmatch(sign_in, demo_account())[1]
    post("token", 401, email="demo@example.com", password=first)
    tokens(email="demo@example.com", password=second)
    assert User.objects.get().role == "admin"
    User.objects.update(is_active=False)
    assert demo_account(create=True) == ""


def test_tidying_drops_what_has_expired_and_keeps_the_rest(anna):
    past, future = (timezone.now() + timedelta(days=days) for days in (-1, 1))
    for email, expires in (("old", past), ("new", future)):
        EmailToken.issue(email, "reset")
        EmailToken.objects.filter(email=email).update(expires_at=expires)
        Session.objects.create(session_key=email, session_data="", expire_date=expires)
        attempt = AccessAttempt.objects.create(username=email, failures_since_start=1)
        AccessAttempt.objects.filter(pk=attempt.pk).update(attempt_time=expires)
    tokens()
    jwt.revoke(anna)
    OutstandingToken.objects.update(expires_at=past)
    tokens()
    tidy()
    tidy()
    assert EmailToken.objects.get().email == "new"
    assert Session.objects.get().session_key == "new"
    assert AccessAttempt.objects.get().username == "new"
    assert (OutstandingToken.objects.count(), BlacklistedToken.objects.count()) == (1, 0)


def test_tidying_is_scheduled_once_every_minute(db):
    emit_post_migrate_signal(0, False, "default")
    schedule = Schedule.objects.get(name="accounts.services.tidy")
    assert (schedule.func, schedule.minutes) == ("accounts.services.tidy", 1)
