"""The page of an order over HTTP: what it shows, and what may be done there."""

import re
from decimal import Decimal as D
from html import unescape

import pytest
from django.conf import settings as site
from django.test import Client

from catalog.models import Inventory
from orders.models import ExchangeRate, Order
from orders.services import cancel, deliver, pay, return_items, ship
from orders.tests.shop import at

pytestmark = pytest.mark.django_db


class Visitor:
    """Somebody in a browser, JavaScript off."""

    def __init__(self, user):
        self.client = Client()
        self.client.force_login(user, backend=site.AUTHENTICATION_BACKENDS[1])

    def opens(self, path, status=200):
        answer = self.client.get(path)
        assert answer.status_code == status, (path, answer.status_code)
        return answer

    def sends(self, path, status=302, **form):
        answer = self.client.post(path, form)
        assert answer.status_code == status, (path, answer.status_code)
        return answer


def text(answer) -> str:
    body = answer.content.decode().split("<main")[1].split("</main>")[0]
    return unescape(" ".join(re.sub("<[^>]*>", " ", body).split()))


def cells(answer, caption: str) -> list[list[str]]:
    """The rows of the table of that caption."""
    table = answer.content.decode().split(f">{caption}</caption>")[1].split("</table>")[0]
    rows = re.findall("<tr>(.*?)</tr>", table.split("<tbody>")[1], re.DOTALL)
    found = [re.findall("<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL) for row in rows]
    plain = [[re.sub("<[^>]*>", " ", cell) for cell in row] for row in found]
    return [[" ".join(unescape(cell).split()) for cell in row] for row in plain]


def buttons(answer) -> list[str]:
    return re.findall(r'action="/orders/\d+/([a-z]+)/"', answer.content.decode())


@pytest.fixture
def visitor(signed_in):
    """`visitor("manager", germany)`: somebody in that role."""
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


def test_the_page_says_who_bought_what_and_what_it_came_to(admin, sale):
    page = admin.opens(f"/orders/{sale.pk}/")
    assert f"{sale.number} pending Sale of 5 Mar 2026, 09:15 · Germany · Anna" in text(page)
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


def test_the_rate_of_a_foreign_currency_is_told(admin, shop):
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
def test_only_what_can_be_done_next_is_offered(admin, sale, steps, offered):
    for step in steps:
        step(sale)
    assert buttons(admin.opens(f"/orders/{sale.pk}/")) == offered


def test_an_order_goes_from_paid_to_delivered(admin, sale):
    for step, state in {"pay": "paid", "ship": "shipped", "deliver": "delivered"}.items():
        assert admin.sends(f"/orders/{sale.pk}/{step}/")["Location"] == f"/orders/{sale.pk}/"
        page = text(admin.opens(f"/orders/{sale.pk}/"))
        assert f"Order marked as {state}." in page
        assert f"{sale.number} {state}" in page


def test_a_paid_order_is_canceled_by_two_steps_that_need_no_script(admin, sale):
    pay(sale)
    page = admin.opens(f"/orders/{sale.pk}/").content.decode()
    (asked,) = re.findall('<details class="confirm">(.*?)</details>', page, re.DOTALL)
    shown, hidden = asked.split("</summary>")
    assert "Cancel order …" in shown
    assert "<form" not in shown
    assert f'action="/orders/{sale.pk}/cancel/"' in hidden
    assert "The payment is not refunded automatically" in hidden


def test_canceling_puts_the_pieces_back(admin, sale):
    assert stock("mug") == 98
    admin.sends(f"/orders/{sale.pk}/cancel/")
    assert stock("mug") == 100


def test_whoever_was_slower_is_told_so(admin, sale):
    cancel(sale)
    page = admin.sends(f"/orders/{sale.pk}/pay/", status=409)
    assert "A canceled order cannot be changed to paid." in text(page)
    assert buttons(page) == []


def test_some_pieces_come_back(admin, sale):
    mug, _ = pay(sale).items.order_by("pk")
    answer = admin.sends(f"/orders/{sale.pk}/return/", **{f"line-{mug.pk}": "1", "restock": "on"})
    back = Order.objects.get(returns=sale)
    assert answer["Location"] == f"/orders/{back.pk}/"
    page = admin.opens(f"/orders/{back.pk}/")
    assert f"{back.number} refunded Return of" in text(page)
    assert cells(page, "Items returned") == [
        ["Mug mug", "1", "10.00", "1.67", "19 %", "1.59", "8.33"]
    ]
    assert cells(page, "Original order") == [[sale.number, "5 Mar 2026", "29.75 EUR"]]
    assert stock("mug") == 99
    page = admin.opens(f"/orders/{sale.pk}/")
    assert cells(page, "Items sold")[0][0] == "Mug mug · 1 returned"
    assert cells(page, "Returns of this order")[0][0] == back.number
    assert buttons(page) == ["ship", "return"]


def test_pieces_need_not_go_on_the_shelf_again(admin, sale):
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
def test_a_return_that_makes_no_sense_is_explained(admin, sale, quantity, status, reason):
    mug, _ = pay(sale).items.order_by("pk")
    page = admin.sends(f"/orders/{sale.pk}/return/", status, **{f"line-{mug.pk}": quantity})
    assert reason.format(line=mug.pk) in text(page)
    assert not Order.objects.filter(returns=sale).exists()


def test_what_came_back_whole_is_not_asked_for_again(admin, sale):
    mug, cup = pay(sale).items.order_by("pk")
    return_items(sale, {mug: 2}, at=at("2026-03-06"))
    page = admin.opens(f"/orders/{sale.pk}/")
    assert cells(page, "Items that can be returned")[0][:3] == ["Cup", "1", "0"]
    return_items(sale, {cup: 1}, at=at("2026-03-06"))
    assert buttons(admin.opens(f"/orders/{sale.pk}/")) == ["ship"]


def test_an_analyst_looks_and_does_nothing(visitor, sale):
    analyst = visitor("analyst")
    assert buttons(analyst.opens(f"/orders/{sale.pk}/")) == []
    for step in ("pay", "ship", "deliver", "cancel", "return"):
        analyst.sends(f"/orders/{sale.pk}/{step}/", status=403)


def test_a_step_is_never_taken_by_a_link(admin, sale):
    admin.opens(f"/orders/{sale.pk}/pay/", status=405)


def test_a_manager_finds_no_order_of_another_country(visitor, shop, sale):
    manager = visitor("manager", shop.country("France", "FR"))
    manager.opens(f"/orders/{sale.pk}/", status=404)
    manager.sends(f"/orders/{sale.pk}/pay/", status=404)
    manager.sends(f"/orders/{sale.pk}/return/", status=404)
    assert Order.objects.get().status == "pending"


def test_a_customer_of_another_country_is_no_link(visitor, shop, sale):
    shop.anna.country = shop.country("France", "FR")
    shop.anna.save()
    page = visitor("manager", shop.germany).opens(f"/orders/{sale.pk}/")
    assert "Germany · Anna" in text(page)
    assert "/customers/" not in page.content.decode().split("<main")[1]


def test_strangers_are_sent_to_sign_in(sale):
    assert Client().get(f"/orders/{sale.pk}/")["Location"].startswith("/accounts/login/?next=")


def test_there_is_nothing_at_other_numbers(admin):
    admin.opens("/orders/987654/", status=404)
    admin.opens(f"/orders/{'9' * 30}/", status=404)
