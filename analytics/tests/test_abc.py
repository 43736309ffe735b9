"""Which products make most of the revenue."""

from decimal import Decimal as D

import pytest

from analytics.semantics.filters import Refused
from orders.services import pay, return_items
from orders.tests.shop import at

pytestmark = pytest.mark.once


@pytest.fixture
def sold(shop):
    """Products that earned these amounts: `sold(mug=80, pot=20)`."""

    def sell(**amounts):
        goods = {sku: shop.product(sku, str(amount)) for sku, amount in amounts.items()}
        shop.sell(*[(product, 1) for product in goods.values()])
        return goods

    return sell


@pytest.fixture
def classes(ask):
    """The class of each product, from the first rank down."""

    def tell(**parameters):
        return {row["sku"]: row["abc_class"] for row in ask("products/abc", **parameters).rows}

    return tell


def test_every_product_has_its_class(shop, sold, rows):
    goods = sold(c="50.00", a="500.00", b="150.00", d="300.00")
    pk = {sku: product.pk for sku, product in goods.items()}
    new = shop.product("new", category="Cups").pk
    assert rows("products/abc") == [
        (1, pk["a"], "a", "A", "Uncategorised", 1, D(500), D("0.5"), "A"),
        (2, pk["d"], "d", "D", "Uncategorised", 1, D(300), D("0.8"), "A"),
        (3, pk["b"], "b", "B", "Uncategorised", 1, D(150), D("0.95"), "B"),
        (4, pk["c"], "c", "C", "Uncategorised", 1, D(50), D(1), "C"),
        (5, new, "new", "New", "Cups", 0, D(0), D(1), "U"),
    ]


def test_a_product_that_crosses_a_bound_is_of_the_class_before_it(sold, classes):
    sold(a="70.00", b="20.00", c="9.00", d="1.00")
    assert list(classes().items()) == [("a", "A"), ("b", "A"), ("c", "B"), ("d", "C")]


def test_the_only_product_is_of_the_first_class(sold, classes):
    sold(a="70.00")
    assert classes() == {"a": "A"}


def test_bounds_may_be_set(sold, classes):
    sold(a="40.00", b="30.00", c="20.00", d="10.00")
    assert classes(a_to="0.4", b_to="0.7") == {"a": "A", "b": "B", "c": "C", "d": "C"}
    assert classes(a_to="0", b_to="1") == {"a": "B", "b": "B", "c": "B", "d": "B"}


@pytest.mark.parametrize(
    ("parameters", "field"),
    [({"a_to": "0.9", "b_to": "0.8"}, "b_to"), ({"a_to": 80}, "a_to"), ({"b_to": "nan"}, "b_to")],
)
@pytest.mark.parametrize("path", ["products/abc", "products/abc-classes"])
def test_bounds_that_make_no_sense_are_refused(ask, path, parameters, field):
    with pytest.raises(Refused) as refused:
        ask(path, **parameters)
    assert [*refused.value.reasons] == [field]


def test_equals_stand_in_the_order_of_their_ids(sold, classes):
    sold(d="10.00", b="10.00", c="10.00", a="10.00")
    assert list(classes()) == ["d", "b", "c", "a"]


def test_what_earns_nothing_is_of_the_last_class(shop, sold, columns_of):
    goods = sold(mug="60.00", pin="40.00")
    pot, gift = shop.product("pot", "30.00"), shop.product("gift", "0.00")
    shop.product("new")
    shop.sell((gift, 1))
    sale = pay(shop.sell((pot, 3), on="2026-03-05"))
    return_items(sale, {sale.items.get(): 3}, at=at("2026-03-06"))
    old = pay(shop.sell((goods["pin"], 2), on="2026-02-05"))
    return_items(old, {old.items.get(): 2}, at=at("2026-03-06"))
    names = ("sku", "units", "revenue", "cumulative_share", "abc_class")
    assert columns_of("products/abc", *names, start="2026-03-01") == [
        ("mug", 1, D(60), D(1), "A"),
        ("pot", 3, D(0), D(1), "C"),
        ("gift", 1, D(0), D(1), "C"),
        ("pin", 1, D(-40), D(1), "C"),
        ("new", 0, D(0), D(1), "U"),
    ]


def test_what_only_came_back_is_unsold(shop, columns_of):
    sale = pay(shop.sell((shop.product("mug"), 2), on="2026-02-05"))
    return_items(sale, {sale.items.get(): 2}, at=at("2026-03-06"))
    names = ("units", "revenue", "cumulative_share", "abc_class")
    assert columns_of("products/abc", *names, start="2026-03-01") == [(0, D(-20), None, "U")]


def test_what_is_not_on_offer_any_more_counts_if_it_was_sold(shop, sold, classes):
    goods = sold(mug="60.00")
    shop.product("gone", is_active=False)
    goods["mug"].is_active = False
    goods["mug"].save()
    assert classes() == {"mug": "A"}


def test_a_category_is_a_shop_of_its_own(shop, classes):
    mug, pot = shop.product("mug", category="Cups"), shop.product("pot", "90.00")
    shop.product("cup", category="Cups")
    shop.sell((mug, 1), (pot, 1))
    assert classes() == {"pot": "A", "mug": "B", "cup": "U"}
    assert classes(category="Cups") == {"mug": "A", "cup": "U"}


def test_classes_are_counted(shop, sold, rows, ask):
    sold(a="500.00", b="300.00", c="150.00", d="50.00")
    shop.product("new")
    shop.product("newer")
    assert rows("products/abc-classes") == [
        ("A", 2, D("0.333333"), 2, D(800), D("0.8")),
        ("B", 1, D("0.166667"), 1, D(150), D("0.15")),
        ("C", 1, D("0.166667"), 1, D(50), D("0.05")),
        ("U", 2, D("0.333333"), 0, D(0), D(0)),
    ]
    assert ask("products/abc-classes").totals == {"units": 4, "revenue": D(1000)}


def test_where_nothing_was_sold_all_is_unsold(shop, rows):
    shop.product("mug")
    assert rows("products/abc-classes") == [("U", 1, D(1), 0, D(0), None)]
