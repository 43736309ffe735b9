"""Conditions as texts: those that select a row of a question, and what they say in words."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from analytics.semantics.conditions import split_condition
from analytics.semantics.dimensions import DIMENSIONS, OTHER_NAMES, Dimension
from analytics.semantics.kinds import KINDS
from analytics.semantics.level import key_of
from analytics.semantics.measures import WORDS

OPERATOR_WORDS = {
    "is": "is",
    "is_not": "is not",
    "one_of": "is one of",
    "contains": "contains",
    "between": "is between",
    "at_least": "is at least",
    "at_most": "is at most",
}


def selecting_condition(dimension: Dimension, row: Mapping[str, Any]) -> str:
    """The condition of which this row of a level has all orders: `month:is:2026-03`."""
    return f"{dimension.name}:is:{condition_value(dimension, row)}"


def condition_value(dimension: Dimension, row: Mapping[str, Any]) -> str:
    """As `where` reads it; empty where the row has no value."""
    value = row[key_of(dimension)]
    if value is None:
        return ""
    if dimension.id and dimension.id != "country_id":
        return str(value)  # several products or customers may have one name
    return exact_text(row[dimension.name], dimension.kind)


def exact_text(value: Any, kind: str) -> str:
    """As JSON writes a value of this kind."""
    return str(KINDS[kind].exact(pa.chunked_array([pa.array([value], KINDS[kind].arrow)]))[0])


def condition_words(text: str) -> str:
    """ "Weekday is Saturday", "Units is at least 50"; a text that is no condition, as it is."""
    try:
        name, operator, values = split_condition(text)
    except ValueError:
        return text
    named = DIMENSIONS.get(OTHER_NAMES.get(name, name)) or WORDS.get(name)
    label = named.label if named else name
    joined = " and ".join(values) if operator == "between" else ", ".join(values)
    return f"{label} {OPERATOR_WORDS[operator]} {joined or '–'}"
