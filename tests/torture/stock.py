"""Buyers at once, and doings in any order: never a piece too many, never one lost."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import hypothesis.strategies as st
import pytest
from django.db import OperationalError, connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from catalog.models import Inventory
from catalog.services import OutOfStock, restock, stock_differences
from orders import services
from orders.models import Order
from orders.services import WrongState
from orders.tests.shop import Shop, at
from tests.torture.conftest import SEED, often

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 32


def at_once(work, arguments) -> list:
    def alone(argument):
        try:
            return work(argument)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(alone, arguments))


def test_racing_orders_sell_what_is_there_and_no_more(chance, tried):
    many = often(10_000, 600)
    tried(f"racing orders of 1 to 4 lines by {THREADS} buyers, every fifth called off", many)
    shop = Shop()
    goods = [shop.product(f"p{n}", stock=many // 8) for n in range(10)]
    plans = [
        (
            [(p, chance.randrange(1, 4)) for p in chance.sample(goods, chance.randrange(1, 5))],
            chance.random() < 0.2,
        )
        for _ in range(many)
    ]

    def buy(plan):
        lines, calls_off = plan
        try:
            sale = shop.sell(*lines)
        except OutOfStock:
            return "sold out", 0
        if calls_off:
            services.cancel(sale)
            return "called off", 0
        return "sold", sum(quantity for _, quantity in lines)

    outcomes = at_once(buy, plans)
    counts, pieces = Counter(what for what, _ in outcomes), sum(n for _, n in outcomes)
    assert counts["sold out"] > 0 < counts["called off"]
    assert Order.objects.counting().count() == counts["sold"]
    assert Order.objects.count() == counts["sold"] + counts["called off"]
    left = list(Inventory.objects.values_list("quantity", flat=True))
    assert min(left) >= 0
    assert sum(left) == many // 8 * 10 - pieces
    assert stock_differences() == []


# Any doings one after the other, beside a shop of plain Python


class ShopOfPlainPython(RuleBasedStateMachine):
    """What the shop should hold after place, pay, ship, cancel, return and restock."""

    @initialize()
    def open(self):
        self.point = transaction.atomic()
        self.point.__enter__()
        self.shop = Shop()
        self.goods = [self.shop.product(f"p{n}", stock=10) for n in range(3)]
        self.shelf = {p.pk: 10 for p in self.goods}
        self.sales: list[dict] = []

    def teardown(self):
        if hasattr(self, "point"):
            transaction.set_rollback(True)
            self.point.__exit__(None, None, None)

    @rule(lines=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 6)), min_size=1, max_size=3))
    def place(self, lines):
        wanted = Counter()
        for n, pieces in lines:
            wanted[self.goods[n].pk] += pieces
        enough = all(self.shelf[pk] >= pieces for pk, pieces in wanted.items())
        try:
            sale = self.shop.sell(*[(self.goods[n], pieces) for n, pieces in lines])
        except OutOfStock:
            assert not enough
            return
        assert enough
        for pk, pieces in wanted.items():
            self.shelf[pk] -= pieces
        self.sales.append(
            {"sale": sale, "state": "pending", "lines": dict(wanted), "back": Counter()}
        )

    @rule(n=st.integers(0, 9), what=st.sampled_from(["pay", "ship", "deliver", "cancel"]))
    def move(self, n, what):
        known = self.sale(n)
        if known is None:
            return
        before, after = {
            "pay": (["pending"], "paid"),
            "ship": (["paid"], "shipped"),
            "deliver": (["shipped"], "delivered"),
            "cancel": (["pending", "paid"], "canceled"),
        }[what]
        may = known["state"] in before and not (what == "cancel" and known["back"])
        try:
            getattr(services, what)(known["sale"])
        except WrongState:
            assert not may
            return
        assert may
        known["state"] = after
        if after == "canceled":
            for pk, pieces in known["lines"].items():
                self.shelf[pk] += pieces

    @rule(n=st.integers(0, 9), pieces=st.integers(1, 7), shelved=st.booleans())
    def give_back(self, n, pieces, shelved):
        known = self.sale(n)
        if known is None:
            return
        item = known["sale"].items.order_by("product_id").first()
        pk = item.product_id
        may = known["state"] in ("paid", "shipped", "delivered") and (
            known["back"][pk] + pieces <= known["lines"][pk]
        )
        try:
            services.return_items(
                known["sale"], {item: pieces}, restock=shelved, at=at("2026-04-01")
            )
        except (WrongState, services.TooManyReturned):
            assert not may
            known["back"] += Counter()  # asking for a product's count must not leave a zero
            return
        assert may
        known["back"][pk] += pieces
        self.shelf[pk] += pieces if shelved else 0

    @rule(n=st.integers(0, 2), pieces=st.integers(1, 20))
    def deliver_goods(self, n, pieces):
        restock(self.goods[n], pieces)
        self.shelf[self.goods[n].pk] += pieces

    @invariant()
    def the_books_say_the_same(self):
        if not hasattr(self, "shelf"):
            return
        assert dict(Inventory.objects.values_list("product_id", "quantity")) == self.shelf
        assert stock_differences() == []
        for known in self.sales:
            assert Order.objects.get(pk=known["sale"].pk).status == known["state"]

    def sale(self, n):
        return self.sales[n % len(self.sales)] if self.sales else None


def test_any_doings_leave_what_plain_python_says(tried):
    examples = often(100, 10)
    tried("sequences of up to 30 actions beside a shop of plain Python", examples)
    run_state_machine_as_test(
        ShopOfPlainPython,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


# The same request many times


def order_of(product, pieces=1):
    return {"country": "DE", "items": [{"product": product.pk, "quantity": pieces}]}


def test_a_key_is_one_order_whoever_sends_it_how_often(signed_in, tried, monkeypatch):
    monkeypatch.setattr("core.throttles.SharedThrottle.allow_request", allowed)
    keys = often(200, 10)
    tried(f"idempotency keys sent by {THREADS} threads each", keys)
    shop, api = Shop(), signed_in("admin")
    mug = shop.product("mug", stock=keys)

    def send_all(thread):
        own = random.Random(f"{SEED} {thread}")
        answers = {}
        for n in own.sample(range(keys), keys):
            answer = api.post("/api/orders/", order_of(mug), headers={"Idempotency-Key": f"k{n}"})
            answers[n] = (answer.status_code, answer.content)
        return answers

    answers = at_once(send_all, range(THREADS))
    assert {status for given in answers for status, _ in given.values()} == {201}
    for n in range(keys):
        assert len({given[n] for given in answers}) == 1
    assert Order.objects.count() == keys
    assert (Inventory.objects.get().quantity, stock_differences()) == (0, [])


def allowed(self, request, view):
    return True


def test_who_is_locked_out_by_others_tries_again(signed_in, tried, monkeypatch):
    """Others lock the same shelves in the other direction, as no part of the program does."""
    monkeypatch.setattr("core.throttles.SharedThrottle.allow_request", allowed)
    rounds = often(20, 10)
    tried("orders with a key beside somebody who locks stock in the wrong order", rounds)
    shop, api = Shop(), signed_in("admin")
    goods = [shop.product(f"p{n}", stock=rounds) for n in range(6)]
    lines = {"items": [{"product": p.pk, "quantity": 1} for p in goods], "country": "DE"}

    def work(n):
        if n % 2:
            return lock_backwards(goods)
        key = {"Idempotency-Key": f"d{n}"}
        return api.post("/api/orders/", lines, headers=key).status_code

    outcomes = Counter(at_once(work, range(2 * rounds)))
    assert outcomes[201] == rounds, outcomes
    assert Order.objects.count() == rounds
    assert set(Inventory.objects.values_list("quantity", flat=True)) == {0}
    assert stock_differences() == []


def lock_backwards(goods) -> str:
    try:
        with transaction.atomic():
            for product in reversed(goods):
                Inventory.objects.filter(product=product).update(reorder_level=1)
    except OperationalError:
        return "gave way"
    return "locked"
