"""A file of no known format, by a mapping that its owner draws: which column is which field."""

from dataclasses import dataclass, field

from imports.formats import FIELDS, Format, normal
from imports.formats.purchases import numbered_by_content

NEEDED = ("placed", "unit_price")
# What such columns are often called; normalised
USUAL = {
    "placed": ("placedat", "orderdate", "purchasedate", "invoicedate", "date", "day", "timestamp"),
    "unit_price": ("price", "itemprice", "priceeach"),
    "document": ("order", "orderid", "orderno", "ordernumber", "invoice", "invoiceno", "receipt"),
    "sku": ("productid", "productcode", "itemid", "articleno", "stockcode"),
    "product": ("productname", "item", "itemname", "article", "description"),
    "quantity": ("qty", "units", "pieces"),
    "customer": ("customerid", "customercode", "customerno", "clientid"),
    "customer_name": ("client", "buyer", "buyername"),
    "email": ("customeremail", "buyeremail", "mail"),
    "country": ("countrycode", "shipcountry", "shippingcountry", "billingcountry"),
    "shipping": ("shippingcost", "freight"),
    "status": ("orderstatus",),
}


class BadMapping(ValueError):
    """The mapping cannot be used; the words say which field is at fault."""


@dataclass(frozen=True)
class Drawn(Format):
    """Its columns are known by what stands in the header, not by a normalised name."""

    chosen: dict[str, str] = field(default_factory=dict)

    def known_as(self, name: str) -> str:
        return self.chosen.get(name.strip().casefold()) or normal(name)


def generic(mapping: dict[str, str]) -> Format:
    """{field: column} → a format; without numbers of its own, each row is an order of one line."""
    check(mapping)
    chosen: dict[str, str] = {}
    for name, column in mapping.items():
        chosen.setdefault(column.strip().casefold(), f"mapped_{name}")
    fields = {name: chosen[column.strip().casefold()] for name, column in mapping.items()}
    columns = tuple(chosen.values())
    usual = {
        "document": numbered_by_content(columns),
        "sku": "'item'",
        "product": fields.get("sku", "'Item'"),
        "quantity": "'1'",
    }
    return Drawn(
        name="generic", title="Own mapping", required=columns, fields=usual | fields, chosen=chosen
    )


def suggested(header: list[str]) -> dict[str, str]:
    """Which column probably is which field, by its name."""
    columns = {normal(column): column for column in reversed(header)}
    found = {
        name: [n for n in (normal(name), *USUAL.get(name, ())) if n in columns] for name in FIELDS
    }
    return {name: columns[names[0]] for name, names in found.items() if names}


def check(mapping: dict[str, str]) -> None:
    if unknown := sorted(set(mapping) - set(FIELDS)):
        raise BadMapping(f"{', '.join(unknown)}: not a field. Known: {', '.join(FIELDS)}.")
    if missing := [name for name in NEEDED if not str(mapping.get(name, "")).strip()]:
        raise BadMapping(f"{', '.join(missing)}: say which column it is.")
    if blank := [name for name, column in mapping.items() if not str(column).strip()]:
        raise BadMapping(f"{', '.join(blank)}: say which column it is, or leave the field out.")
