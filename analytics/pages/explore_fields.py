"""What one can put into a question: the fields, in groups, and those that stand there already."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from accounts.models import User
from analytics.pages.condition_chips import OPERATOR_WORDS
from analytics.pages.condition_words import plain_words, where_words
from analytics.pages.explore_address import HAVING, SHELVES, Address
from analytics.pages.explore_hints import field_note, is_full
from analytics.semantics.dimensions import DIMENSIONS
from analytics.semantics.filters import Reader
from analytics.semantics.measures import MEASURE_GROUPS, WORDS
from analytics.semantics.question import (
    CHANGE,
    GROWTH,
    IN_SQL,
    OF_TWO_PERIODS,
    RUNNING,
    SHARE,
    measure_column,
    split_calculation,
)

SHELF_LABELS = {"rows": "Rows", "columns": "Columns", "measures": "Values"}
SHOWN_AS = {
    "": "Value", SHARE: "Share of total", RUNNING: "Running total", CHANGE: "Change",
    GROWTH: "Growth",
}  # fmt: skip


class FieldLink(NamedTuple):
    label: str
    definition: str
    link: str  # puts it there, or takes it away; empty where there is no room for it
    is_chosen: bool
    note: str


class ChipLink(NamedTuple):
    label: str
    link: str
    is_chosen: bool = False


@dataclass(frozen=True)
class Chip:
    label: str
    definition: str
    remove: str  # empty for the last measure: a question has one
    moves: list[ChipLink]
    shown_as: list[ChipLink] = field(default_factory=list)


def field_groups(address: Address, reader: Reader) -> list[tuple[str, list[FieldLink]]]:
    measures = [
        (f"Measures · {group.lower()}", [field_link(address, "measures", name) for name in names])
        for group, names in MEASURE_GROUPS.items()
    ]
    dimensions = [
        (
            f"Dimensions · {group.lower()}",
            [field_link(address, shelf_for(address, name), name) for name in names],
        )
        for group, names in dimension_groups(reader).items()
    ]
    return measures + dimensions


def dimension_groups(reader: Reader) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name, dimension in DIMENSIONS.items():
        if name != "customer" or reader.may_name_customers:
            groups.setdefault(dimension.group, []).append(name)
    return groups


def shelf_for(address: Address, name: str) -> str:
    """Where a click puts a dimension: time runs from left to right, all else from top to bottom."""
    is_time = DIMENSIONS[name].group == "Time"
    return "columns" if is_time and not address.shelves["columns"] else "rows"


def field_link(address: Address, shelf: str, name: str) -> FieldLink:
    label, definition = label_and_definition(name)
    standing = next((each for each in SHELVES if name in address.shelves[each]), "")
    note = field_note(address, standing or shelf, name)
    if standing:
        return FieldLink(label, definition, address.without_field(standing, name), True, note)
    link = "" if is_full(address, shelf) else address.with_field(shelf, name)
    return FieldLink(label, definition, link, False, note)


def label_and_definition(name: str) -> tuple[str, str]:
    """Of a measure or a dimension; a name that is neither is its own label."""
    if name in DIMENSIONS:
        return DIMENSIONS[name].label, DIMENSIONS[name].definition
    try:
        column = measure_column(name)
    except KeyError:
        return name, ""
    return column.label, column.definition


# Chips


def shelves(address: Address, reader: Reader) -> list[dict]:
    return [
        {
            "name": shelf,
            "label": SHELF_LABELS[shelf],
            "chips": [chip(address, shelf, name) for name in address.shelves[shelf]],
            "choices": [*choices(address, shelf, reader)],
            "hidden": address.hidden(),
        }
        for shelf in SHELVES
    ]


def chip(address: Address, shelf: str, name: str) -> Chip:
    label, definition = label_and_definition(name)
    is_last_measure = address.shelves["measures"] == [name]
    remove = "" if is_last_measure else address.without_field(shelf, name)
    others = [*shown_as(address, name)] if shelf == "measures" else []
    return Chip(label, definition, remove, [*moves(address, shelf, name)], others)


def shown_as(address: Address, name: str) -> Iterator[ChipLink]:
    """The measure itself and what can be computed from it, in its place."""
    base, chosen = split_calculation(name)
    names, compare = address.shelves["measures"], address.given.get("compare", "")
    for ending, label in SHOWN_AS.items():
        other = base + ending
        is_there = other != name and other in names
        if base not in WORDS or is_there or (ending in IN_SQL and not WORDS[base].is_sum):
            continue
        measures = [other if each == name else each for each in names]
        if ending in OF_TWO_PERIODS and not compare:
            link = address.link(measures=measures, compare="previous_year")
            yield ChipLink(f"{label} on last year", link)
        else:
            yield ChipLink(label, address.link(measures=measures), ending == chosen)


def moves(address: Address, shelf: str, name: str) -> Iterator[ChipLink]:
    names = address.shelves[shelf]
    place = names.index(name)
    if place:
        yield ChipLink("Move forward", address.with_place(shelf, name, place - 1))
    if place < len(names) - 1:
        yield ChipLink("Move back", address.with_place(shelf, name, place + 1))
    for other in ("rows", "columns"):
        if name in DIMENSIONS and other != shelf:
            label = f"Move to {SHELF_LABELS[other].lower()}"
            yield ChipLink(label, address.with_field(other, name))
    if shelf == "rows" or shelf == "measures":
        yield ChipLink("Sort, smallest first", address.link(sort=name))
        yield ChipLink("Sort, largest first", address.link(sort=f"-{name}"))


def choices(address: Address, shelf: str, reader: Reader) -> Iterator[tuple[str, list[tuple]]]:
    """The options of the list beside the chips of a shelf: what is not there yet."""
    groups = MEASURE_GROUPS if shelf == "measures" else dimension_groups(reader)
    for group, names in groups.items():
        there = address.shelves[shelf]
        left = [name for name in names if name not in there]
        if left and not is_full(address, shelf):
            yield group, [(name, option_text(address, shelf, name)) for name in left]


def option_text(address: Address, shelf: str, name: str) -> str:
    label, note = label_and_definition(name)[0], field_note(address, shelf, name)
    return f"{label} – {note.removesuffix('.')}" if note else label


# Conditions


def condition_chips(address: Address, reader: Reader, user: User) -> list[Chip]:
    words = {
        "where": lambda text: where_words(text, reader, user),
        "having": plain_words,
    }
    return [
        Chip(in_words(text), text, address.without_condition(parameter, text), [])
        for parameter, in_words in words.items()
        for text in dict.fromkeys(address.given.getlist(parameter))
        if text.strip()
    ]


def dimension_choices(reader: Reader) -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (group, [(name, DIMENSIONS[name].label) for name in names])
        for group, names in dimension_groups(reader).items()
    ]


def condition_form(address: Address, reader: Reader) -> dict:
    measures = [
        (f"Of each row: {group.lower()}", [(HAVING + name, WORDS[name].label) for name in names])
        for group, names in MEASURE_GROUPS.items()
    ]
    return {
        "fields": dimension_choices(reader) + measures,
        "operators": OPERATOR_WORDS.items(),
        "hidden": address.hidden(),
    }
