"""The form fields that read conditions: on dimensions (`where`) and on measures (`having`)."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from analytics.semantics import parsing
from analytics.semantics.conditions import OPERATORS, RANGES, Condition, Value, split_condition
from analytics.semantics.dimensions import DIMENSIONS, OTHER_NAMES, Dimension
from analytics.semantics.fields import CustomerField, ProductField, RowField
from analytics.semantics.kinds import parse
from analytics.semantics.measures import WORDS
from analytics.semantics.question import DAYS

MOST_CONDITIONS, MOST_VALUES, LONGEST = 20, 100, 1000
NUMBER = "[0-9]+(?:[.][0-9]+)?"
BAND = re.compile(f"({NUMBER}) ?[–-] ?({NUMBER})|< ?({NUMBER})|(?:≥|>=) ?({NUMBER})")


class ConditionsField(forms.Field):
    """Conditions, each a parameter of its own: all of them must hold."""

    widget = forms.MultipleHiddenInput

    def __init__(self, **more: Any):
        super().__init__(required=False, **more)

    def clean(self, value: Any) -> tuple[Condition, ...]:
        texts = texts_of(value)
        if len(texts) > MOST_CONDITIONS:
            raise ValidationError(f"At most {MOST_CONDITIONS} conditions.")
        return tuple(self.condition(text) for text in texts)

    def condition(self, text: str) -> Condition:
        if "\0" in text or len(text) > LONGEST:
            raise ValidationError(
                f"A condition has at most {LONGEST} characters, none of them NUL."
            )
        try:
            name, operator, values = split_condition(text)
            if len(values) > MOST_VALUES:
                raise ValueError(f"{name}: at most {MOST_VALUES} values.")
            return self.checked(name, operator, values)
        except ValueError as error:
            raise ValidationError(str(error)) from None

    def checked(self, name: str, operator: str, values: list[str]) -> Condition:
        raise NotImplementedError


def texts_of(value: list[str] | str | None) -> list[str]:
    """Those that say something; a single one may come without a list."""
    texts = [value] if isinstance(value, str) else value or ()
    return [text for text in texts if text.strip()]


class WhereField(ConditionsField):
    """Conditions on dimensions: what the shop is cut by."""

    def checked(self, name: str, operator: str, values: list[str]) -> Condition:
        dimension = DIMENSIONS.get(OTHER_NAMES.get(name, name))
        if dimension is None:
            raise ValueError(f"{name!r} is not a dimension. Known: {', '.join(DIMENSIONS)}.")
        if dimension.name == "customer" and not self.reader.may_name_customers:
            # Whether somebody bought would tell who is a customer.
            raise ValueError("customer: you may not see single customers.")
        if operator not in (known := operators_of(dimension)):
            raise ValueError(f"{name}: {operator} is not for it. Known: {', '.join(known)}.")
        try:
            return Condition(dimension.name, operator, self.read(dimension, operator, values))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None

    def read(self, dimension: Dimension, operator: str, values: list[str]) -> tuple[Value, ...]:
        if operator in ("is", "is_not") and not values[0].strip():
            return (None,)
        if operator == "contains":
            return (values[0].lower(),)
        if dimension.limits:
            is_label = operator in ("is", "is_not")
            return read_band(values[0]) if is_label else tuple(map(read_number, values))
        if dimension.id:
            return tuple(id for text in values for id in self.ids(dimension, text))
        if dimension.places:
            return tuple(read_place(dimension, text) for text in values)
        return tuple(parse(text, dimension.kind) for text in values)

    def ids(self, dimension: Dimension, text: str) -> list[int]:
        """Of the countries, products or customers of that id, code or name which the reader sees:
        of one more they are not told that it exists."""
        if dimension.id == "country_id":
            country = self.reader.visible_countries().named(text.strip())
            found = [country.pk] if country else []
        else:
            field: RowField = ROWS[dimension.id]()
            rows = field.rows(self.reader.countries)
            found = ids_of(rows, field.key, text)
        if not found:
            raise ValueError(f"there is no {dimension.label.lower()} {text!r}.")
        return found


ROWS = {"product_id": ProductField, "customer_id": CustomerField}


def ids_of(rows: QuerySet, key: str, text: str) -> list[int]:
    """By the id, else by the key, else by the name, which several may have."""
    is_id = re.fullmatch("[1-9][0-9]{0,17}", text)
    for condition in (*([Q(pk=text)] if is_id else []), Q(**{key: text}), Q(name=text)):
        if found := list(rows.filter(condition).order_by("pk").values_list("pk", flat=True)[:1000]):
            return found
    return []


def operators_of(dimension: Dimension) -> list[str]:
    """Texts contain, dates and numbers are between; bands have their limits for that."""
    is_text = dimension.kind == "text" and not dimension.limits
    wrong = set(RANGES) if is_text else {"contains"}
    if dimension.places:
        wrong |= {"contains"}
    if dimension.limits:
        wrong |= {"one_of"}
    return [operator for operator in OPERATORS if operator not in wrong]


def read_band(text: str) -> tuple[Decimal | None, Decimal | None]:
    """ "20–50", "< 20" and "≥ 50", as they are written in the answers."""
    match = BAND.fullmatch(text.strip())
    if match is None:
        raise ValueError("enter a band such as 20–50.")
    low, high, below, above = (
        None if number is None else read_number(number) for number in match.groups()
    )
    return (low, high) if high is not None else (above, below)


def read_place(dimension: Dimension, text: str) -> int:
    places = {name.casefold(): place for place, name in enumerate(dimension.places)}
    if text.strip().casefold() not in places:
        raise ValueError(f"enter one of {', '.join(dimension.places)}.")
    return places[text.strip().casefold()]


read_number = parsing.decimal_number("a number such as 12.50")


class HavingField(ConditionsField):
    """Conditions on the measures of a row."""

    def checked(self, name: str, operator: str, values: list[str]) -> Condition:
        if name not in DAYS and (name not in WORDS or WORDS[name].measure is None):
            raise ValueError(f"{name!r} is not a measure.")
        if operator == "contains" or (operator in ("is", "is_not") and not values[0].strip()):
            raise ValueError(f"{name}: use is, between, at_least or at_most with a number.")
        return Condition(name, operator, tuple(map(read_number, values)))
