import pytest
from django.db import connection

from catalog.models import Category, Product
from catalog.services import correct_stock
from core.tracking import changed, undone
from customers.models import Country, Customer
from imports import matching
from imports.models import Created, Document, Import, ImportLock
from imports.tests.desk import HEADER, SALES, lines
from orders import services
from orders.models import Order
from orders.pricing import Line


def books():
    return {
        model.__name__: model.objects.count()
        for model in (Order, Customer, Product, Category, Country, Document, Created)
    }


def test_undoing_leaves_the_books_as_they_were(desk):
    before = books()
    pk = desk.bring_in(SALES.replace("France", "Atlantis"))
    assert books()["Country"] == before["Country"] + 1
    undone = desk.step(pk, "undo")
    assert (undone["state"], undone["counts"]["undone"]) == ("undone", {
        "orders": 3, "orders_left_changed": 0, "vouchers": 0, "customer": {"removed": 1, "kept": 0},
        "product": {"removed": 3, "kept": 0}, "category": {"removed": 0, "kept": 0},
        "country": {"removed": 1, "kept": 0},
    })  # fmt: skip
    assert books() == before
    assert len(desk.rejected(pk)) == 1
    assert desk.counts(desk.bring_in(SALES)) == (5, 4, 0, 0, 1)


def test_undoing_says_since_when_the_file_was_in_the_books(desk):
    pk, heard = desk.bring_in(SALES), []

    def hear(since, **_):
        heard.append((since, connection.in_atomic_block))

    undone.connect(hear)
    try:
        desk.step(pk, "undo")
    finally:
        undone.disconnect(hear)
    assert heard == [(Import.objects.get(pk=pk).finished_at, True)]


def test_undoing_says_which_months_changed(desk):
    pk, heard = desk.bring_in(SALES), {}

    def hear(sender, parts, **_):
        heard.setdefault(sender.__name__, set()).update(parts)

    changed.connect(hear)
    try:
        desk.step(pk, "undo")
    finally:
        changed.disconnect(hear)
    assert heard["Order"] == {"orders/2010-12", "lines/2010-12"}
    assert (heard["Product"], heard["Customer"]) == ({"products"}, {"customers"})


def test_what_others_need_stays_until_they_are_undone_too(desk):
    first = desk.bring_in(SALES)
    more = f"{HEADER}\n600000,85123A,HOLDER,1,2011-01-05 08:00:00,2.55,17850,United Kingdom\n"
    second = desk.bring_in(more)
    counts = desk.step(first, "undo")["counts"]["undone"]
    assert counts["customer"] == {"removed": 0, "kept": 1}
    assert counts["product"] == {"removed": 2, "kept": 1}
    assert lines() == [("600000", "sale", "85123A", 1, "2.55")]
    counts = desk.step(second, "undo")["counts"]["undone"]
    assert counts["product"] == {"removed": 1, "kept": 0}
    assert (Product.objects.count(), Customer.objects.count()) == (0, 0)


def test_what_was_there_before_stays(desk):
    Product.objects.create(sku="85123A", name="Holder", price=3)
    pk = desk.bring_in(SALES)
    desk.step(pk, "undo")
    assert list(Product.objects.values_list("sku", flat=True)) == ["85123A"]


def stands_in_the_way(desk, pk, *reasons):
    before = lines()
    assert desk.step(pk, "undo", 409)["detail"] == " ".join(reasons)
    assert (desk.shown(pk)["state"], lines()) == ("done", before)


def test_a_return_made_in_the_shop_stands_in_the_way(desk):
    pk = desk.bring_in(SALES)
    sale = Order.objects.get(number="536366")
    services.return_items(sale, {sale.items.get(): 1}, restock=True)
    stands_in_the_way(desk, pk, "Returns created for its orders: 1.")


def test_what_the_shop_did_with_its_orders_stands_in_the_way(desk):
    text = (
        "Bon,Tag,Art,St,Preis,Status\n1,2025-12-31,A,2,1,pending\n"
        "2,2025-12-31,A,2,1,pending\n3,2025-12-31,A,2,1,paid\n"
    )
    fields = ("document", "placed", "sku", "quantity", "unit_price", "status")
    columns = dict(zip(fields, ("Bon", "Tag", "Art", "St", "Preis", "Status"), strict=True))
    desk.client.post("/api/import-mappings/", {"name": "till", "columns": columns})
    pk = desk.bring_in(text, mapping="till")
    correct_stock(Product.objects.create(sku="B", name="B", price=1), 5)
    services.pay(Order.objects.get(number="1"))
    services.add_line(Order.objects.get(number="2"), Line(Product.objects.get(sku="B"), 1))
    stands_in_the_way(
        desk, pk, "Orders changed since the import: 2.", "Orders with stock movements: 1."
    )


def test_a_later_import_that_changed_its_orders_stands_in_the_way(desk):
    first = desk.bring_in(SALES)
    second = desk.bring_in(SALES.replace("LANTERN,6", "LANTERN,7"))
    stands_in_the_way(desk, first, "Orders changed by a later import that must be undone first: 1.")
    undone = desk.step(second, "undo")["counts"]["undone"]
    assert (undone["orders"], undone["orders_left_changed"]) == (0, 1)
    assert lines()[0] == ("536365", "sale", "71053", 7, "3.39")
    assert desk.step(first, "undo")["counts"]["undone"]["orders"] == 3


def test_a_product_that_the_shop_adds_during_an_import_is_not_of_the_import(desk, monkeypatch):
    write = matching.insert

    def insert_while_the_shop_works(table, *rest, **more):
        if table == "catalog_product":
            Product.objects.create(sku="shop", name="Shop", price=1)
        return write(table, *rest, **more)

    monkeypatch.setattr(matching, "insert", insert_while_the_shop_works)
    pk = desk.bring_in(SALES)
    assert desk.shown(pk)["counts"]["products"] == 3
    desk.step(pk, "undo")
    assert list(Product.objects.values_list("sku", flat=True)) == ["shop"]


def test_vouchers_are_undone(desk):
    text = (
        "timestamp,country_code,last_order_ts,first_order_ts,total_orders,voucher_amount\n"
        "2020-05-01 10:00:00+00:00,Atlantis,2020-04-01 00:00:00+00:00,"
        "2020-03-01 00:00:00+00:00,3,2640\n"
    )
    before = books()
    pk = desk.bring_in(text)
    assert desk.counts(pk) == (1, 1, 0, 0, 0)
    assert desk.step(pk, "undo")["counts"]["undone"]["vouchers"] == 1
    assert books() == before


@pytest.mark.django_db(transaction=True)
def test_nothing_dangles_where_sqlite_checked_no_keys(desk):
    from django.db import connection

    desk.step(desk.bring_in(SALES), "undo")
    connection.check_constraints()
    assert (Order.objects.count(), ImportLock.objects.count(), Import.objects.count()) == (0, 1, 1)
