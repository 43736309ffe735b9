"""The categories as a tree, and what each of them includes."""

from collections import Counter
from typing import NamedTuple

from django.db.models import Count

from analytics.semantics.fields import UNCATEGORISED
from catalog.models import Category, Product


class CategoryChoice(NamedTuple):
    name: str
    depth: int
    note: str


def category_choices() -> list[CategoryChoice]:
    """Each above those inside it; last the products without one."""
    rows = Category.objects.order_by("name").values_list("pk", "name", "parent")
    children: dict[int | None, list[tuple[int, str]]] = {}
    for pk, name, parent in rows:
        children.setdefault(parent, []).append((pk, name))
    products = product_counts()
    found = choices_below(None, 0, children, products)
    if products[None] and UNCATEGORISED not in {choice.name for choice in found}:
        found.append(CategoryChoice(UNCATEGORISED, 0, note(products[None], 0)))
    return found


def product_counts() -> Counter[int | None]:
    counted = Product.objects.order_by().values_list("category").annotate(Count("pk"))
    return Counter(dict(counted))


def choices_below(
    parent: int | None,
    depth: int,
    children: dict[int | None, list[tuple[int, str]]],
    products: Counter[int | None],
) -> list[CategoryChoice]:
    # Those that are in a circle are below nothing, and stay out.
    found = []
    for pk, name in children.get(parent, ()):
        inside = choices_below(pk, depth + 1, children, products)
        own = sum(products[each] for each in ids_below(pk, children))
        found += [CategoryChoice(name, depth, note(own, len(inside))), *inside]
    return found


def ids_below(pk: int, children: dict[int | None, list[tuple[int, str]]]) -> list[int]:
    below = [each for child, _name in children.get(pk, ()) for each in ids_below(child, children)]
    return [pk, *below]


def note(products: int, categories: int) -> str:
    """ "Includes 12 products in 3 categories"."""
    text = f"{products:,} product{'' if products == 1 else 's'}"
    if not categories:
        return text
    return f"Includes {text} in {categories} categor{'y' if categories == 1 else 'ies'}"
