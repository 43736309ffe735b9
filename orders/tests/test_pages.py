"""The page of an order over HTTP: what it shows, and its actions."""

import re
from decimal import Decimal as D

import pytest
from django.test import Client

from catalog.models import Inventory
from orders.models import ExchangeRate, Order
from orders.services import cancel, deliver, pay, return_items, ship
from orders.tests.shop import at
from orders.tests.visitor import Visitor, cells, text

pytestmark = pytest.mark.django_db


def buttons(answer) -> list[str]:
    return re.findall(r'action="/orders/\d+/([a-z]+)/"', answer.content.decode())


@pytest.fixture
def visitor(signed_in):
    """`visitor("manager", germany)`: a visitor in that role."""
    return lambda role, *countries: Visitor(signed_in(role, *countries).user)


@pytest.fixture
def admin(visitor):
    return visitor("admin")


@pytest.fixture
def sale(shop):
    """Two mugs and a cup: 24.00, less 4.00 of a voucher, 19 % tax, 5.00 shipping."""
    mug, cup = shop.product("mug", "10.00"), shop.product("cup", "4.00")
    return shop.sell((mug, 2), (cup, 1), voucher=D(4), shipping=D(5), on="2026-03-05 09:15")


def stock(sku: str) -> int:
    return Inventory.objects.get(product__sku=sku).quantity


def test_the_page_shows_customer_items_and_amounts(admin, sale):
    page = admin.opens(f"/orders/{sale.pk}/")
    assert f"{sale.number} pending Placed on 5 Mar 2026, 09:15 · Germany · Anna" in text(page)
    assert f'<a href="/customers/{sale.customer_id}/">Anna</a>' in page.content.decode()
    assert cells(page, "Items sold") == [
        ["Mug mug", "2", "10.00", "3.33", "19 %", "3.17", "16.67"],
        ["Cup cup", "1", "4.00", "0.67", "19 %", "0.63", "3.33"],
    ]
    assert cells(page, "Subtotal to total") == [
        ["Subtotal", "24.00"],
        ["Discount, including vouchers 4.00", "−4.00"],
        ["Shipping", "5.00"],
        ["Tax, 19 % of 25.00", "4.75"],
        ["Total", "29.75 EUR"],
    ]


def test_the_exchange_rate_of_a_foreign_currency_is_shown(admin, shop):
    ExchangeRate.objects.create(currency="USD", date="2026-01-01", rate="0.8")
    usa = shop.country("United States", "US", "USD")
    sale = shop.sell((shop.product("mug", "10.00"), 100), customer=None, country=usa)
    page = text(admin.opens(f"/orders/{sale.pk}/"))
    assert "United States · guest" in page
    assert "1,250.00 USD 1 USD = 0.8 EUR (exchange rate of the order date)" in page


@pytest.mark.parametrize(
    ("steps", "offered"),
    [
        ([], ["pay", "cancel"]),
        ([pay], ["ship", "cancel", "return"]),
        ([pay, ship], ["deliver", "return"]),
        ([pay, ship, deliver], ["return"]),
        ([cancel], []),
    ],
)
def test_only_possible_actions_are_offered(admin, sale, steps, offered):
    for step in steps:
        step(sale)
    assert buttons(admin.opens(f"/orders/{sale.pk}/")) == offered


def test_an_order_goes_from_paid_to_delivered(admin, sale):
    for step, state in {"pay": "paid", "ship": "shipped", "deliver": "delivered"}.items():
        assert admin.sends(f"/orders/{sale.pk}/{step}/")["Location"] == f"/orders/{sale.pk}/"
        page = text(admin.opens(f"/orders/{sale.pk}/"))
        assert f"Order marked as {state}." in page
        assert f"{sale.number} {state}" in page


def test_canceling_asks_for_confirmation_without_javascript(admin, sale):
    pay(sale)
    page = admin.opens(f"/orders/{sale.pk}/").content.decode()
    (confirmation,) = re.findall('<details class="confirm">(.*?)</details>', page, re.DOTALL)
    shown, hidden = confirmation.split("</summary>")
    assert "Cancel order …" in shown
    assert "<form" not in shown
    assert f'action="/orders/{sale.pk}/cancel/"' in hidden
    assert "The payment is not refunded automatically" in hidden


def test_canceling_restores_the_stock(admin, sale):
    assert stock("mug") == 98
    admin.sends(f"/orders/{sale.pk}/cancel/")
    assert stock("mug") == 100


def test_the_slower_of_two_users_sees_the_refusal(admin, sale):
    cancel(sale)
    page = admin.sends(f"/orders/{sale.pk}/pay/", status=409)
    assert "A canceled order cannot be changed to paid." in text(page)
    assert buttons(page) == []


def test_some_items_are_returned(admin, sale):
    mug, _ = pay(sale).items.order_by("pk")
    answer = admin.sends(f"/orders/{sale.pk}/return/", **{f"line-{mug.pk}": "1", "restock": "on"})
    back = Order.objects.get(returns=sale)
    assert answer["Location"] == f"/orders/{back.pk}/"
    page = admin.opens(f"/orders/{back.pk}/")
    assert f"{back.number} refunded Returned on" in text(page)
    assert cells(page, "Items returned") == [
        ["Mug mug", "1", "10.00", "1.67", "19 %", "1.59", "8.33"]
    ]
    assert cells(page, "Original order") == [[sale.number, "5 Mar 2026", "29.75 EUR"]]
    assert stock("mug") == 99
    page = admin.opens(f"/orders/{sale.pk}/")
    assert cells(page, "Items sold")[0][0] == "Mug mug · 1 returned"
    assert cells(page, "Returns of this order")[0][0] == back.number
    assert buttons(page) == ["ship", "return"]


def test_returned_items_need_not_be_restocked(admin, sale):
    mug, _ = pay(sale).items.order_by("pk")
    admin.sends(f"/orders/{sale.pk}/return/", **{f"line-{mug.pk}": "2"})
    assert stock("mug") == 98


@pytest.mark.parametrize(
    ("quantity", "status", "reason"),
    [
        ("", 400, "Enter a quantity for at least one item."),
        ("0", 400, "Enter a quantity for at least one item."),
        ("-1", 400, "Ensure this value is greater than or equal to 1."),
        ("1.5", 400, "A valid integer is required."),
        ("3", 409, "Cannot return 3 of item {line}: 2 can be returned."),
    ],
)
def test_an_invalid_return_is_explained(admin, sale, quantity, status, reason):
    mug, _ = pay(sale).items.order_by("pk")
    page = admin.sends(f"/orders/{sale.pk}/return/", status, **{f"line-{mug.pk}": quantity})
    assert reason.format(line=mug.pk) in text(page)
    assert not Order.objects.filter(returns=sale).exists()


def test_fully_returned_items_cannot_be_returned_again(admin, sale):
    mug, cup = pay(sale).items.order_by("pk")
    return_items(sale, {mug: 2}, at=at("2026-03-06"))
    page = admin.opens(f"/orders/{sale.pk}/")
    assert cells(page, "Items that can be returned")[0][:3] == ["Cup", "1", "0"]
    return_items(sale, {cup: 1}, at=at("2026-03-06"))
    assert buttons(admin.opens(f"/orders/{sale.pk}/")) == ["ship"]


def test_an_analyst_has_no_actions(visitor, sale):
    analyst = visitor("analyst")
    assert buttons(analyst.opens(f"/orders/{sale.pk}/")) == []
    for step in ("pay", "ship", "deliver", "cancel", "return"):
        analyst.sends(f"/orders/{sale.pk}/{step}/", status=403)


def test_actions_need_a_post(admin, sale):
    admin.opens(f"/orders/{sale.pk}/pay/", status=405)


def test_a_manager_cannot_open_an_order_of_another_country(visitor, shop, sale):
    manager = visitor("manager", shop.country("France", "FR"))
    manager.opens(f"/orders/{sale.pk}/", status=404)
    manager.sends(f"/orders/{sale.pk}/pay/", status=404)
    manager.sends(f"/orders/{sale.pk}/return/", status=404)
    assert Order.objects.get().status == "pending"


def test_a_customer_of_another_country_is_not_linked(visitor, shop, sale):
    shop.anna.country = shop.country("France", "FR")
    shop.anna.save()
    page = visitor("manager", shop.germany).opens(f"/orders/{sale.pk}/")
    assert "Germany · Anna" in text(page)
    assert "/customers/" not in page.content.decode().split("<main")[1]


def test_anonymous_users_are_sent_to_sign_in(sale):
    assert Client().get(f"/orders/{sale.pk}/")["Location"].startswith("/accounts/login/?next=")


def test_unknown_orders_are_not_found(admin):
    admin.opens("/orders/987654/", status=404)
    admin.opens(f"/orders/{'9' * 30}/", status=404)
