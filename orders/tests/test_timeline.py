"""The timeline of an order: what happened, when, and who did it."""

import re

import pytest
import time_machine

from orders.models import Order
from orders.services import cancel, deliver, pay, return_items, ship
from orders.tests.shop import at
from orders.tests.visitor import Visitor
from orders.timeline import order_timeline

pytestmark = pytest.mark.django_db


@pytest.fixture
def sale(shop):
    return shop.sell((shop.product("mug"), 3), on="2026-03-05 09:15")


def told(order: Order) -> list[tuple]:
    returns = order.returned_by.order_by("placed_at")
    return [
        (event.title, event.at and f"{event.at:%d %H:%M}", event.by)
        for event in order_timeline(order, returns)
    ]


def lines(page) -> list[str]:
    body = page.content.decode().split('<ol class="timeline">')[1].split("</ol>")[0]
    items = re.findall("<li[^>]*>(.*?)</li>", body, re.DOTALL)
    return [" ".join(re.sub("<[^>]*>", " ", item).split()) for item in items]


def test_each_status_has_its_moment_and_who_gave_it(sale, api):
    for day, step in ((5, "pay"), (6, "ship"), (9, "deliver")):
        with time_machine.travel(f"2026-03-0{day} 10:00:00Z", tick=False):
            assert api.post(f"/api/orders/{sale.pk}/{step}/").status_code == 200
    me = api.user.email
    assert told(sale.__class__.objects.get(pk=sale.pk)) == [
        ("Placed", "05 09:15", ""),
        ("Paid", "05 10:00", me),
        ("Shipped", "06 10:00", me),
        ("Delivered", "09 10:00", me),
    ]


def test_returns_stand_among_what_happened(sale):
    with time_machine.travel("2026-03-06 10:00:00Z", tick=False):
        sale = pay(sale)
    return_items(sale, {sale.items.get(): 1}, at=at("2026-03-07"))
    with time_machine.travel("2026-03-08 10:00:00Z", tick=False):
        sale = ship(sale)
    assert told(sale) == [
        ("Placed", "05 09:15", ""),
        ("Paid", "06 10:00", ""),
        ("Returned", "07 12:00", ""),
        ("Shipped", "08 10:00", ""),
    ]
    assert told(sale.returned_by.get()) == [("Returned", "07 12:00", "")]


def test_an_imported_order_has_a_status_without_a_moment(sale):
    Order.objects.filter(pk=sale.pk).update(status="delivered")
    sale.refresh_from_db()
    return_items(sale, {sale.items.get(): 1}, at=at("2026-03-07"))
    assert told(sale) == [
        ("Placed", "05 09:15", ""),
        ("Delivered", None, ""),
        ("Returned", "07 12:00", ""),
    ]


def test_a_refused_change_leaves_no_trace(sale):
    cancel(sale)
    with pytest.raises(Exception, match="cannot be changed"):
        deliver(sale)
    assert [change.status for change in sale.status_changes.all()] == ["canceled"]


def test_the_page_shows_it(sale, signed_in):
    admin = Visitor(signed_in("admin").user)
    with time_machine.travel("2026-03-06 10:00:00Z", tick=False):
        admin.sends(f"/orders/{sale.pk}/pay/")
        sale = Order.objects.get(pk=sale.pk)
        back = return_items(sale, {sale.items.get(): 1}, at=at("2026-03-07"))
        page = admin.opens(f"/orders/{sale.pk}/")
    assert lines(page) == [
        "Placed 5 Mar 2026, 09:15",
        "Paid 6 Mar 2026, 10:00 · admin0@example.com",
        f"Returned {back.number} · 7 Mar 2026, 12:00",
    ]
    Order.objects.filter(pk=sale.pk).update(status="shipped")
    assert "Shipped time not recorded" in lines(admin.opens(f"/orders/{sale.pk}/"))
