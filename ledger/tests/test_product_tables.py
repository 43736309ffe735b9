"""Where products are in the tree of categories, and their tags."""

from types import SimpleNamespace

import duckdb
import pytest
from django.conf import settings
from django.db import transaction

from catalog.models import Category, Product, Tag
from ledger import build
from ledger.check import differences
from ledger.models import Dirty
from orders.tests.shop import Shop

pytestmark = pytest.mark.django_db
DEPTHS = "sku, category, category_1, category_2, category_3"


@pytest.fixture
def shop(db):
    return Shop()


def ledger(table: str, columns: str) -> list[tuple]:
    snapshot = build.current(0)
    assert list(differences()) == []
    rows = duckdb.read_parquet(str(settings.LEDGER_FOLDER / snapshot.files[table]))
    return rows.select(columns).fetchall()


def tags() -> list[tuple]:
    names = dict(Product.objects.values_list("id", "sku"))
    return [(names[pk], tag) for pk, tag in ledger("product_tags", "product_id, tag")]


def category(name: str, parent: Category | None = None) -> Category:
    return Category.objects.create(name=name, parent=parent)


def product_in_each(shop, path: str) -> list[Category]:
    """Categories that are each inside the one before, and a product in each."""
    made: list[Category] = []
    for name in path.split(" > "):
        made.append(category(name, made[-1] if made else None))
        shop.product(f"in {name}", category=name)
    return made


def test_a_product_has_the_names_on_the_way_to_its_category(shop):
    product_in_each(shop, "Home > Kitchen > Cups > Mugs > Enamel")
    product_in_each(shop, "Garden")
    shop.product("loose")
    assert ledger("products", DEPTHS) == [
        ("in Home", "Home", "Home", None, None),
        ("in Kitchen", "Kitchen", "Home", "Kitchen", None),
        ("in Cups", "Cups", "Home", "Kitchen", "Cups"),
        ("in Mugs", "Mugs", "Home", "Kitchen", "Cups"),
        ("in Enamel", "Enamel", "Home", "Kitchen", "Cups"),
        ("in Garden", "Garden", "Garden", None, None),
        ("loose", None, None, None, None),
    ]


def test_a_circle_of_categories_ends(shop):
    home, kitchen, _ = product_in_each(shop, "Home > Kitchen > Cups")
    home.parent = kitchen
    home.save()
    own = category("Alone")
    own.parent = own
    own.save()
    shop.product("alone", category="Alone")
    assert ledger("products", DEPTHS) == [
        ("in Home", "Home", "Home", None, None),
        ("in Kitchen", "Kitchen", "Kitchen", None, None),
        ("in Cups", "Cups", "Cups", None, None),
        ("alone", "Alone", "Alone", None, None),
    ]


def test_a_category_that_is_moved_takes_what_is_inside_along(shop):
    _, kitchen, _ = product_in_each(shop, "Home > Kitchen > Cups")
    ledger("products", DEPTHS)
    kitchen.parent = None
    kitchen.save()
    assert ledger("products", DEPTHS) == [
        ("in Home", "Home", "Home", None, None),
        ("in Kitchen", "Kitchen", "Kitchen", None, None),
        ("in Cups", "Cups", "Kitchen", "Cups", None),
    ]


def test_one_changed_product_among_many_is_read_with_its_depths(shop):
    *_, cups = product_in_each(shop, "Home > Kitchen > Cups")
    for n in range(9):
        shop.product(f"p{n}", category="Home")
    ledger("products", DEPTHS)
    moved = Product.objects.get(sku="p4")
    moved.category = cups
    moved.save()
    rows = ledger("products", DEPTHS)
    assert rows[7] == ("p4", "Cups", "Home", "Kitchen", "Cups")
    assert rows == sorted(rows, key=lambda row: Product.objects.get(sku=row[0]).pk)


def test_a_table_of_tags_without_rows_is_there(shop):
    shop.product("mug")
    assert tags() == []


# Each write, and the tags afterwards

ALL = {f"p{n}": "ab" for n in range(8)}
CHANGES = {
    "add": ({"p1": "abc"}, lambda it: it.p1.tags.add(it.a, it.c)),
    "add what is there": ({}, lambda it: it.p1.tags.add(it.a)),
    "create": ({"p1": "abd"}, lambda it: it.p1.tags.create(name="d")),
    "remove": ({"p2": "b"}, lambda it: it.p2.tags.remove(it.a)),
    "set": ({"p3": "ac"}, lambda it: it.p3.tags.set([it.a, it.c])),
    "clear": ({"p4": ""}, lambda it: it.p4.tags.clear()),
    "add to the tag": ({"p0": "abc", "p7": "abc"}, lambda it: it.c.products.add(it.p0, it.p7)),
    "remove from the tag": ({"p5": "a"}, lambda it: it.b.products.remove(it.p5)),
    "set of the tag": ({"p0": "ab", "rest": "a"}, lambda it: it.b.products.set([it.p0])),
    "clear of the tag": ({"rest": "b"}, lambda it: it.a.products.clear()),
    "rename": ({"rest": "bd"}, lambda it: rename(it.a)),
    "rename by an update": ({"rest": "ad"}, lambda it: Tag.objects.filter(
        name="b").update(name="d")),
    "delete": ({"rest": "b"}, lambda it: Tag.objects.get(name="a").delete()),
    "delete of rows": ({"rest": "a"}, lambda it: Tag.objects.exclude(name="a").delete()),
    "delete of a product": ({"p6": ""}, lambda it: Product.objects.get(sku="p6").delete()),
    "delete of products": ({"p0": "ab", "p1": "ab", "rest": ""}, lambda it: Product.objects.exclude(
        sku__in=("p0", "p1")).delete()),
}  # fmt: skip


@pytest.fixture
def tagged(shop):
    """Eight products with the tags a and b; none has c."""
    it = SimpleNamespace(**{name: Tag.objects.create(name=name) for name in "abc"})
    for sku in ALL:
        product = shop.product(sku, stock=None)
        product.tags.set([it.a, it.b])
        setattr(it, sku, product)
    return it


def rename(tag: Tag) -> None:
    tag.name = "d"
    tag.save()


def rows_of(tags: dict[str, str]) -> list[tuple[str, str]]:
    return [(sku, tag) for sku, names in tags.items() for tag in names]


@pytest.mark.parametrize("name", CHANGES)
def test_tags_follow(tagged, name):
    changed, change = CHANGES[name]
    assert tags() == rows_of(ALL)
    with transaction.atomic():
        change(tagged)
        transaction.set_rollback(True)
    assert not Dirty.objects.exists()
    change(tagged)
    assert Dirty.objects.exists() == bool(changed)
    assert tags() == rows_of({sku: changed.get(sku, changed.get("rest", "ab")) for sku in ALL})


def test_a_change_of_few_products_names_them(tagged):
    tags()
    tagged.p1.tags.add(tagged.c)
    tagged.c.products.set([tagged.p2])
    rows = Dirty.objects.order_by("pk").values_list("part", "row_id")
    assert list(rows) == [("product_tags", it.pk) for it in (tagged.p1, tagged.p1, tagged.p2)]


def test_a_product_without_tags_takes_none_along(tagged, shop):
    untagged = shop.product("loose", stock=None)
    tags()
    untagged.delete()
    assert set(Dirty.objects.values_list("part", flat=True)) == {"products"}
