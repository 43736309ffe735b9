"""The list of orders: what is in it is what the other reports count."""

from decimal import Decimal as D

import pytest

from analytics.semantics.filters import Refused
from catalog.models import Category
from orders.services import cancel, pay, return_items
from orders.tests.shop import at


@pytest.fixture
def week(shop):
    """Two sales in Germany, one in France, one canceled; half of the first one comes back."""
    shop.mug = shop.product("mug", "10.00", category="Mugs")
    shop.cup = shop.product("cup", "4.00", category="Cups")
    Category.objects.filter(name="Cups").update(parent=shop.mug.category)
    shop.lid = shop.product("lid", "1.00")
    shop.france = shop.country("France", "FR", rate="20")
    first = pay(shop.sell((shop.mug, 2), (shop.cup, 1), on="2026-03-02 09:15", shipping=D(5)))
    second = shop.sell((shop.cup, 3), on="2026-03-03 20:00", customer=shop.customer("ben"))
    third = shop.sell((shop.lid, 7), on="2026-03-08 23:59", customer=None, country=shop.france)
    fourth = cancel(shop.sell((shop.mug, 9), on="2026-03-04 09:30"))
    mugs = first.items.get(product=shop.mug)
    fifth = return_items(first, {mugs: 1}, at=at("2026-03-09 10:00"))
    orders = {"first": first, "second": second, "third": third, "fourth": fourth, "fifth": fifth}
    shop.names = {order.pk: name for name, order in orders.items()}
    shop.orders = orders
    return shop


@pytest.fixture
def listed(week, ask):
    """Which documents are listed with what revenue, and what it is in total."""

    def look(**parameters):
        answer = ask("orders/list", **parameters)
        found = {week.names[row["order_id"]]: row["revenue"] for row in answer.rows}
        assert answer.totals["revenue"] == sum(found.values())
        assert answer.totals["total_sales"] == sum(row["total_sales"] for row in answer.rows)
        return found

    return look


ALL = {"fifth": D(-10), "third": D(7), "second": D(12), "first": D(24)}


def some(*names):
    return {name: ALL[name] for name in names}


def test_everything_is_listed_that_is_not_canceled_the_newest_first(listed):
    assert list(listed().items()) == list(ALL.items())


def test_a_document_in_full(week, ask):
    row = ask("orders/list", number=week.orders["first"].number).rows
    assert [{**row[0], "placed_at": str(row[0]["placed_at"])}] == [
        {
            "number": week.orders["first"].number,
            "order_id": week.orders["first"].pk,
            "kind": "sale",
            "status": "paid",
            "placed_at": "2026-03-02 09:15:00",
            "customer_id": week.anna.pk,
            "code": "anna",
            "customer": "Anna",
            "country": "Germany",
            "revenue": D(24),
            "total_sales": D("34.51"),  # and 5 of shipping, and 19 % of both
        }
    ]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"start": "2026-03-03", "end": "2026-03-08"}, ["third", "second"]),
        ({"country": "FR"}, ["third"]),
        ({"country": ["FR", "Germany"]}, ["fifth", "third", "second", "first"]),
        ({"kind": "return"}, ["fifth"]),
        ({"status": "pending"}, ["third", "second"]),
        ({"status": "refunded"}, ["fifth"]),
        ({"buyer": "ANN"}, ["fifth", "first"]),
        ({"buyer": "nobody"}, []),
        ({"customer": "anna"}, ["fifth", "first"]),
        ({"hour": 9}, ["first"]),
        ({"weekday": 1}, ["fifth", "first"]),
        ({"weekday": 7, "hour": 23}, ["third"]),
        ({"total_min": 14}, ["second", "first"]),
        ({"total_min": 0, "total_max": "14.28"}, ["third", "second"]),
        ({"total_max": 0}, ["fifth"]),
        ({"returns_on": "order", "end": "2026-03-02"}, ["fifth", "first"]),
    ],
)
def test_only_what_is_asked_for_is_listed(listed, asked, names):
    assert listed(**asked) == some(*names)


def test_those_of_one_customer(week, listed):
    assert listed(customer=week.anna.pk) == some("fifth", "first")


def test_a_canceled_order_is_listed_when_it_is_asked_for(listed):
    assert listed(status="canceled") == {"fourth": D(90)}


def test_of_a_category_only_its_lines_count_and_those_inside_it(listed):
    assert listed(category="Mugs") == some("fifth", "second", "first")
    assert listed(category="Cups") == {"second": D(12), "first": D(4)}


def test_of_exactly_one_category_those_inside_it_do_not_count(listed):
    assert listed(shelf="Mugs") == {"fifth": D(-10), "first": D(20)}
    assert listed(shelf="Uncategorised") == some("third")


def test_of_a_product_only_its_lines_count(week, listed):
    assert listed(product=week.cup.pk) == {"second": D(12), "first": D(4)}
    assert listed(product=week.mug.pk, status="canceled") == {"fourth": D(90)}


def test_no_shipping_is_counted_for_a_part_of_an_order(week, ask):
    assert ask("orders/list", product=week.cup.pk, end="2026-03-02").totals == {
        "revenue": D(4),
        "total_sales": D("4.76"),
    }


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"hour": 24}, "hour: Ensure this value is less than or equal to 23."),
        ({"weekday": 8}, "weekday: Select a valid choice. 8 is not one of the available choices."),
        ({"customer": "nobody"}, "customer: There is no customer 'nobody'."),
        ({"status": "lost"}, "status: Select a valid choice. lost is not one of the available"),
    ],
)
def test_what_makes_no_sense_is_refused(week, ask, asked, reason):
    with pytest.raises(Refused) as refused:
        ask("orders/list", **asked)
    assert str(refused.value).startswith(reason)
