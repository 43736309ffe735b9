"""The ledger follows the books, whatever writes them."""

import io
from datetime import date
from decimal import Decimal as D

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.db.models import F

from accounts.models import User
from catalog.models import Category, Inventory, Product, Tag
from catalog.services import correct_stock, restock
from customers.models import Country, Customer
from imports.models import Import
from imports.undo import undo
from ledger import build
from ledger.check import differences
from ledger.models import Dirty
from orders import services
from orders.models import Order, OrderItem
from orders.pricing import Line
from orders.services import cancel
from orders.tests.shop import Shop, at

SALES = settings.BASE_DIR / "tests/data/uci.csv"
MARCH, APRIL = {"lines/2026-03", "orders/2026-03"}, {"lines/2026-04", "orders/2026-04"}
IN_FILE = {f"{kind}/{month}" for kind in ("lines", "orders") for month in ("2010-12", "2011-08")}


def test_a_sale_is_in_the_next_answer(shop, rows):
    mug = shop.product("mug")
    shop.sell((mug, 2), on="2026-03-05")
    assert rows("revenue/by-hour")[12] == (12, D("20.0000"), 1)
    shop.sell((mug, 1), on="2026-03-05")
    assert rows("revenue/by-hour")[12] == (12, D("30.0000"), 2)


def test_a_canceled_order_earns_nothing(shop, rows):
    cancel(shop.sell((shop.product("mug"), 2), on="2026-03-05"))
    assert rows("revenue/monthly") == []


def test_a_shop_without_sales_has_no_months(shop, ask):
    answer = ask("revenue/monthly")
    assert (answer.rows, answer.totals["revenue"], answer.totals["aov"]) == ([], D(0), None)


def test_months_without_sales_are_there(shop, rows):
    mug = shop.product("mug")
    shop.sell((mug, 1), on="2026-01-31")
    shop.sell((mug, 1), on="2026-03-01")
    assert [(row[0], row[4]) for row in rows("revenue/monthly")] == [
        (date(2026, 1, 1), D(10)),
        (date(2026, 2, 1), D(0)),
        (date(2026, 3, 1), D(10)),
    ]


# Every kind of write


def sale(n: int) -> Order:
    return Order.objects.sales().order_by("pk")[n]


def item(n: int) -> OrderItem:
    return OrderItem.objects.order_by("pk")[n]


def mug() -> Product:
    return Product.objects.get(sku="mug")


def on_the_page(shop, path, **form):
    assert shop.admin.post(f"/admin/{path}", form).status_code == 302


def over_the_api(shop, path, **fields):
    assert shop.api.post(f"/api/{path}/", fields).status_code in (200, 201)


def edited(shop, path, **fields):
    assert shop.api.patch(f"/api/{path}/", fields).status_code == 200


def renamed(rows, name):
    """One of the rows, saved as forms and the API save it."""
    row = rows.first()
    row.name = name
    row.save()


def of_bulk(quantity):
    return [OrderItem(order=sale(1), product=mug(), quantity=quantity, unit_price=D(3))]


def with_discount(row, discount):
    row.discount = discount
    return row


WRITES = {
    "placed over the API": (MARCH | {"inventory"}, lambda shop: over_the_api(
        shop, "orders", customer=shop.anna.pk, items=[{"product": mug().pk, "quantity": 2}])),
    "paid over the API": (MARCH, lambda shop: over_the_api(shop, f"orders/{sale(0).pk}/pay")),
    "deleted over the API": ({"products"}, lambda shop: shop.api.delete(
        f"/api/products/{Product.objects.get(sku='gone').pk}/")),
    "canceled in the admin": (MARCH | {"inventory"}, lambda shop: on_the_page(
        shop, "orders/order/", action="cancel", _selected_action=[sale(1).pk])),
    "renamed in the admin": ({"products"}, lambda shop: on_the_page(
        shop, f"catalog/category/{shop.shelf.pk}/change/", name="Cups", parent="")),
    "bulk_create": (MARCH, lambda shop: OrderItem.objects.bulk_create(of_bulk(2))),
    "bulk_update": (MARCH, lambda shop: OrderItem.objects.bulk_update(
        [with_discount(item(0), D(1))], ["discount"])),
    "update": (MARCH, lambda shop: Order.objects.filter(pk=sale(0).pk).update(shipping=D(4))),
    "update of the day": (MARCH | APRIL, lambda shop: Order.objects.filter(pk=sale(0).pk).update(
        placed_at=at("2026-04-01"), placed_on=date(2026, 4, 1))),
    "update of all prices": ({"products"}, lambda shop: Product.objects.update(
        price=F("price") + 1)),
    "delete of lines": (MARCH, lambda shop: OrderItem.objects.filter(order=sale(1)).delete()),
    "delete of an order": (MARCH, lambda shop: sale(1).delete()),
    "place_order": (MARCH | {"inventory"}, lambda shop: shop.sell((mug(), 3), voucher=D(2))),
    "add_line": (MARCH | {"inventory"}, lambda shop: services.add_line(
        sale(1), Line(Product.objects.get(sku="pan"), 1))),
    "change_line": (MARCH | {"inventory"}, lambda shop: services.change_line(
        sale(1).items.last(), 4)),
    "remove_line": (MARCH | {"inventory"}, lambda shop: services.remove_line(
        sale(1).items.last())),
    "amend": (MARCH, lambda shop: services.amend(sale(1), shipping=D(9))),
    "pay": (MARCH, lambda shop: services.pay(sale(1))),
    "return_items": (APRIL | MARCH | {"inventory"}, lambda shop: services.return_items(
        sale(1), {sale(1).items.get(): 1}, restock=True, at=at("2026-04-30"))),
    "discard": (MARCH | {"inventory"}, lambda shop: services.discard(
        Order.objects.filter(status="pending").last())),
    "restock": ({"inventory"}, lambda shop: restock(mug(), 5)),
    "correct_stock": ({"inventory"}, lambda shop: correct_stock(mug(), 7)),
    "another reorder level": ({"inventory"}, lambda shop: Inventory.objects.update(
        reorder_level=3)),
    "a product's name": ({"products"}, lambda shop: renamed(Product.objects.all(), "Becher")),
    "a customer's name": ({"customers"}, lambda shop: renamed(Customer.objects.all(), "Änne")),
    "a country's name": ({"countries"}, lambda shop: renamed(Country.objects.all(), "Deutschland")),
    "a new country": ({"countries"}, lambda shop: shop.country("Atlantis")),
    "a category's name": ({"products"}, lambda shop: renamed(Category.objects.all(), "Becher")),
    "a product with its shelf": ({"products", "inventory"}, lambda shop: Product.objects.filter(
        sku="shelved").delete()),
    "a customer who never bought": ({"customers"}, lambda shop: Customer.objects.filter(
        code="ben").delete()),
    "moved over the API": ({"products"}, lambda shop: edited(
        shop, f"categories/{shop.shelf.pk}", parent=shop.room.pk)),
    "tagged over the API": ({"products", "product_tags"}, lambda shop: edited(
        shop, f"products/{mug().pk}", tags=[shop.gift.pk, shop.fragile.pk])),
    "tagged in the admin": ({"products", "product_tags"}, lambda shop: on_the_page(
        shop, f"catalog/product/{mug().pk}/change/", sku="mug", name="Mug", price="10",
        tags=[shop.fragile.pk])),
    "a tag renamed over the API": ({"product_tags"}, lambda shop: edited(
        shop, f"tags/{shop.fragile.pk}", name="thin")),
    "a tag renamed in the admin": ({"product_tags"}, lambda shop: on_the_page(
        shop, f"catalog/tag/{shop.fragile.pk}/change/", name="glass")),
    "a tag deleted over the API": ({"product_tags"}, lambda shop: shop.api.delete(
        f"/api/tags/{shop.gift.pk}/")),
    "a tag deleted in the admin": ({"product_tags"}, lambda shop: on_the_page(
        shop, "catalog/tag/", action="delete_selected", post="yes",
        _selected_action=[shop.fragile.pk])),
    "a tagged product deleted": ({"products", "product_tags"}, lambda shop: on_the_page(
        shop, "catalog/product/", action="delete_selected", post="yes",
        _selected_action=[Product.objects.get(sku="labelled").pk])),
    "import_sales": (IN_FILE | {"customers", "products"}, lambda shop: call_command(
        "import_sales", SALES, stdout=io.StringIO())),
    "undo": (IN_FILE | {"customers", "products"}, lambda shop: undo(Import.objects.get())),
}  # fmt: skip


@pytest.fixture
def everything(transactional_db, signed_in, client):
    shop = Shop()
    shop.shelf = Category.objects.create(name="Kitchen")
    shop.product("mug", category="Kitchen", cost="4")
    shop.room = Category.objects.create(name="Room")
    shop.gift, shop.fragile, own = (
        Tag.objects.create(name=name) for name in ("gift", "fragile", "own")
    )
    shop.product("labelled", stock=None).tags.add(own)
    shop.product("pan", "25")
    shop.product("gone", stock=None)
    Inventory.objects.create(product=shop.product("shelved", stock=None))
    shop.customer("ben")
    shop.country("United Kingdom", "GB")
    shop.api, shop.admin = signed_in("admin"), client
    client.force_login(User.objects.get(), backend="accounts.backends.EmailOrUsername")
    for day in "2026-03-05", "2026-03-31 23:59":
        shop.sell((mug(), 1), on=day)
    return shop


@pytest.mark.django_db(transaction=True)
@time_machine.travel("2026-03-31T12:00:00Z", tick=False)
def test_the_ledger_follows_every_kind_of_write_and_forgets_those_that_are_rolled_back(everything):
    for name, (parts, write) in WRITES.items():
        before = build.current(0)
        with transaction.atomic():
            write(everything)
            assert (name, {*Dirty.objects.values_list("part", flat=True)}) == (name, parts)
            transaction.set_rollback(True)
        assert (name, build.current(0), Dirty.objects.count()) == (name, before, 0)
        write(everything)
        after = build.current(0).files
        changed = {p for p, file in (before.files | after).items() if before.files.get(p) != file}
        changed |= before.files.keys() - after.keys()
        assert (name, changed, list(differences())) == (name, parts, [])
