"""A filled database of an older version is migrated to today's version."""

from collections.abc import Iterator
from decimal import Decimal as D
from pkgutil import resolve_name

import pytest
from django.apps import apps as current_apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import StateApps
from django_q.models import Schedule

from catalog.models import Inventory, Product
from catalog.services import stock_differences
from customers.models import Country, Customer
from ledger import build
from ledger.check import differences
from orders.models import Order, OrderItem, TaxRate
from orders.pricing import Line
from orders.services import pay, place_order
from tests.torture.conftest import often

pytestmark = pytest.mark.django_db(transaction=True)

APPS = (
    "catalog", "customers", "accounts", "orders", "imports", "ledger", "analytics",
    "recommendations", "exports",
)  # fmt: skip
FIRST_VERSION = [(app, "0001_initial") for app in ("catalog", "customers", "accounts", "orders")]
# The version in which the ledger's models were still part of the app `analytics`.
BEFORE_LEDGER_APP = [
    ("catalog", "0001_initial"),
    ("customers", "0003_taxes_shipping"),
    ("accounts", "0002_email_tokens"),
    ("orders", "0005_tax_rate_source"),
    ("imports", "0001_initial"),
    ("analytics", "0005_fit_requests"),
    ("recommendations", "0001_vouchers"),
    ("exports", "0002_words_of_seen_countries"),
]
# The periodic jobs of that version whose functions have moved since.
MOVED_JOBS = ("analytics.ledger.tidy.tidy", "analytics.fit.fit_due", "analytics.fit.fit_models")


def migrated_to(version) -> Iterator[StateApps]:
    """The models of an older version, on its own tables; restores today's tables at the end."""
    call_command("flush", interactive=False, verbosity=0)
    MigrationExecutor(connection).migrate([(app, None) for app in APPS])
    executor = MigrationExecutor(connection)
    executor.migrate(version)
    yield executor.loader.project_state(version).apps
    upgrade()


@pytest.fixture
def first_apps():
    yield from migrated_to(FIRST_VERSION)


@pytest.fixture
def apps_before_ledger():
    yield from migrated_to(BEFORE_LEDGER_APP)


def upgrade():
    call_command("migrate", interactive=False, verbosity=0)


def fill(apps, chance, orders: int) -> None:
    """Write whole orders, stock movements and countries of the shop's own, as that version did."""

    def manager(app, model):
        return apps.get_model(app, model).objects

    countries = [
        country(manager("customers", "Country"), name, code)
        for name, code in (
            ("Germany", "DE"),
            ("Österreich", "AT"),
            ("France", ""),
            ("Unspecified", ""),
        )
    ]
    manager("orders", "TaxRate").get_or_create(
        country=countries[0], valid_from="2007-01-01", defaults={"rate": D(19)}
    )
    goods = []
    for n in range(20):
        product = manager("catalog", "Product").create(
            sku=f"p{n}", name=f"P {n}", price=D(n + 1) / 4
        )
        manager("catalog", "Inventory").create(product=product, quantity=1_000)
        manager("catalog", "StockMovement").create(
            product=product, quantity=1_000, kind="opening", source=f"product:{product.pk}"
        )
        goods.append(product)
    people = [
        manager("customers", "Customer").create(
            code=f"c{n}", name=f"C {n}", email=f"c{n}@example.com", country=chance.choice(countries)
        )
        for n in range(20)
    ]
    for n in range(orders):
        create_order(manager, f"N-{n}", chance.choice(people), goods, chance)


def country(countries, name, code):
    """The country of that name or code; later versions have known most from the start."""
    same_code = countries.filter(code=code).first() if code else None
    return (
        same_code
        or countries.get_or_create(name=name, defaults={"code": code, "currency": "EUR"})[0]
    )


def create_order(manager, number, customer, goods, chance):
    day = f"20{chance.randrange(10, 27)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
    lines = [(product, chance.randrange(1, 4)) for product in chance.sample(goods, 3)]
    total = sum(product.price * n for product, n in lines)
    order = manager("orders", "Order").create(
        number=number, customer=customer, country=customer.country, currency="EUR",
        placed_at=f"{day}T12:00Z", placed_on=day, subtotal=total, total=total,
        status=chance.choice(["pending", "paid", "shipped"]),
    )  # fmt: skip
    for product, n in lines:
        item = manager("orders", "OrderItem").create(
            order=order, product=product, quantity=n, unit_price=product.price
        )
        manager("catalog", "StockMovement").create(
            product=product, quantity=-n, kind="sale", source=f"order:{order.pk}", line=item.pk
        )
        counter = manager("catalog", "Inventory").get(product=product)
        counter.quantity -= n
        counter.save()


def all_rows(apps) -> dict:
    """(columns, rows) of every table of the books and the ledger in that version."""
    tables = {}
    for model in apps.get_models():
        if model._meta.app_label in ("catalog", "customers", "orders", "analytics"):
            columns = [
                field.attname for field in model._meta.concrete_fields if not field.generated
            ]
            rows = list(model.objects.order_by("pk").values_list(*columns))
            tables[model._meta.db_table] = (columns, rows)
    return tables


def current_model(table: str):
    return next(m for m in current_apps.get_models() if m._meta.db_table == table)


def check_every_row_survived(before: dict, orders: int) -> None:
    for table, (columns, rows) in before.items():
        if table == "customers_country":  # the upgrade fills in the missing code of France
            columns, rows = ["id", "name"], [row[:2] for row in rows]
        now = current_model(table).objects.order_by("pk").values_list(*columns)
        assert list(now[: len(rows)]) == rows, table
    assert (Order.objects.count(), OrderItem.objects.count()) == (orders, 3 * orders)
    assert stock_differences() == []


def check_the_shop_takes_orders() -> None:
    product = Product.objects.get(sku="p1")
    stock = Inventory.objects.get(product=product).quantity
    sale = pay(place_order([Line(product, 2)], customer=Customer.objects.get(code="c1")))
    assert (sale.status, Inventory.objects.get(product=product).quantity) == ("paid", stock - 2)
    assert stock_differences() == []
    build.build(full=True)
    assert list(differences()) == []


# Going back to an older version takes 15 seconds, so each version is upgraded once.


def test_the_first_version_is_upgraded(first_apps, chance, tried):
    orders = often(300, 50)
    tried("orders of the first version upgraded, which then takes orders", orders)
    fill(first_apps, chance, orders)
    before = all_rows(first_apps)
    upgrade()
    check_every_row_survived(before, orders)
    # Its own countries and rates remain beside those that later versions add.
    assert list(TaxRate.objects.filter(country__code="DE").values_list("rate")) == [(D(19),)]
    assert list(Country.objects.filter(code__in=["AT", "FR"]).values_list("name", flat=True)) == [
        "France", "Österreich",
    ]  # fmt: skip
    check_the_shop_takes_orders()


def test_the_ledger_continues_after_it_became_an_app(apps_before_ledger, chance, tried):
    orders = often(300, 50)
    tried("orders, snapshots and jobs of when the ledger was part of `analytics` upgraded", orders)
    fill(apps_before_ledger, chance, orders)
    add_ledger_and_jobs(apps_before_ledger)
    before = all_rows(apps_before_ledger)
    upgrade()
    for table in ("analytics_snapshot", "analytics_ledgerfile", "analytics_dirty"):
        columns, rows = before[table]
        assert list(current_model(table).objects.values_list(*columns)) == rows
    check_every_row_survived(before, orders)
    assert build.build(full=True).number == 8
    assert not Schedule.objects.filter(func__in=MOVED_JOBS).exists()
    for function in Schedule.objects.values_list("func", flat=True):
        assert callable(resolve_name(function)), function
    check_the_shop_takes_orders()


def add_ledger_and_jobs(apps) -> None:
    """As they were when the newest snapshot was number 7."""
    apps.get_model("analytics", "Snapshot").objects.create(number=7)
    apps.get_model("analytics", "LedgerFile").objects.create(
        part="lines/2011-11", name="gone.parquet", size=1, first=7
    )
    apps.get_model("analytics", "Dirty").objects.create(part="customers")
    for function in MOVED_JOBS:
        Schedule.objects.create(name=function, func=function, schedule_type="I", minutes=10)
