"""Files of unknown formats, by a mapping that the user creates: field → column."""

from dataclasses import dataclass, field

from imports.formats import FIELDS, Format, normal
from imports.formats.purchases import numbered_by_content
from imports.headings import HEADINGS

NEEDED = ("placed",)
PRICES = ("unit_price", "line_total")  # one of them is needed


class BadMapping(ValueError):
    """The mapping is invalid; the message names the field."""


@dataclass(frozen=True)
class MappedFormat(Format):
    """Finds its columns by their titles in the header, not by normalised names."""

    chosen: dict[str, str] = field(default_factory=dict)

    def canonical_name(self, name: str) -> str:
        return self.chosen.get(name.strip().casefold()) or normal(name)


def generic(mapping: dict[str, str]) -> Format:
    """The format for a mapping; without order numbers, each row is an order of one line."""
    check_mapping(mapping)
    chosen: dict[str, str] = {}
    for name, column in mapping.items():
        # One column may fill several fields; the first of them names it.
        chosen.setdefault(column.strip().casefold(), f"mapped_{name}")
    fields = {name: chosen[column.strip().casefold()] for name, column in mapping.items()}
    columns = tuple(chosen.values())
    usual = {
        "document": numbered_by_content(columns),
        "sku": "'item'",
        "product": fields.get("sku", "'Item'"),
        "quantity": "'1'",
    }
    return MappedFormat(
        name="generic",
        title="Own mapping",
        required=columns,
        fields=usual | fields,
        chosen=chosen,
        mapping=mapping,
    )


def suggested_mapping(header: list[str]) -> dict[str, str]:
    """The likely column for each field, by its name."""
    # Reversed, so that the first of several columns with the same normalised name stays.
    columns = {normal(column): column for column in reversed(header)}
    matches = {
        name: [n for n in (normal(name), *HEADINGS.get(name, ())) if n in columns]
        for name in FIELDS
    }
    chosen = {name: columns[names[0]] for name, names in matches.items() if names}
    if "unit_price" in chosen:  # a total is an order's as often as a line's
        chosen.pop("line_total", None)
    return chosen


def check_mapping(mapping: dict[str, str]) -> None:
    if unknown := sorted(set(mapping) - set(FIELDS)):
        raise BadMapping(f"{', '.join(unknown)}: not a field. Known: {', '.join(FIELDS)}.")
    # `str`, because the admin accepts JSON, in which a column may be of any type.
    if missing := [name for name in NEEDED if not str(mapping.get(name, "")).strip()]:
        raise BadMapping(f"{', '.join(missing)}: say which column it is.")
    if not any(str(mapping.get(name, "")).strip() for name in PRICES):
        raise BadMapping("unit_price: say which column it is. A line_total will do.")
    if blank := [name for name, column in mapping.items() if not str(column).strip()]:
        raise BadMapping(f"{', '.join(blank)}: say which column it is, or leave the field out.")
