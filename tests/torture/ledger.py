"""The ledger among writers, killed builders and clocks that jump: it says what the books say."""

import os
import random
import signal
import time
from datetime import UTC, datetime
from decimal import Decimal as D

import pytest
import time_machine
from django.conf import settings
from django.db import transaction

from analytics.tests.forks import Forks
from catalog.models import Category, Inventory, Product, Tag
from catalog.services import OutOfStock, StockRefused, correct_stock, restock
from customers.models import Country, Customer
from ledger import build
from ledger.check import differences
from ledger.duckdb_engine import Duck
from ledger.hot_writer import refresh_hot_copy
from ledger.models import Dirty, Snapshot
from ledger.tests.builders import empty_ledger, revenue, tables_that_differ
from orders import services
from orders.models import Order, OrderItem
from orders.pricing import OrderRefused
from orders.services import TooManyReturned, WrongState
from orders.tests.shop import Shop, at
from tests.torture.conftest import often

pytestmark = pytest.mark.django_db(transaction=True)

REFUSALS = (OutOfStock, StockRefused, OrderRefused, TooManyReturned, WrongState)


@pytest.fixture
def shop(transactional_db):
    empty_ledger()
    return Shop()


@pytest.fixture(scope="module")
def forks(django_db_setup):
    with Forks() as forks:
        yield forks


def say_the_same() -> bool:
    build.current(0)
    return list(differences()) == [] and not Dirty.objects.exists()


# Builders killed at any moment


def build_whole():
    build.build(full=True)


def test_a_builder_killed_at_any_moment_leaves_the_last_state(shop, forks, chance, tried):
    kills = often(40, 5)
    tried("kill -9 of a builder at a random moment", kills)
    mug = shop.product("mug", stock=1_000)
    for month in range(1, 13):
        shop.sell((mug, month), on=f"2025-{month:02}-15")
    before = revenue(build.current(0))
    started = time.monotonic()
    assert forks.run(build_whole) == 0
    undisturbed = time.monotonic() - started
    for n in range(kills):
        shop.sell((mug, 1), on=f"2025-{n % 12 + 1:02}-20")
        pid = forks.start(build_whole)
        time.sleep(chance.uniform(0, undisturbed))
        os.kill(pid, signal.SIGKILL)
        forks.end(pid)
        newest = revenue(Snapshot.objects.newest())
        assert newest.keys() == before.keys()
        assert sum(newest.values()) - sum(before.values()) in (10 * n, 10 * (n + 1))
        assert say_the_same()


# All kinds of writes, one after the other


class Doings:
    """Whatever people, imports and the admin do to books, drawn at random."""

    def __init__(self, shop, chance: random.Random):
        self.shop, self.chance = shop, chance
        self.made = 0

    def one(self) -> None:
        names = [name for name in dir(self) if name.startswith("do_")]
        try:
            with transaction.atomic():
                getattr(self, self.chance.choice(names))()
                if self.chance.random() < 0.1:
                    transaction.set_rollback(True)
        except REFUSALS:
            pass

    def some(self, rows):
        found = list(rows.order_by("pk"))
        return self.chance.choice(found) if found else None

    def day(self) -> str:
        return f"20{self.chance.randrange(24, 27)}-{self.chance.randrange(1, 13):02}-05 12:00"

    def name(self) -> str:
        self.made += 1
        return f"n{self.made}"

    def do_sell(self):
        goods = self.chance.sample(list(Product.objects.order_by("pk")), 2)
        buyer = self.chance.choice([None, self.some(Customer.objects)])
        self.shop.sell(
            *[(p, self.chance.randrange(1, 5)) for p in goods], on=self.day(), customer=buyer
        )

    do_sell_again = do_sell_once_more = do_sell

    def do_move(self):
        what = self.chance.choice([services.pay, services.ship, services.deliver, services.cancel])
        if sale := self.some(Order.objects.sales()):
            what(sale)

    do_move_again = do_move

    def do_give_back(self):
        if sale := self.some(Order.objects.filter(status__in=["paid", "shipped", "delivered"])):
            services.return_items(sale, {sale.items.first(): 1}, restock=True)

    def do_discard(self):
        if sale := self.some(Order.objects.filter(status__in=["pending", "canceled"])):
            services.discard(sale)

    def do_change_a_line(self):
        if item := self.some(OrderItem.objects.filter(order__status="pending")):
            services.change_line(item, self.chance.randrange(1, 9))

    def do_stock(self):
        product = self.some(Product.objects)
        self.chance.choice([restock, correct_stock])(product, self.chance.randrange(1, 50))

    def do_a_new_product(self):
        Product.objects.bulk_create([Product(sku=self.name(), name="New", price=D("1.99"))])

    def do_save_a_product(self):
        product = self.some(Product.objects)
        product.price, product.category = (
            D(self.chance.randrange(1, 99)),
            self.some(Category.objects),
        )
        product.save()

    def do_update_products(self):
        Product.objects.filter(pk__lte=self.some(Product.objects).pk).update(cost=D("0.5"))

    def do_bulk_update_products(self):
        found = list(Product.objects.order_by("pk")[:3])
        for product in found:
            product.name = self.name()
        Product.objects.bulk_update(found, ["name"])

    def do_delete_what_was_never_sold(self):
        Product.objects.filter(
            order_items=None, movements=None, pk=self.some(Product.objects).pk
        ).delete()

    def do_rename_a_category(self):
        category = self.some(Category.objects)
        category.name = self.name()
        category.save()

    def do_move_a_category(self):
        category = self.some(Category.objects)
        # Also into itself: past the forms a circle can come about.
        category.parent = self.chance.choice([None, *Category.objects.order_by("pk")])
        category.save()

    def do_tag_a_product(self):
        tag, _ = Tag.objects.get_or_create(name=f"t{self.chance.randrange(4)}")
        tags = self.some(Product.objects).tags
        self.chance.choice([tags.add, tags.remove, lambda one: tags.set([one])])(tag)

    def do_tag_products(self):
        if tag := self.some(Tag.objects):
            wanted = self.chance.sample(list(Product.objects.order_by("pk")), 3)
            change = self.chance.choice(["add", "remove", "set"])
            getattr(tag.products, change)(*([wanted] if change == "set" else wanted))

    def do_clear_tags(self):
        model, name = self.chance.choice([(Product, "tags"), (Tag, "products")])
        if row := self.some(model.objects):
            getattr(row, name).clear()

    def do_rename_a_tag(self):
        Tag.objects.filter(pk=getattr(self.some(Tag.objects), "pk", 0)).update(name=self.name())

    def do_delete_a_tag(self):
        if tag := self.some(Tag.objects):
            tag.delete()

    def do_a_customer(self):
        self.shop.customer(self.name(), country=self.some(Country.objects))

    def do_move_a_customer(self):
        Customer.objects.filter(pk=self.some(Customer.objects).pk).update(
            country=self.some(Country.objects)
        )

    def do_rename_a_country(self):
        country = self.some(Country.objects)
        country.name = self.name()
        country.save()

    def do_move_an_order_in_time(self):
        if order := self.some(Order.objects):
            order.placed_at = at(self.day())
            order.save()

    def do_move_orders_by_an_update(self):
        moment = at(self.day())
        Order.objects.filter(pk=getattr(self.some(Order.objects), "pk", 0)).update(
            placed_at=moment, placed_on=moment.date()
        )

    def do_reorder_levels(self):
        Inventory.objects.update(reorder_level=self.chance.randrange(50))


def filled(shop):
    for n in range(6):
        shop.product(f"p{n}", stock=200, category=f"c{n % 3}")
    return shop


def test_after_any_mix_of_writes_the_ledger_says_what_the_books_say(shop, chance, tried):
    writes = often(600, 60)
    tried("writes of all kinds in any mix, ledger compared after every tenth", writes)
    doings, duck, copies = Doings(filled(shop), chance), Duck(settings.LEDGER_FOLDER), 0
    for n in range(writes):
        doings.one()
        if n % 10 == 9:
            assert say_the_same(), list(differences())
            if chance.random() < 0.3:
                copies += refresh_hot_copy(is_hurried=True)
            assert tables_that_differ(duck, Snapshot.objects.newest()) == []
    tried("hot copies of the ledger among them, compared with Parquet", copies)


def test_a_clock_that_jumps_hides_no_write(shop, chance, tried):
    jumps = often(40, 6)
    tried("jumps of the clock by up to ten years, writes and a reader between them", jumps)
    doings = Doings(filled(shop), chance)
    for _ in range(jumps):
        moment = datetime(chance.randrange(2020, 2036), chance.randrange(1, 13), 5, tzinfo=UTC)
        with time_machine.travel(moment):
            for _ in range(3):
                doings.one()
            assert say_the_same(), list(differences())
            build.current(chance.choice([0, 5]))
    assert say_the_same()
