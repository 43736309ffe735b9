"""Every address × method × person, as the URLconf has them, against the table of roles."""

import re

import pytest
from django.db import transaction
from django.test import Client
from rest_framework.permissions import AllowAny
from rest_framework.test import APIClient

from accounts.models import User
from accounts.roles import GRANTS, Role, allowed
from analytics.faces import FACES
from analytics.tests.access import (
    METHODS,
    NOTHING_THERE,
    OPEN,
    OWNED,
    SENTINELS,
    declared,
    ids_by_resource,
    routes,
    with_analysis_name,
)
from catalog.models import Category
from core import throttles
from ledger import build

pytestmark = pytest.mark.once


@pytest.fixture
def ids(shop):
    ids = ids_by_resource(shop)
    # Requests are rolled back, and what they had built with them: each would build all parts anew.
    build.current()
    return ids


def ask(client, method, address, pk):
    """The answer to a request that leaves no trace."""
    throttles.forget()
    address = address.replace(f"(?P<suffix>{'|'.join(FACES)})", "csv")
    address = with_analysis_name(address)
    path = "/" + re.sub(r"\(\?P<pk>[^)]*\)", str(pk), address).replace("\\", "")
    body = {"data": {}} if method in ("post", "put", "patch") else {}
    if "imports" in address or "bulk" in address:
        body = {**body, "format": "multipart"} if body else {}
    with transaction.atomic():
        answer = getattr(client, method)(path, **body)
        transaction.set_rollback(True)
    return answer


def text_of(answer) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode(errors="replace")  # some are pictures


def expected(role, resource, action):
    if action is None:
        return {405}
    if not allowed(role, resource, action):
        return {403}
    return {200, 201, 204, 400, 409} | ({404} if resource in OWNED else set())


def pages():
    """(address, resource, action) of every page that `for_roles` guards."""
    for address, view in routes():
        if hasattr(view, "resource") and not hasattr(view, "cls"):
            yield address, view.resource, view.action


def test_every_route_is_declared():
    known = {address for address, *_ in [*declared(), *pages()]} | OPEN | {NOTHING_THERE}
    assert {address for address, _ in routes()} - known == set()
    assert {resource for _, resource, _ in declared()} <= GRANTS.keys()


def test_only_routes_that_are_listed_are_open_to_everybody():
    opened = {
        address
        for address, view in routes()
        if AllowAny in getattr(getattr(view, "cls", None), "permission_classes", ())
    }
    assert opened - OPEN == set()


def test_no_address_has_a_second_spelling():
    assert [address for address, _ in routes() if "format" in address] == []


def test_nobody_gets_in_without_signing_in(ids):
    stranger = APIClient()
    for address, resource, _ in declared():
        for method in METHODS:
            answer = ask(stranger, method, address, ids.get(resource, (1,))[0])
            assert answer.status_code == 401, (method, address)
            assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("role", [*Role, ""])
def test_a_role_may_do_what_the_table_says_and_nothing_else(role, ids, signed_in, shop):
    client = signed_in(role, shop.germany)
    for address, resource, actions in declared():
        for method in METHODS:
            answer = ask(client, method, address, ids.get(resource, (1,))[0])
            asked = (method, address, text_of(answer))
            assert answer.status_code in expected(role, resource, actions.get(method)), asked


@pytest.mark.parametrize("role", [Role.MANAGER, ""])
def test_nothing_of_another_country_is_ever_answered(role, ids, signed_in, shop):
    client = signed_in(role, shop.germany)
    for address, resource, actions in declared():
        for foreign, pk in enumerate(ids.get(resource, (1,))):
            if pk is None:
                continue
            for method in METHODS:
                answer = ask(client, method, address, pk)
                asked = (method, address, text_of(answer))
                assert not any(word in asked[2] for word in SENTINELS), asked
                action = actions.get(method)
                if foreign and "pk" in address and action and allowed(role, resource, action):
                    assert answer.status_code == 404, asked


def test_the_sentinels_are_there_for_those_who_may_see_them(ids, signed_in):
    client = signed_in(Role.ADMIN)
    for path in ("customers", "orders", "order-items", "tax-rates", "purchases"):
        text = client.get(f"/api/{path}/?page_size=500").content.decode()
        assert any(word in text for word in SENTINELS), path


def test_somebody_who_is_not_active_may_do_nothing(ids, signed_in):
    client = signed_in(Role.ADMIN)
    User.objects.filter(pk=client.user.pk).update(is_active=False)
    client.user.refresh_from_db()
    assert client.get("/api/products/").status_code == 403
    assert Category.objects.exists()


def opened(client, address, ids, resource):
    path = re.sub(r"<int:[a-z_]+>", str(ids.get(resource, (1,))[0]), f"/{address}")
    path = path.replace("<path:path>", "revenue/monthly")
    answer = client.get(path)
    return client.post(path) if answer.status_code == 405 else answer


def test_pages_ask_strangers_to_sign_in(ids):
    for address, resource, _ in pages():
        answer = opened(Client(), address, ids, resource)
        assert answer.status_code == 302, address
        assert answer["Location"].startswith("/accounts/login/?next=/"), address


@pytest.mark.parametrize("role", Role)
def test_pages_open_to_the_roles_of_the_table(role, ids, signed_in, shop):
    client, user = Client(), signed_in(role, shop.germany).user
    for address, resource, action in pages():
        client.force_login(user, "accounts.backends.EmailOrUsername")  # some pages sign out
        status = opened(client, address, ids, resource).status_code
        told = (address, status)
        assert (status == 403) == (not allowed(role, resource, action)), told
        assert status in (200, 204, 302, 400, 403, 404, 405, 409), told
