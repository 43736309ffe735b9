"""The address of the explore page holds all of its state: each control is a link that changes some
of it, or a form that keeps the rest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from analytics.semantics.column_sort import split_sort
from analytics.semantics.dimensions import DIMENSIONS, OTHER_NAMES
from analytics.semantics.explore_form import FIRST_QUESTION
from analytics.semantics.question import split_calculation

PAGE = "/explore/"
SHELVES = ("rows", "columns", "measures")
# What the forms of the page send; the page leads on to the address that says it.
FILTER_PARTS = ("filter_field", "filter_operator", "filter_value")
EDITS = (*(f"add_{shelf}" for shelf in SHELVES), *FILTER_PARTS)
SAFE = ":,@"  # signs of the address that can be read as they are
HAVING = "having "  # before the name of a measure in the list of what one can filter by


@dataclass(frozen=True)
class Address:
    """What the page shows, as its address says it. `given` may be wrong: then it says so too."""

    given: QueryDict

    @property
    def shelves(self) -> dict[str, list[str]]:
        """The names of dimensions and measures on each shelf."""
        found = {shelf: split_names(self.given.get(shelf, "")) for shelf in SHELVES}
        if not any(found.values()):
            return {shelf: [*FIRST_QUESTION[shelf]] for shelf in SHELVES}
        return found if found["measures"] else {**found, "measures": ["revenue"]}

    @property
    def is_first_visit(self) -> bool:
        return not any(self.given.get(name) for name in (*SHELVES, "having"))

    @property
    def query(self) -> str:
        """The same question for the files, with all that the page takes for granted."""
        return self.changed().urlencode(safe=SAFE)

    def link(self, **changes: Any) -> str:
        return f"{PAGE}?{self.changed(**changes).urlencode(safe=SAFE)}"

    def changed(self, **changes: Any) -> QueryDict:
        """With other values: a text, several of them, or None for none."""
        found = self.given.copy()
        for name in EDITS:
            found.pop(name, None)
        shelves = {shelf: changes.pop(shelf, names) for shelf, names in self.shelves.items()}
        set_values(found, {shelf: ",".join(names) for shelf, names in shelves.items()})
        set_values(found, changes)
        drop_what_is_gone(found, shelves)
        if "sort" in found and shelves["columns"] != self.shelves["columns"]:
            found["sort"] = split_sort(found["sort"])[0]  # its column is gone, or another one
        return found

    # Shelves

    def with_field(self, shelf: str, name: str) -> str:
        """The link that puts a field there: a dimension stands on one shelf only."""
        shelves = {other: without(names, name) for other, names in self.shelves.items()}
        return self.link(**{**shelves, shelf: [*shelves[shelf], name]})

    def without_field(self, shelf: str, name: str) -> str:
        return self.link(**{shelf: without(self.shelves[shelf], name)})

    def with_place(self, shelf: str, name: str, place: int) -> str:
        others = without(self.shelves[shelf], name)
        return self.link(**{shelf: [*others[:place], name, *others[place:]]})

    # Conditions

    def with_conditions(self, *texts: str, **changes: Any) -> str:
        where = [*self.given.getlist("where"), *texts]
        return self.link(where=[*dict.fromkeys(where)], **changes)

    def without_condition(self, parameter: str, text: str) -> str:
        return self.link(**{parameter: without(self.given.getlist(parameter), text)})

    def hidden(self, *own: str) -> list[tuple[str, str]]:
        """The fields of a form that has the fields `own` itself, and keeps the rest."""
        lists = self.changed().lists()
        return [(name, value) for name, values in lists for value in values if name not in own]


def edited(given: QueryDict) -> str:
    """The address that a form of the page asks for; empty where none does."""
    address = Address(given)
    for shelf in SHELVES:
        if name := given.get(f"add_{shelf}"):
            return address.with_field(shelf, name)
    field, operator, value = (given.get(name, "") for name in FILTER_PARTS)
    if not field:
        return address.link() if any(name in given for name in EDITS) else ""
    parameter = "having" if field.startswith(HAVING) else "where"
    text = condition_of(field.removeprefix(HAVING), operator, value)
    return address.link(**{parameter: [*given.getlist(parameter), text]})


def condition_of(field: str, operator: str, value: str) -> str:
    return f"{field}:{operator or 'is'}:{value}"


def split_names(text: str) -> list[str]:
    names = (part.strip() for part in text.split(","))
    return [*dict.fromkeys(OTHER_NAMES.get(name, name) for name in names if name)]


def without(names: Iterable[str], name: str) -> list[str]:
    return [each for each in names if each != name]


def set_values(query: QueryDict, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        texts = [value] if isinstance(value, str) else [*(value or ())]
        if texts := [text for text in texts if text]:
            query.setlist(name, texts)
        else:
            query.pop(name, None)


def drop_what_is_gone(query: QueryDict, shelves: Mapping[str, list[str]]) -> None:
    """What is sorted or cut by a field that was taken away would be refused."""
    by = split_sort(query.get("sort", ""))[0].removeprefix("-")
    is_calculation = bool(split_calculation(by)[1])
    is_there = by in shelves["rows"] or by in shelves["measures"]
    if by and not is_there and (by in DIMENSIONS or is_calculation):
        del query["sort"]
    if not shelves["rows"]:
        query.pop("top", None)
