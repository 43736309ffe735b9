"""Conditions in words, also those that are no conditions."""

from django.core.exceptions import ValidationError

from accounts.models import User
from analytics.pages.condition_chips import OPERATOR_WORDS, condition_words
from analytics.semantics.condition_field import WhereField
from analytics.semantics.conditions import split_condition
from analytics.semantics.dimensions import DIMENSIONS, OTHER_NAMES
from analytics.semantics.filters import Reader
from analytics.semantics.measures import WORDS


def plain_words(text: str) -> str:
    """ "Weekday is Saturday", "Units is at least 50"; a text that is no condition, as it is."""
    try:
        name, operator, values = split_condition(text)
    except ValueError:
        return text
    named = DIMENSIONS.get(OTHER_NAMES.get(name, name)) or WORDS.get(name)
    label = named.label if named else name
    joined = " and ".join(values) if operator == "between" else ", ".join(values)
    return f"{label} {OPERATOR_WORDS[operator]} {joined or '–'}"


def where_words(text: str, reader: Reader, user: User) -> str:
    """With the names of what ids stand for, where the reader sees it."""
    field = WhereField()
    field.reader = reader
    try:
        [condition] = field.clean([text])
    except ValidationError:
        return plain_words(text)
    return condition_words(condition, user)
