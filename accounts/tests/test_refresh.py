from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import time_machine
from django.db import connection
from rest_framework.test import APIClient
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts import jwt
from accounts.models import User
from accounts.services import change_password
from accounts.tests.conftest import PASSWORD, bearer, me, post, tokens
from config.passwords import PASSWORD_HASHERS


def refreshed(refresh):
    return post("token/refresh", 200, refresh=refresh)


def refused(refresh):
    return post("token/refresh", 401, refresh=refresh)


def test_a_refresh_token_gives_a_new_pair_and_works_once(anna):
    first = tokens()
    second = refreshed(first["refresh"])
    assert me(bearer(second["access"])) == 200
    refused(first["refresh"])
    refreshed(second["refresh"])


@pytest.mark.django_db(transaction=True)
def test_of_sixteen_refreshes_at_once_one_wins_and_its_token_works(anna):
    refresh, start = tokens()["refresh"], Barrier(16)

    def run(_):
        try:
            start.wait()
            return APIClient().post("/api/token/refresh/", {"refresh": refresh})
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(run, range(16)))
    assert sorted(answer.status_code for answer in answers) == [200] + 15 * [401]
    [winner] = [answer for answer in answers if answer.status_code == 200]
    refreshed(winner.json()["refresh"])


def test_a_stolen_token_used_late_ends_the_sign_in_it_came_from_and_no_other(anna):
    with time_machine.travel("2026-03-05 12:00:00Z", tick=False) as clock:
        stolen, other = tokens()["refresh"], tokens()["refresh"]
        newest = refreshed(refreshed(stolen)["refresh"])["refresh"]
        clock.shift(31)
        refused(stolen)
        refused(newest)
        refreshed(other)


def test_tokens_expire(anna):
    with time_machine.travel("2026-03-05 12:00:00Z", tick=False) as clock:
        pair = tokens()
        clock.shift(10 * 60 + 1)
        assert me(bearer(pair["access"])) == 401
        clock.shift(14 * 24 * 3600)
        refused(pair["refresh"])


def test_a_new_password_ends_access_and_refresh_tokens(anna):
    pair = tokens()
    change_password(anna, "nine other lamps")
    assert me(bearer(pair["access"])) == 401
    refused(pair["refresh"])


@pytest.mark.parametrize("change", [{"is_active": False}, {"email_verified": False}])
def test_who_may_not_sign_in_may_not_refresh(anna, change):
    refresh = tokens()["refresh"]
    User.objects.update(**change)
    refused(refresh)


def test_a_deactivated_account_has_no_open_access(anna):
    pair = tokens()
    User.objects.update(is_active=False)
    assert me(bearer(pair["access"])) == 401


def test_revoked_tokens_stay_dead(anna):
    first, second = tokens()["refresh"], tokens()["refresh"]
    jwt.revoke(anna)
    refused(first)
    refused(second)


def test_tokens_of_a_deleted_account_are_refused(anna):
    pair = tokens()
    anna.delete()
    assert me(bearer(pair["access"])) == 401
    refused(pair["refresh"])
    post("auth/logout", 204, refresh=pair["refresh"])


def test_a_token_that_was_never_recorded_is_refused(anna):
    refresh = tokens()["refresh"]
    OutstandingToken.objects.all().delete()
    refused(refresh)


def test_signing_out_ends_the_refresh_token_its_family_and_nothing_else(anna):
    pair, other = tokens(), tokens()["refresh"]
    newest = refreshed(pair["refresh"])["refresh"]
    post("auth/logout", 204, bearer(pair["access"]), refresh=pair["refresh"])
    refused(newest)
    refreshed(other)


def test_signing_out_with_what_is_no_token_is_no_error(db):
    post("auth/logout", 204, refresh="rubbish")
    post("auth/logout", 204)


def test_an_unknown_refresh_token_is_refused_with_a_challenge(db):
    response = APIClient().post("/api/token/refresh/", {"refresh": "rubbish"})
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert post("token/refresh", 400)["errors"][0]["field"] == "refresh"


def test_passwords_are_kept_as_argon2_of_full_strength(anna, settings):
    settings.PASSWORD_HASHERS = PASSWORD_HASHERS
    anna.set_password(PASSWORD)
    assert anna.password.startswith("argon2$argon2id$v=19$m=102400,t=2,p=8$")
    assert PASSWORD not in anna.password
