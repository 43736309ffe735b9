"""Recommendations over HTTP, out of the books."""

import pytest
from django.utils import timezone

from analytics.predictions.fit import fit_one, fits
from catalog.models import Inventory
from customers.models import Customer
from orders.services import cancel


@pytest.fixture
def sold(shop):
    """Anna buys tea again and again; pens and ink go together."""
    tea, pen, ink, jam = (shop.product(sku, stock=500) for sku in ("tea", "pen", "ink", "jam"))
    for day in range(1, 6):
        shop.sell((tea, 1), on=f"2026-03-0{day}")
        for who in "bcd":
            buyer = shop.customer(f"{who}{day}")
            shop.sell((pen, 1), (ink, 1), on=f"2026-03-0{day}", customer=buyer)
            shop.sell((jam, 1), on=f"2026-03-0{day}", customer=shop.customer(f"{who}{day}-jam"))
    shop.sell((pen, 1), on="2026-03-06")
    shop.tea, shop.pen, shop.ink, shop.jam = tea, pen, ink, jam
    return shop


def offers_response(client, customer, **parameters):
    return client.get(f"/api/recommendations/{customer.pk}/", parameters)


def rows(answer):
    return [(row["sku"], row["reason"]) for row in answer.json()["recommendations"]]


def test_history_is_what_one_buys_again(sold, api):
    fit_one(fits()["recommendations"])
    answer = offers_response(api, sold.anna, type="history", limit=1)
    (row,) = answer.json()["recommendations"]
    assert row | {"score": 0} == {
        "product_id": sold.tea.pk, "sku": "tea", "product": "Tea", "price": "10.00", "stock": 495,
        "score": 0, "reason": "you buy this again and again", "rests_on": [],
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["similar_customers", "similar_customers/", "similar_customer"])
def test_similar_customers_tell_what_is_new_and_why(sold, api, kind):
    fit_one(fits()["recommendations"])
    answer = offers_response(api, sold.anna, type=kind)
    first = answer.json()["recommendations"][0]
    assert (first["sku"], first["reason"]) == ("ink", "because you bought Pen")
    assert first["rests_on"] == [{"product_id": sold.pen.pk, "product": "Pen"}]
    assert not {"tea", "pen"} & {sku for sku, _ in rows(answer)}


def test_history_lists_only_what_was_bought(sold, api):
    fit_one(fits()["recommendations"])
    assert rows(offers_response(api, sold.anna, type="history")) == [
        ("tea", "you buy this again and again"),
        ("pen", "you bought this before"),
    ]


def test_what_is_to_buy_again_and_what_is_to_discover_have_nothing_in_common(sold, api):
    fit_one(fits()["recommendations"])
    buyers = [sold.anna, *Customer.objects.filter(code__in=["b1", "b1-jam"])]
    for customer in buyers:
        bought = {sku for sku, _ in rows(offers_response(api, customer, type="history"))}
        new = {sku for sku, _ in rows(offers_response(api, customer, type="similar_customers"))}
        assert bought | new == {"tea", "pen", "ink", "jam"}
        assert not bought & new


def test_somebody_who_never_bought_has_nothing_to_buy_again(sold, api):
    fit_one(fits()["recommendations"])
    answer = offers_response(api, sold.customer("new"), type="history")
    assert rows(answer) == []
    assert answer.json()["note"] == "None of this customer’s purchases is for sale and in stock."


def test_inventory_offers_what_is_in_stock_and_what_lies_too_long_first(sold, api):
    today = timezone.localdate().isoformat()
    for product in (sold.tea, sold.pen, sold.ink):
        sold.sell((product, 300), on=today, customer=sold.customer(f"{product.sku}-today"))
    sold.product("never-sold", stock=5)
    e_book = sold.product("e-book", stock=1)
    sold.sell((e_book, 1), on="2026-03-01", customer=sold.customer("reader"))
    Inventory.objects.filter(product=e_book).delete()
    fit_one(fits()["recommendations"])
    offered = [sku for sku, _ in rows(offers_response(api, sold.anna, type="inventory/"))]
    assert offered[0] == "jam"
    assert set(offered) == {"tea", "pen", "ink", "jam"}
    sold.jam.inventory.quantity = 0
    sold.jam.inventory.save()
    assert "jam" not in dict(rows(offers_response(api, sold.anna, type="inventory")))


def test_without_a_type_both_come_in_turn(sold, api):
    fit_one(fits()["recommendations"])
    assert [sku for sku, _ in rows(offers_response(api, sold.anna))][:2] == ["tea", "ink"]


def test_an_order_counts_at_once_without_a_new_fit(sold, api):
    fit_one(fits()["recommendations"])
    offers_response(api, sold.anna)
    new = sold.product("new", stock=5)
    sold.sell((new, 1), on="2026-03-07", customer=sold.customer("eve"))
    order = sold.sell((new, 1), on="2026-03-07")
    offered = rows(offers_response(api, sold.anna, type="history"))
    assert ("new", "you bought this before") in offered
    cancel(order)
    offered = rows(offers_response(api, sold.anna, type="similar_customers"))
    assert ("new", "popular now") in offered  # canceled: it is new to her again


def test_before_the_first_fit_the_books_alone_tell(sold, api):
    answer = offers_response(api, sold.anna, type="history", limit=1)
    assert rows(answer) == [("tea", "you buy this again and again")]
    assert answer.json()["note"].startswith("No predictions yet")


def test_what_is_out_of_stock_or_not_sold_any_more_is_not_offered(sold, api):
    fit_one(fits()["recommendations"])
    sold.tea.inventory.quantity = 0
    sold.tea.inventory.save()
    sold.ink.is_active = False
    sold.ink.save()
    assert not {"tea", "ink"} & {sku for sku, _ in rows(offers_response(api, sold.anna))}


def test_everything_is_out_of_stock(shop, api):
    shop.sell((shop.product("mug", stock=1), 1))
    answer = offers_response(api, shop.anna)
    assert answer.json()["recommendations"] == []
    assert answer.json()["note"] == "None of the products for sale and in stock was sold yet."


def test_an_empty_shop(shop, api):
    assert offers_response(api, shop.anna).json()["recommendations"] == []
    assert "No sales to known customers" in fit_one(fits()["recommendations"]).words


def test_what_is_wrong_is_named(shop, api):
    assert api.get("/api/recommendations/999999/").status_code == 404
    for name, value in (
        ("type", "magic"), ("limit", "0"), ("limit", "many"), ("limit", "000000001000"),
        ("tpye", "history"),
    ):  # fmt: skip
        answer = offers_response(api, shop.anna, **{name: value})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, name)


def test_a_manager_sees_own_customers_and_their_orders_in_own_countries(sold, signed_in):
    france = sold.country("France", "FR")
    manager = signed_in("manager", france)
    assert offers_response(manager, sold.anna).status_code == 404
    marie = sold.customer("marie", france)
    sold.sell((sold.pen, 1), on="2026-03-08", customer=marie, country=sold.germany)
    fit_one(fits()["recommendations"])
    assert "because you bought Pen" not in dict(rows(offers_response(manager, marie))).values()
    assert (
        "because you bought Pen"
        in dict(rows(offers_response(signed_in("analyst"), marie))).values()
    )


def test_what_is_bought_together(sold, api):
    fit_one(fits()["recommendations"])
    answer = api.get(f"/api/products/{sold.pen.pk}/bought-together/")
    (row,) = answer.json()["bought_together"]
    assert (row["product"], row["together"], row["stock"]) == ("Ink", 15, 485)
    assert (row["confidence"], row["support"]) == (0.9375, pytest.approx(15 / 36, abs=1e-6))
    assert api.get("/api/products/999999/bought-together/").status_code == 404
    report = api.get("/api/products/bought-together/").json()["rows"]
    assert [(row["product"], row["with_product"]) for row in report] == [
        ("Ink", "Pen"),
        ("Pen", "Ink"),
    ]


def test_quality_stands_beside_popularity(sold, api):
    fit_one(fits()["recommendations"])
    rows = api.get("/api/recommendations/quality/").json()["rows"]
    offered = {(row["question"], row["method"]): (row["customers"], row["recall"]) for row in rows}
    assert offered["what they buy next", "buy again"] == (1, "1")
    assert offered["what they buy next", "popular"] == (1, "1")
    assert offered["what they buy for the first time", "ease"][0] == 1


def test_managers_read_no_counts_of_the_whole_shop(sold, signed_in):
    fit_one(fits()["recommendations"])
    for client, sees_all in (
        (signed_in("manager", sold.germany), False),
        (signed_in("analyst"), True),
    ):
        report = client.get("/api/recommendations/quality/").json()
        notes = [report["note"], offers_response(client, sold.anna, type="history").json()["note"]]
        assert [any(sign.isdigit() for sign in note.partition(" on 20")[0]) for note in notes] == [
            sees_all, sees_all,
        ]  # fmt: skip
        assert {row["customers"] is None for row in report["rows"]} == {not sees_all}


def test_pages_show_what_to_offer(sold, signed_in, client):
    fit_one(fits()["recommendations"])
    client.force_login(signed_in("analyst").user, "accounts.backends.EmailOrUsername")
    page = client.get(f"/customers/{sold.anna.pk}/").content.decode()
    assert "You buy this again and again" in page
    assert "Because you bought Pen" in page
