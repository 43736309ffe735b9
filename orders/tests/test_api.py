import sqlite3
from contextlib import closing
from decimal import Decimal as D
from unittest.mock import Mock

import pytest
import time_machine
from django.conf import settings
from django.db import OperationalError, connection

from catalog.models import Inventory, Product
from catalog.services import stock_differences
from orders import services
from orders.models import Order

NOON = "2026-03-05T12:00:00Z"


def errors(answer, status=400):
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    return {error["field"]: error["reason"] for error in answer.json()["errors"]}


def on_hand(product):
    return Inventory.objects.get(product=product).quantity


def place(api, *lines, **fields):
    items = [{"product": product.pk, "quantity": quantity} for product, quantity in lines]
    return api.post("/api/orders/", {"items": items, **fields})


def result_ids(answer):
    assert answer.status_code == 200, answer.json()
    return [row["id"] for row in answer.json()["results"]]


def test_an_order_is_placed_and_shown(api, shop):
    mug = shop.product("mug", "12.50")
    with time_machine.travel(NOON, tick=False):
        answer = place(
            api, (mug, 2), customer=shop.anna.pk, voucher_amount="5", shipping="4.90"
        )  # fmt: skip
    order = Order.objects.get()
    shown = {
        "id": order.pk, "number": order.number, "kind": "sale", "status": "pending",
        "returns": None, "customer": shop.anna.pk, "country": shop.germany.pk, "placed_at": NOON,
        "placed_on": "2026-03-05", "currency": "EUR", "exchange_rate": "1", "tax_included": False,
        "subtotal": "25.00", "discount": "5.00", "voucher_value": "5.00",
        "voucher_amount": "5.00", "shipping": "4.90",
        "shipping_tax": "0.93", "tax": "4.73", "total": "29.63",
        "items": [{
            "id": order.items.get().pk, "order": order.pk, "product": mug.pk, "sku": "mug",
            "name": "Mug", "quantity": 2, "unit_price": "12.50", "discount": "5.00",
            "voucher_share": "5.00", "tax_rate": "19", "tax_rate_source": "country",
            "tax": "3.80", "returns": None, "returned": 0,
        }],
    }  # fmt: skip
    assert (answer.status_code, answer.json()) == (201, shown)
    assert api.get(f"/api/orders/{order.pk}/").json() == shown
    assert on_hand(mug) == 98


def test_an_order_may_have_over_a_thousand_lines(api, shop, client):
    """The largest order of a real shop has 1,114 lines: shown, listed, taxed and returned."""
    skus = [f"P{number}" for number in range(1101)]
    Product.objects.bulk_create(Product(sku=sku, name=sku, price=1) for sku in skus)
    products = Product.objects.order_by("pk")
    Inventory.objects.bulk_create(Inventory(product=product, quantity=1) for product in products)
    sale = services.pay(shop.sell(*((product, 1) for product in products)))
    address = f"/api/orders/{sale.pk}/"
    assert [line["sku"] for line in api.get(address).json()["items"]] == skus
    assert result_ids(api.get("/api/orders/")) == [sale.pk]
    assert api.get(f"/api/order/{sale.pk}/tax/").status_code == 200
    client.force_login(api.user, backend=settings.AUTHENTICATION_BACKENDS[1])
    assert "P1100" in client.get(f"/orders/{sale.pk}/").content.decode()
    back = api.post(f"{address}return/", {})
    assert (back.status_code, len(back.json()["items"])) == (201, 1101)
    assert len(api.get("/api/orders/").json()["results"]) == 2


def test_amounts_below_one_are_accepted(api, shop):
    answer = place(api, (shop.product("mug"), 1), customer=shop.anna.pk, shipping="0.50")
    assert (answer.status_code, answer.json()["shipping"]) == (201, "0.50")


def test_a_guest_needs_a_country(api, shop):
    mug = shop.product("mug")
    assert list(errors(place(api, (mug, 1)))) == ["country"]
    answer = place(api, (mug, 1), country="germany")
    assert (answer.json()["customer"], answer.json()["country"]) == (None, shop.germany.pk)


def test_prices_and_totals_sent_by_the_client_are_refused(api, shop):
    mug = shop.product("mug")
    for name in ("total", "tax", "status", "number", "placed_at", "currency", "id", "kind"):
        assert errors(place(api, (mug, 1), country="DE", **{name: "1"})) == {
            name: "Set by the shop."
        }
    line = {"product": mug.pk, "quantity": 1, "unit_price": "0.01", "gift": True}
    assert errors(api.post("/api/orders/", {"country": "DE", "items": [line]})) == {
        "items[0].unit_price": "Set by the shop.",
        "items[0].gift": "Not known here.",
    }
    assert not Order.objects.exists()


def test_an_invalid_order_is_refused_by_field(api, shop):
    mug, old = shop.product("mug"), shop.product("old", is_active=False)
    for sent, field in [
        ({"items": []}, "items"),
        ({}, "items"),
        ({"items": [{"product": mug.pk, "quantity": 0}]}, "items[0].quantity"),
        ({"items": [{"product": mug.pk, "quantity": 10**7}]}, "items[0].quantity"),
        ({"items": [{"product": mug.pk, "quantity": 10**6}] * 2}, "quantity"),
        ({"items": [{"product": 10**9, "quantity": 1}]}, "items[0].product"),
        ({"items": [{"product": old.pk, "quantity": 1}]}, "product"),
        ({"items": [{"product": mug.pk, "quantity": 1, "discount": "11"}]}, "discount"),
        ({"items": "x"}, "items"),
        ({"items": [{"product": mug.pk, "quantity": 1}], "customer": 10**9}, "customer"),
        ({"items": [{"product": mug.pk, "quantity": 1}], "shipping": "-1"}, "shipping"),
    ]:
        assert list(errors(api.post("/api/orders/", {"country": "DE", **sent}))) == [field], sent
    assert (on_hand(mug), Order.objects.count()) == (100, 0)


def test_more_than_the_stock_cannot_be_ordered(api, shop):
    answer = place(api, (shop.product("mug", stock=2), 3), country="DE")
    assert (answer.status_code, answer.json()) == (
        409,
        {
            "type": "about:blank", "title": "Conflict", "status": 409,
            "detail": "Not enough stock of mug: 3 needed, 2 in stock.", "errors": [],
        },
    )  # fmt: skip


@pytest.mark.parametrize(
    "error",
    [
        "database is locked",
        "deadlock detected",
        "Deadlock found when trying to get lock; try restarting transaction",
        "Lock wait timeout exceeded; try restarting transaction",
    ],
)
def test_a_locked_database_is_answered_with_retry_after(api, shop, monkeypatch, error):
    monkeypatch.setattr(services, "place_order", Mock(side_effect=OperationalError(error)))
    answer = place(api, (shop.product("mug"), 1), country="DE")
    assert errors(answer, 503) == {}
    assert answer.json()["detail"] == "The books are busy. Try again."
    assert answer["Retry-After"] == "1"


def test_other_database_errors_are_server_errors(api, shop, monkeypatch):
    monkeypatch.setattr(
        services, "place_order", Mock(side_effect=OperationalError("disk I/O error"))
    )
    assert place(api, (shop.product("mug"), 1), country="DE").status_code == 500


@pytest.mark.skipif(connection.vendor != "sqlite", reason="others do not lock all of it")
@pytest.mark.django_db(transaction=True)
def test_an_order_waits_for_a_lock_but_not_for_ever(api, shop):
    mug = shop.product("mug")
    with connection.cursor() as cursor:
        cursor.execute("pragma busy_timeout = 50")
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
        other.execute("begin immediate")
        assert place(api, (mug, 1), country="DE").status_code == 503
        assert not Order.objects.exists()
        other.execute("rollback")
    assert place(api, (mug, 1), country="DE").status_code == 201
    connection.close()  # the next test has its own patience again


def test_an_order_is_paid_shipped_delivered_and_returned(api, shop):
    mug = shop.product("mug", "10")
    order = shop.sell((mug, 3))
    for action, state in {"pay": "paid", "ship": "shipped", "deliver": "delivered"}.items():
        answer = api.post(f"/api/orders/{order.pk}/{action}/")
        assert (answer.status_code, answer.json()["status"]) == (200, state)
    line = order.items.get().pk
    address = f"/api/orders/{order.pk}/return/"
    sent = {"items": [{"item": line, "quantity": 1}], "restock": False}
    back = api.post(address, sent)
    assert (back.status_code, back.json()["kind"], back.json()["returns"]) == (
        201, "return", order.pk,
    )  # fmt: skip
    assert (back.json()["total"], on_hand(mug)) == ("11.90", 97)
    rest = api.post(address).json()
    assert (rest["total"], rest["items"][0]["quantity"], on_hand(mug)) == ("23.80", 2, 99)
    assert api.post(address, sent).status_code == 409
    assert stock_differences() == []


def test_a_return_has_only_items_of_its_order(api, shop):
    order, other = shop.sell((shop.product("a"), 1)), shop.sell((shop.product("b"), 1))
    api.post(f"/api/orders/{order.pk}/pay/")
    sent = {"items": [{"item": other.items.get().pk, "quantity": 1}]}
    assert list(errors(api.post(f"/api/orders/{order.pk}/return/", sent))) == ["items[0].item"]
    assert list(errors(api.post(f"/api/orders/{order.pk}/return/", {"items": []}))) == ["items"]


def test_an_action_that_the_status_does_not_allow_is_a_conflict(api, shop):
    order = shop.sell((shop.product("mug"), 1))
    for action in ("ship", "deliver", "return"):
        assert api.post(f"/api/orders/{order.pk}/{action}/").status_code == 409
    assert api.post(f"/api/orders/{order.pk}/cancel/").json()["status"] == "canceled"
    answer = api.post(f"/api/orders/{order.pk}/cancel/")
    assert (answer.status_code, answer.json()["detail"]) == (
        409, "A canceled order cannot be changed to canceled.",
    )  # fmt: skip


def test_a_missing_exchange_rate_is_explained(api, shop):
    mars = shop.country("Mars", currency="XAU")
    mug = shop.product("mug")
    answer = place(api, (mug, 1), country=mars.pk)
    assert (answer.status_code, on_hand(mug)) == (409, 100)
    assert "`manage.py load_exchange_rates`" in answer.json()["detail"]


def test_only_voucher_and_shipping_of_a_pending_order_change(api, shop):
    order = shop.sell((shop.product("mug", "10"), 2))
    address = f"/api/orders/{order.pk}/"
    answer = api.patch(address, {"voucher_amount": "5", "shipping": "1"})
    assert (answer.status_code, answer.json()["total"]) == (200, "19.04")
    assert api.put(address, {"voucher_amount": "0", "shipping": "0"}).json()["total"] == "23.80"
    assert errors(api.patch(address, {"status": "paid"})) == {"status": "Set by the shop."}
    api.post(f"{address}pay/")
    assert api.patch(address, {"shipping": "2"}).status_code == 409


def test_only_pending_and_canceled_orders_can_be_deleted(api, shop):
    mug = shop.product("mug")
    pending, paid = shop.sell((mug, 1)), shop.sell((mug, 1))
    api.post(f"/api/orders/{paid.pk}/pay/")
    assert api.delete(f"/api/orders/{pending.pk}/").status_code == 204
    assert api.delete(f"/api/orders/{paid.pk}/").status_code == 409
    assert (on_hand(mug), list(Order.objects.all())) == (99, [paid])


def test_lines_of_a_pending_order_are_added_changed_and_removed(api, shop):
    mug, cup = shop.product("mug", "10"), shop.product("cup", "5")
    order = shop.sell((mug, 1))
    answer = api.post("/api/order-items/", {"order": order.pk, "product": cup.pk, "quantity": 2})
    line = answer.json()
    assert (answer.status_code, line) == (
        201,
        {
            "id": line["id"], "order": order.pk, "product": cup.pk, "sku": "cup", "name": "Cup",
            "quantity": 2, "unit_price": "5.00", "discount": "0.00", "voucher_share": "0.00",
            "tax_rate": "19", "tax_rate_source": "country",
            "tax": "1.90", "returns": None, "returned": 0,
        },
    )  # fmt: skip
    address = f"/api/order-items/{line['id']}/"
    assert api.patch(address, {"quantity": 5}).json()["tax"] == "4.75"
    assert errors(api.patch(address, {"unit_price": "1"})) == {"unit_price": "Set by the shop."}
    order.refresh_from_db()
    assert (order.total, on_hand(cup)) == (D("41.65"), 95)
    assert api.delete(address).status_code == 204
    assert on_hand(cup) == 100
    last = f"/api/order-items/{order.items.get().pk}/"
    assert api.delete(last).status_code == 409
    api.post(f"/api/orders/{order.pk}/pay/")
    assert api.patch(last, {"quantity": 2}).status_code == 409


def test_orders_are_filtered(api, shop):
    mug, cup = shop.product("mug", "10"), shop.product("cup", "50")
    france = shop.country("France", "FR", "EUR", "0")
    a = shop.sell((mug, 1), on="2026-01-01").pk
    b = shop.sell((cup, 1), on="2026-02-01", customer=None, country=france).pk
    api.post(f"/api/orders/{a}/pay/")
    back = api.post(f"/api/orders/{a}/return/").json()["id"]
    for query, ids in {
        "": [back, b, a],
        "kind=sale": [b, a],
        "status=pending": [b],
        "country=FR": [b],
        f"country=France&country={shop.germany.pk}&kind=sale": [b, a],
        f"customer={shop.anna.pk}&kind=sale": [a],
        f"product={cup.pk}": [b],
        "start=2026-01-01&end=2026-01-31": [a],
        "total_min=12&total_max=60": [b],
        "ordering=total,placed_at": [a, back, b],
        f"search={Order.objects.get(pk=b).number}": [b],
    }.items():
        assert result_ids(api.get(f"/api/orders/?{query}")) == ids, query
    lines = f"/api/order-items/?order={b}&product={cup.pk}&country=FR&kind=sale&start=2026-02-01"
    assert len(result_ids(api.get(lines))) == 1
    for query in ("status=lost", "kind=x", "customer=0", "start=2026", "country=", "total_min=x"):
        assert list(errors(api.get(f"/api/orders/?{query}"))) == [query.split("=")[0]], query


def test_a_country_manager_places_orders_only_in_their_country(signed_in, shop):
    france = shop.country("France", "FR", "EUR", "20")
    mug, pierre = shop.product("mug"), shop.customer("pierre", shop.country("France", "FR"))
    theirs = shop.sell((mug, 1), customer=pierre)
    manager = signed_in("manager", shop.germany)
    for address in (f"orders/{theirs.pk}", f"order/{theirs.pk}/tax", f"customer/{pierre.pk}/clv"):
        assert manager.get(f"/api/{address}/").status_code == 404
    for action in ("pay", "ship", "deliver", "cancel", "return"):
        assert manager.post(f"/api/orders/{theirs.pk}/{action}/").status_code == 404
    assert list(errors(place(manager, (mug, 1), customer=pierre.pk))) == ["customer"]
    assert list(errors(place(manager, (mug, 1), country=france.pk))) == ["country"]
    line = {"order": theirs.pk, "product": mug.pk, "quantity": 1}
    assert list(errors(manager.post("/api/order-items/", line))) == ["order"]
    assert manager.get("/api/orders/").json()["count"] == 0
    for query in (f"orders/?customer={pierre.pk}", f"order-items/?order={theirs.pk}"):
        assert manager.get(f"/api/{query}").status_code == 400
    assert place(manager, (mug, 1), customer=shop.anna.pk).status_code == 201


def test_the_queries_of_lists_do_not_grow_with_their_rows(api, shop, django_assert_num_queries):
    for round_of in range(2):
        for n in range(3):
            a, b = shop.product(f"a{round_of}.{n}"), shop.product(f"b{round_of}.{n}")
            shop.sell((a, 1), (b, 1), customer=shop.customer(f"c{round_of}.{n}"))
        for path, queries in {
            "orders/": 3, "order-items/": 2, "tax-rates/": 2, "orders/?country=DE&country=FR": 5,
        }.items():  # fmt: skip
            with django_assert_num_queries(queries):
                assert api.get(f"/api/{path}").status_code == 200
