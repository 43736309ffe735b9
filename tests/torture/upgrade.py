"""Books of the first version, with a shop in them, brought to today's version."""

from decimal import Decimal as D

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from catalog.models import Inventory, Product
from catalog.services import stock_differences
from customers.models import Country, Customer
from ledger import build
from ledger.check import differences
from orders.models import Order, OrderItem, TaxRate
from orders.services import pay, place_order
from tests.torture.conftest import often

pytestmark = pytest.mark.django_db(transaction=True)

OURS = (
    "catalog",
    "customers",
    "accounts",
    "orders",
    "imports",
    "analytics",
    "recommendations",
    "exports",
)
FIRST = [(app, "0001_initial") for app in ("catalog", "customers", "accounts", "orders")]


@pytest.fixture
def first_version():
    """The models as they were, on tables as they were; afterwards the tables are today's again."""
    call_command("flush", interactive=False, verbosity=0)
    MigrationExecutor(connection).migrate([(app, None) for app in OURS])
    executor = MigrationExecutor(connection)
    executor.migrate(FIRST)
    yield executor.loader.project_state(FIRST).apps
    upgrade()


def upgrade():
    call_command("migrate", interactive=False, verbosity=0)


def fill(apps, chance, orders: int) -> dict:
    """A shop as the first version wrote it: whole documents, stock moved, and its own countries."""

    def rows(app, model):
        return apps.get_model(app, model).objects

    countries = [
        rows("customers", "Country").create(name=name, code=code, currency="EUR")
        for name, code in (
            ("Germany", "DE"),
            ("Österreich", "AT"),
            ("France", ""),
            ("Unspecified", ""),
        )
    ]
    rows("orders", "TaxRate").create(country=countries[0], rate=D("19"), valid_from="2007-01-01")
    goods = []
    for n in range(20):
        product = rows("catalog", "Product").create(sku=f"p{n}", name=f"P {n}", price=D(n + 1) / 4)
        rows("catalog", "Inventory").create(product=product, quantity=1_000)
        rows("catalog", "StockMovement").create(
            product=product, quantity=1_000, kind="opening", source=f"product:{product.pk}"
        )
        goods.append(product)
    people = [
        rows("customers", "Customer").create(
            code=f"c{n}", name=f"C {n}", email=f"c{n}@example.com", country=chance.choice(countries)
        )
        for n in range(20)
    ]
    for n in range(orders):
        place(rows, f"N-{n}", chance.choice(people), goods, chance)
    return {"orders": orders, "customers": len(people), "goods": len(goods)}


def place(rows, number, customer, goods, chance):
    day = f"20{chance.randrange(10, 27)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
    lines = [(product, chance.randrange(1, 4)) for product in chance.sample(goods, 3)]
    total = sum(product.price * n for product, n in lines)
    order = rows("orders", "Order").create(
        number=number, customer=customer, country=customer.country, currency="EUR",
        placed_at=f"{day}T12:00Z", placed_on=day, subtotal=total, total=total,
        status=chance.choice(["pending", "paid", "shipped"]),
    )  # fmt: skip
    for product, n in lines:
        item = rows("orders", "OrderItem").create(
            order=order, product=product, quantity=n, unit_price=product.price
        )
        rows("catalog", "StockMovement").create(
            product=product, quantity=-n, kind="sale", source=f"order:{order.pk}", line=item.pk
        )
        counter = rows("catalog", "Inventory").get(product=product)
        counter.quantity -= n
        counter.save()


def sums(apps) -> dict:
    """Every row of the books that the first version knew, by its own columns."""
    found = {}
    for model in apps.get_models():
        if model._meta.app_label in ("catalog", "customers", "orders"):
            columns = [f.attname for f in model._meta.concrete_fields if not f.generated]
            found[model._meta.label] = (
                columns,
                list(model.objects.order_by("pk").values_list(*columns)),
            )
    return found


def test_the_books_of_the_first_version_come_along_whole(first_version, chance, tried):
    orders = often(300, 50)
    tried("orders of the first version's books migrated forwards", orders)
    fill(first_version, chance, orders)
    before = sums(first_version)
    upgrade()
    from django.apps import apps

    for label, (columns, rows) in before.items():
        now = apps.get_model(label).objects.order_by("pk").values_list(*columns)
        if label == "customers.Country":  # France got its code
            columns, rows = ["id", "name"], [(row[0], row[1]) for row in rows]
            now = apps.get_model(label).objects.order_by("pk").values_list("id", "name")
        assert list(now[: len(rows)]) == rows, label
    assert (Order.objects.count(), OrderItem.objects.count()) == (orders, 3 * orders)
    assert list(TaxRate.objects.filter(country__code="DE").values_list("rate")) == [(D(19),)]
    assert list(Country.objects.filter(code__in=["AT", "FR"]).values_list("name", flat=True)) == [
        "France", "Österreich",
    ]  # fmt: skip
    assert stock_differences() == []


def test_the_upgraded_shop_sells_on(first_version, chance, tried):
    tried("sales in an upgraded shop, ledger and stock checked")
    fill(first_version, chance, 20)
    upgrade()
    from orders.pricing import Line

    product, before = (
        Product.objects.get(sku="p1"),
        Inventory.objects.get(product__sku="p1").quantity,
    )
    sale = pay(place_order([Line(product, 2)], customer=Customer.objects.get(code="c1")))
    assert (sale.status, Inventory.objects.get(product=product).quantity) == ("paid", before - 2)
    assert stock_differences() == []
    build.build(full=True)
    assert list(differences()) == []
