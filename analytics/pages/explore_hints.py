"""What the explore page says before one asks in vain, and where an answer is empty."""

from typing import NamedTuple

from analytics.pages.explore_address import Address
from analytics.semantics.dimensions import DIMENSIONS
from analytics.semantics.explore_form import MOST_COLUMNS, MOST_DEPTH, MOST_MEASURES
from analytics.semantics.measures import WORDS
from analytics.semantics.question import DAYS, measure_column, split_calculation
from analytics.semantics.question_report import inside_a_sentence, joined

MOST = {"rows": MOST_DEPTH, "columns": MOST_COLUMNS, "measures": MOST_MEASURES}
FILTERS = ("country", "category", "where")


class Hint(NamedTuple):
    text: str
    label: str = ""  # of the link that helps
    link: str = ""


def empty_hint(address: Address, may_import: bool) -> Hint:
    """Why there may be no rows, and what shows some again."""
    given = address.given
    if any(given.getlist("having")):
        return Hint(
            "No row meets the conditions on its measures.", "Show all rows",
            address.link(having=None),
        )  # fmt: skip
    if given.get("start") or given.get("end"):
        link = address.link(start=None, end=None)
        return Hint("No orders in these dates.", "Show all dates", link)
    if any(any(given.getlist(name)) for name in FILTERS):
        link = address.link(**dict.fromkeys(FILTERS))
        return Hint("No orders under these filters.", "Remove the filters", link)
    if may_import:
        return Hint("There are no orders yet.", "Import orders", "/imports/")
    return Hint("There are no orders yet.")


def is_full(address: Address, shelf: str) -> bool:
    return len(address.shelves[shelf]) >= MOST[shelf]


def field_note(address: Address, shelf: str, name: str) -> str:
    """Why a field cannot be added, or has no value beside those that are there; else empty."""
    if name not in address.shelves[shelf] and is_full(address, shelf):
        return f"There are {MOST[shelf]} already."
    return dimension_note(address, name) if name in DIMENSIONS else measure_note(address, name)


def dimension_note(address: Address, name: str) -> str:
    blank = [each for each in address.shelves["measures"] if is_of_orders(each)]
    if not (blank and DIMENSIONS[name].of_goods):
        return ""
    return f"No value: {joined([measure_column(each).label for each in blank])}."


def measure_note(address: Address, name: str) -> str:
    if is_of_orders(name) and (goods := goods_asked(address)):
        return f"No value {goods}: it belongs to whole orders."
    rows = address.shelves["rows"]
    is_by_time = bool(rows) and rows[0] in DIMENSIONS and DIMENSIONS[rows[0]].group == "Time"
    if name in DAYS and is_by_time and address.given.get("top"):
        return "Not for the top rows only."
    return ""


def goods_asked(address: Address) -> str:
    """How the question is about products, if it is."""
    dimensions = [*address.shelves["rows"], *address.shelves["columns"]]
    for name in filter(is_of_goods, dimensions):
        return f"by {inside_a_sentence(DIMENSIONS[name].label)}"
    conditions = [text.partition(":")[0] for text in address.given.getlist("where")]
    if address.given.get("category") or any(map(is_of_goods, conditions)):
        return "for some products"
    return ""


def is_of_goods(name: str) -> bool:
    return name in DIMENSIONS and DIMENSIONS[name].of_goods


def is_of_orders(name: str) -> bool:
    base = split_calculation(name)[0]
    return base in WORDS and WORDS[base].of_orders
