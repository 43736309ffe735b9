"""Tax of orders, tax rates, and the value of a customer, over the API."""

from decimal import Decimal as D

import pytest

from orders.models import Order


def refused(answer):
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    return [error["field"] for error in answer.json()["errors"]]


def test_the_tax_of_an_order_by_line_and_rate(api, shop):
    books = shop.product("book", "20", category="Books")
    shop.germany.tax_rates.create(category=books.category, rate="7", valid_from="2020-01-01")
    order = shop.sell((shop.product("mug", "10"), 2), (books, 1))
    book, mug = order.items.order_by("product__sku")
    assert api.get(f"/api/order/{order.pk}/tax/").json() == {
        "order": order.pk, "number": order.number, "currency": "EUR", "total_tax": "5.20",
        "tax_included": False, "shipping_tax": "0.00",
        "lines": [
            {
                "item": line.pk, "product": line.product_id, "sku": sku, "quantity": quantity,
                "net": "20.00", "rate": rate, "tax": tax,
            }
            for line, sku, quantity, rate, tax in sorted(
                [(book, "book", 1, "7", "1.40"), (mug, "mug", 2, "19", "3.80")],
                key=lambda row: row[0].pk,
            )
        ],
        "rates": [
            {"rate": "19", "net": "20.00", "tax": "3.80"},
            {"rate": "7", "net": "20.00", "tax": "1.40"},
        ],
    }  # fmt: skip


def taxed(api, order):
    """Total tax, tax of the lines, and the rates, of which the taxes are the total."""
    sheet = api.get(f"/api/order/{order.pk}/tax/").json()
    rates = [tuple(row.values()) for row in sheet["rates"]]
    assert sum(D(tax) for *_, tax in rates) == D(sheet["total_tax"])
    return sheet["total_tax"], [line["tax"] for line in sheet["lines"]], rates


@pytest.fixture
def two_rates(shop):
    book = shop.product("book", "30", category="Books")
    shop.germany.tax_rates.create(category=book.category, rate="7", valid_from="2020-01-01")
    return (shop.product("mug", "10"), 1), (book, 1)


def test_taxed_shipping_is_part_of_the_rates_of_the_goods(api, shop, two_rates, settings):
    order = shop.sell(*two_rates, shipping=D("4.90"))
    assert taxed(api, order) == (
        "4.49", ["2.10", "1.90"], [("19", "11.23", "2.13"), ("7", "33.67", "2.36")],
    )  # fmt: skip
    settings.PRICES_INCLUDE_TAX = True
    order = shop.sell(*two_rates, shipping=D("4.90"))
    assert taxed(api, order) == (
        "4.00", ["1.96", "1.60"], [("19", "9.43", "1.80"), ("7", "31.47", "2.20")],
    )  # fmt: skip


def test_shipping_is_taxed_where_vouchers_paid_for_all_goods(api, shop, two_rates, settings):
    order = shop.sell(*two_rates, shipping=D("4.90"), voucher=D(40))
    assert taxed(api, order) == (
        "0.49", ["0.00", "0.00"], [("19", "1.23", "0.23"), ("7", "3.67", "0.26")],
    )  # fmt: skip
    settings.PRICES_INCLUDE_TAX = True
    order = shop.sell(*two_rates, shipping=D("4.90"), voucher=D(40))
    assert taxed(api, order) == (
        "0.44", ["0.00", "0.00"], [("19", "1.03", "0.20"), ("7", "3.43", "0.24")],
    )  # fmt: skip


def test_shipping_is_taxed_where_all_goods_are_free(api, shop, two_rates):
    badge, leaflet = shop.product("badge", "0"), shop.product("leaflet", "0", category="Books")
    order = shop.sell((badge, 1), (leaflet, 3), shipping=D("4.00"))
    assert taxed(api, order)[2] == [("19", "1.00", "0.19"), ("7", "3.00", "0.21")]


def test_shipping_that_is_not_taxed_is_in_no_rate(api, shop, two_rates):
    usa = shop.country("USA", "US", "EUR")
    order = shop.sell(*two_rates, customer=None, country=usa, shipping=D(9))
    assert taxed(api, order) == ("0.00", ["0.00", "0.00"], [("0", "40.00", "0.00")])


def test_a_return_has_no_tax_on_shipping(api, shop, two_rates):
    sale = shop.sell(*two_rates, shipping=D("4.90"))
    back = shop.give_back(sale, 1, on="2026-03-09")
    assert taxed(api, back) == ("2.10", ["2.10"], [("7", "30.00", "2.10")])


def test_the_value_of_a_customer_is_sales_less_returns(api, shop):
    mug = shop.product("mug", "10")
    first = shop.sell((mug, 3), on="2026-01-02", voucher=D("6"))
    shop.sell((mug, 1), on="2026-02-03")
    api.post(f"/api/orders/{shop.sell((mug, 9), on='2026-03-04').pk}/cancel/")
    api.post(f"/api/orders/{first.pk}/pay/")
    line = first.items.get().pk
    api.post(f"/api/orders/{first.pk}/return/", {"items": [{"item": line, "quantity": 1}]})
    assert api.get(f"/api/customer/{shop.anna.pk}/clv/").json().items() >= {
        "customer": shop.anna.pk, "currency": "EUR", "historic": "26.00", "orders": 2,
        "first_order": "2026-01-02", "last_order": "2026-02-03",
    }.items()  # fmt: skip
    assert api.get(f"/api/customer/{shop.customer('bob').pk}/clv/").json()["historic"] == "0.00"


def test_the_value_of_a_customer_is_without_included_tax(api, shop, settings):
    settings.PRICES_INCLUDE_TAX = True
    shop.sell((shop.product("mug", "11.90"), 1))
    assert api.get(f"/api/customer/{shop.anna.pk}/clv/").json()["historic"] == "10.00"


def test_the_value_of_a_customer_is_the_same_in_reports(api, shop):
    """Each line is rounded to 0.2864: seven of them are 2.00, while 7 × 0.28644 would be 2.01."""
    order = shop.sell(*[(shop.product(f"mug-{turn}", "1.00"), 1) for turn in range(7)])
    Order.objects.filter(pk=order.pk).update(exchange_rate=D("0.28644"))
    historic = api.get(f"/api/customer/{shop.anna.pk}/clv/").json()["historic"]
    (row,) = api.get("/api/customers/top/").json()["rows"]
    totals = api.get("/api/customers/top/").json()["totals"]
    assert (historic, row["revenue"], totals["revenue"]) == ("2.00", "2.0048", "2.00")


def test_a_country_has_one_tax_rate_per_day(api, shop):
    sent = {"country": "DE", "rate": "7.5", "valid_from": "2026-01-01"}
    row = api.post("/api/tax-rates/", sent).json()
    assert row == {
        "id": row["id"], "country": shop.germany.pk, "category": None, "rate": "7.5",
        "valid_from": "2026-01-01",
    }  # fmt: skip
    assert refused(api.post("/api/tax-rates/", sent)) == ["valid_from"]
    assert refused(api.post("/api/tax-rates/", sent | {"rate": "101"})) == ["rate"]
    answer = api.patch(f"/api/tax-rates/{row['id']}/", {"rate": "8"})
    assert answer.json() == row | {"rate": "8"}
    assert api.delete(f"/api/tax-rates/{row['id']}/").status_code == 204


def test_the_value_of_a_customer_counts_only_orders_the_user_may_see(signed_in, shop):
    shop.sell((shop.product("mug", "10"), 1))
    shop.sell((shop.product("cup", "10"), 1), country=shop.country("France", "FR", "EUR", "0"))
    address = f"/api/customer/{shop.anna.pk}/clv/"
    assert signed_in("admin").get(address).json()["historic"] == "20.00"
    assert signed_in("manager", shop.germany).get(address).json()["historic"] == "10.00"
