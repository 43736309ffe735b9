"""Explore follows the catalogue: categories moved and renamed, products moved, tags changed."""

from decimal import Decimal as D

import pytest
from django.db import transaction

from catalog.models import Category, Product, Tag

pytestmark = pytest.mark.django_db
UNCATEGORISED = "Uncategorised"


@pytest.fixture
def goods(shop):
    """Home > Kitchen > Cups, and Garden; two sales of two products each."""
    home = Category.objects.create(name="Home")
    kitchen = Category.objects.create(name="Kitchen", parent=home)
    Category.objects.create(name="Cups", parent=kitchen)
    mug = shop.product("mug", "10.00", category="Cups")
    pan = shop.product("pan", "20.00", category="Kitchen")
    spade = shop.product("spade", "5.00", category="Garden")
    loose = shop.product("loose", "1.00")
    gift, iron = Tag.objects.create(name="gift"), Tag.objects.create(name="iron")
    mug.tags.add(gift)
    pan.tags.add(gift, iron)
    spade.tags.add(iron)
    shop.sell((mug, 1), (pan, 1), on="2026-03-05")
    shop.sell((spade, 2), (loose, 1), on="2026-03-06")
    return shop


@pytest.fixture
def by(ask):
    """Net sales and orders by these dimensions, and of everything under None."""

    def figures(*names, **asked):
        answer = ask("explore", measures="revenue,orders", rows=",".join(names), **asked)
        found = {}
        for row in answer.rows:
            key = tuple(row[name] for name in names)
            found[key if len(names) > 1 else key[0]] = (row["revenue"], row["orders"])
        assert len(found) == len(answer.rows)
        return found | {"all": (answer.totals["revenue"], answer.totals["orders"])}

    return figures


def category(name: str) -> Category:
    return Category.objects.get(name=name)


def euros(**figures: tuple[int, int]) -> dict:
    return {name: (D(amount), orders) for name, (amount, orders) in figures.items()}


BEFORE = euros(Home=(30, 1), Garden=(10, 1), Uncategorised=(1, 1), all=(41, 2))


def test_each_depth_of_the_tree(goods, by):
    assert by("category_1") == BEFORE
    assert by("category_1", "category_2", "category_3") == {
        ("Home", "Kitchen", "Cups"): (D(10), 1),
        ("Home", "Kitchen", None): (D(20), 1),
        ("Garden", None, None): (D(10), 1),
        (UNCATEGORISED, None, None): (D(1), 1),
        "all": (D(41), 2),
    }
    assert by("category_2") == {
        "Kitchen": (D(30), 1), None: (D(11), 1), "all": (D(41), 2)
    }  # fmt: skip


def test_a_category_that_moves_takes_its_sales_along(goods, by):
    assert by("category_1") == BEFORE
    moved = category("Kitchen")
    moved.parent = category("Garden")
    moved.save()
    assert by("category_1") == euros(Garden=(40, 2), Uncategorised=(1, 1), all=(41, 2))
    assert by("category_2", where="category_1:is:Garden") == {
        "Kitchen": (D(30), 1), None: (D(10), 1), "all": (D(40), 2)
    }  # fmt: skip
    Category.objects.filter(name="Cups").update(parent=None)
    assert by("category_1") == euros(
        Garden=(30, 2), Cups=(10, 1), Uncategorised=(1, 1), all=(41, 2)
    )


def test_a_category_that_is_renamed(goods, by):
    assert by("category_1", where="category_2:is:Kitchen")["all"] == (D(30), 1)
    Category.objects.filter(name="Kitchen").update(name="Cooking")
    assert by("category_2", where="category_1:is:Home") == euros(Cooking=(30, 1), all=(30, 1))
    renamed = category("Home")
    renamed.name = "House"
    renamed.save()
    assert by("category_1") == euros(
        House=(30, 1), Garden=(10, 1), Uncategorised=(1, 1), all=(41, 2)
    )


def test_a_product_in_another_category(goods, by):
    assert by("category_1") == BEFORE
    mug = Product.objects.get(sku="mug")
    mug.category = category("Garden")
    mug.save()
    Product.objects.filter(sku="pan").update(category=None)
    assert by("category_1") == euros(Garden=(20, 2), Uncategorised=(21, 2), all=(41, 2))
    # One order has both products, which now are of two categories.
    assert by("category_1", where="sku:one_of:mug,pan") == euros(
        Garden=(10, 1), Uncategorised=(20, 1), all=(30, 1)
    )


TAGGED = {"gift": (D(30), 1), "iron": (D(30), 2), None: (D(1), 1), "all": (D(41), 2)}


def test_a_product_of_two_tags_counts_under_both_and_once_in_all(goods, by):
    assert by("tag") == TAGGED
    assert by("tag", where="tag:is:gift")["all"] == (D(30), 1)
    assert by("category_1", where="tag:is_not:gift") == euros(
        Garden=(10, 1), Uncategorised=(1, 1), all=(11, 1)
    )
    assert by("sku", where="tag:is:") == euros(loose=(1, 1), all=(1, 1))
    assert by("sku", where="tag:one_of:gift,iron")["all"] == (D(40), 2)


CHANGES = {
    "given": (
        lambda: Product.objects.get(sku="mug").tags.add(Tag.objects.get(name="iron")),
        {"gift": (D(30), 1), "iron": (D(40), 2), None: (D(1), 1)},
    ),
    "taken away": (
        lambda: Tag.objects.get(name="iron").products.clear(),
        {"gift": (D(30), 1), None: (D(11), 1)},
    ),
    "renamed": (
        lambda: Tag.objects.filter(name="iron").update(name="metal"),
        {"gift": (D(30), 1), "metal": (D(30), 2), None: (D(1), 1)},
    ),
    "deleted": (
        lambda: Tag.objects.get(name="gift").delete(),
        {"iron": (D(30), 2), None: (D(11), 2)},
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_tags_that_change(goods, by, name):
    change, expected = CHANGES[name]
    assert by("tag") == TAGGED
    with transaction.atomic():
        change()
        transaction.set_rollback(True)
    assert by("tag") == TAGGED
    change()
    assert by("tag") == expected | {"all": (D(41), 2)}


def test_every_report_has_the_same_filters(goods, columns_of):
    def found(where):
        return columns_of("revenue/by-category", "category", "revenue", where=where)

    assert found("category_1:is:Home") == [("Kitchen", D(20)), ("Cups", D(10))]
    assert found("tag:is:iron") == [("Kitchen", D(20)), ("Garden", D(10))]
    moved = category("Cups")
    moved.parent = category("Garden")
    moved.save()
    Product.objects.get(sku="pan").tags.clear()
    assert found("category_1:is:Home") == [("Kitchen", D(20))]
    assert found("tag:is:iron") == [("Garden", D(10))]


def test_products_without_a_category_are_found_by_name_and_as_no_value(goods, by):
    expected = euros(loose=(1, 1), all=(1, 1))
    for condition in ("category:is:Uncategorised", "category_1:is:Uncategorised", "category:is:"):
        assert (condition, by("sku", where=condition)) == (condition, expected)
