"""Conditions in words, each with the address of the same page without it."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from django.http import QueryDict

from accounts.models import User
from analytics.semantics.condition_field import texts_of
from analytics.semantics.conditions import Condition
from analytics.semantics.dimensions import DIMENSIONS, Dimension
from analytics.semantics.filters import Filters
from analytics.semantics.kinds import display
from catalog.models import Product
from customers.models import Country, Customer

OPERATOR_WORDS = {
    "is": "is", "is_not": "is not", "one_of": "is one of", "contains": "contains",
    "between": "is between", "at_least": "is at least", "at_most": "is at most",
}  # fmt: skip
MODELS = {"country_id": Country, "product_id": Product, "customer_id": Customer}


def condition_chips(user: User, given: QueryDict, form: Filters) -> list[dict[str, str]]:
    """Of the checked form of what the page shows."""
    conditions = form.cleaned_data.get("where", ())
    texts = texts_of(form["where"].data)
    return [
        {"text": condition_words(condition, user), "query": query_without(given, text)}
        for condition, text in zip(conditions, texts, strict=True)
    ]


def condition_words(condition: Condition, user: User) -> str:
    """ "Weekday is Saturday", "Country is Germany or France", "Tag has no value"."""
    dimension, operator = DIMENSIONS[condition.field], condition.operator
    if condition.values == (None,):
        return f"{dimension.label} has {'a' if operator == 'is_not' else 'no'} value"
    texts = value_texts(dimension, condition, user)
    between = " and " if operator == "between" else " or "
    # "Is Germany or France": "one of" is for those who choose an operator.
    words = OPERATOR_WORDS["is" if operator == "one_of" else operator]
    return f"{dimension.label} {words} {between.join(texts)}"


def value_texts(dimension: Dimension, condition: Condition, user: User) -> list[str]:
    values: tuple[Any, ...] = condition.values
    if condition.operator == "contains":
        return [f"“{values[0]}”"]
    if dimension.limits:
        return limit_texts(condition)
    if dimension.id:
        return names_of(MODELS[dimension.id], values, user)
    if dimension.places:
        return [dimension.places[place] for place in values]
    return [display(value, dimension.kind) for value in values]


def limit_texts(condition: Condition) -> list[str]:
    """Of a band, or the numbers of a range."""
    texts = ["" if value is None else f"{value:f}" for value in condition.values]
    if condition.operator not in ("is", "is_not"):
        return texts
    low, high = texts
    return [f"{low}–{high}" if low and high else f"≥ {low}" if low else f"< {high}"]


def names_of(model: type[Model], ids: Iterable[int], user: User) -> list[str]:
    rows = model.objects.for_user(user).filter(pk__in=ids).order_by("pk")
    return list(dict.fromkeys(row.name or f"number {row.pk}" for row in rows))


def query_without(given: QueryDict, text: str) -> str:
    address = given.copy()
    address.setlist("where", [each for each in address.getlist("where") if each != text])
    return address.urlencode()
