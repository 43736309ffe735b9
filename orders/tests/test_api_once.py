from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import time_machine
from django.db import OperationalError, connection

from core import retries
from orders.idempotency import Busy, forget_old, run_once
from orders.models import IdempotencyKey, Order
from orders.tests.shop import Shop

THREADS = 16


def send(api, body, key="k1"):
    return api.post("/api/orders/", body, headers={"Idempotency-Key": key})


def body(shop, quantity=1, stock=100):
    mug = shop.product("mug", stock=stock)
    return {"country": "DE", "items": [{"product": mug.pk, "quantity": quantity}]}


def test_a_repeated_request_gets_the_first_response(api, shop):
    order = body(shop)
    first, again = send(api, order), send(api, order)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert Order.objects.count() == 1


def test_another_request_with_the_same_key_is_refused(api, shop):
    order = body(shop)
    send(api, order)
    answer = send(api, order | {"shipping": "1"})
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert Order.objects.count() == 1


def test_users_do_not_share_keys(signed_in, shop):
    order = body(shop)
    send(signed_in("admin"), order)
    assert "Idempotency-Replayed" not in send(signed_in("operator"), order)
    assert Order.objects.count() == 2


def test_a_failed_request_can_be_repeated(api, shop):
    order = body(shop, quantity=2, stock=1)
    assert send(api, order).status_code == 409
    assert not IdempotencyKey.objects.exists()
    shop.product("cup")
    assert send(api, order | {"items": [{**order["items"][0], "quantity": 1}]}).status_code == 201


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "ä", "a b", "a\tb"])
def test_a_key_is_short_visible_text(api, shop, key):
    answer = send(api, body(shop), key)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "Idempotency-Key")


def test_keys_are_deleted_after_a_day(api, shop):
    with time_machine.travel("2026-03-05T12:00:00Z", tick=False) as clock:
        send(api, body(shop))
        clock.shift(24 * 3600)
        assert forget_old() == 0
        clock.shift(1)
        assert forget_old() == 1


@pytest.fixture
def pauses(monkeypatch):
    """The pauses between attempts."""
    slept = []
    monkeypatch.setattr(retries.time, "sleep", slept.append)
    return slept


def failing(times, error):
    failures = [OperationalError(error)] * times

    def work():
        if failures:
            raise failures.pop()
        return {"number": "1"}

    return work


def test_the_loser_of_a_deadlock_tries_again(api, pauses):
    work = failing(29, "Deadlock found when trying to get lock")
    assert run_once(api.user, "k1", "f", work) == ({"number": "1"}, False)
    assert len(pauses) == 29
    assert all(0.01 <= pause <= 0.1 for pause in pauses)


def test_a_request_gives_up_after_thirty_deadlocks(api, pauses):
    with pytest.raises(Busy):
        run_once(api.user, "k1", "f", failing(30, "deadlock detected"))
    assert not IdempotencyKey.objects.exists()


def test_other_database_errors_are_not_retried(api, pauses):
    with pytest.raises(OperationalError, match="disk is full"):
        run_once(api.user, "k1", "f", failing(1, "disk is full"))
    assert pauses == []


def parallel(api, order):
    gate = Barrier(THREADS)

    def work(_):
        try:
            gate.wait()
            return send(api, order)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, range(THREADS)))


@pytest.mark.django_db(transaction=True)
def test_sixteen_parallel_requests_create_one_order(signed_in):
    answers = parallel(signed_in("admin"), body(Shop()))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer for answer in answers) == 1
    assert Order.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_sixteen_parallel_failures_all_give_the_reason(signed_in):
    answers = parallel(signed_in("admin"), body(Shop(), quantity=2, stock=1))
    assert {answer.status_code for answer in answers} == {409}
    assert not Order.objects.exists()
