"""A new order is answered from memory: nothing differs from what is stored."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Inventory
from orders.models import ExchangeRate, Order


def place(api, *items, **fields):
    return api.post("/api/orders/", {"items": list(items), **fields})


@pytest.mark.parametrize(
    ("currency", "rate", "shipping"), [("EUR", "1", "4.90"), ("JPY", "0.0056921676", "500")]
)
def test_the_answer_is_what_a_later_get_returns(api, shop, currency, rate, shipping):
    ExchangeRate.objects.create(currency=currency, date="2020-01-01", rate=rate)
    country = shop.country("Japan", "JP", currency, "9.975")
    goods = [
        shop.product("c", "0.3333", cost="0.1234", category="Tea"),
        shop.product("b", "19.99"),
        shop.product("a", "7.0005", cost="1"),
    ]
    items = [{"product": p.pk, "quantity": n} for n, p in enumerate(goods, 1)]
    items[1]["discount"] = "1.01"
    answer = place(
        api,
        *items,
        {"product": goods[0].pk, "quantity": 2},
        customer=shop.customer("yuki", country).pk,
        voucher_amount="3.33",
        shipping=shipping,
    )
    assert answer.status_code == 201, answer.json()
    assert answer.json()["currency"] == currency
    assert [line["quantity"] for line in answer.json()["items"]] == [3, 2, 3]
    later = api.get(f"/api/orders/{answer.json()['id']}/")
    assert answer.content == later.content


def test_each_product_that_cannot_be_ordered_is_named(api, shop):
    mug = shop.product("mug").pk
    sent = [{"product": value, "quantity": 1} for value in (mug, 10**9, True, "x", str(mug), None)]
    answer = place(api, *sent, "not an object", country="DE")
    assert {error["field"]: error["reason"] for error in answer.json()["errors"]} == {
        "items[1].product": f'Invalid pk "{10**9}" - object does not exist.',
        "items[2].product": "Incorrect type. Expected pk value, received bool.",
        "items[3].product": "Incorrect type. Expected pk value, received str.",
        "items[5].product": "This field may not be null.",
        "items[6]": "Invalid data. Expected a dictionary, but got str.",
    }
    assert not Order.objects.exists()
    assert Inventory.objects.get().quantity == 100


def test_more_lines_need_no_more_reading(api, shop):
    goods = [shop.product(f"p{n}", category=f"c{n}") for n in range(9)]

    def reads(count):
        items = [{"product": product.pk, "quantity": 1} for product in goods[:count]]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert place(api, *items, customer=shop.anna.pk).status_code == 201
        return sum(query["sql"].startswith("SELECT") for query in queries)

    reads(1)
    assert reads(9) == reads(2)
