"""File formats that shops have: one module per format, discovered in this folder.

A format declares the columns by which it is recognised, and how its columns become the fields of
an order line: as SQL over text. Reading numbers and dates, checking, matching with the books and
writing are the same for all formats (`imports/staging.py`).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from imports.numbers import amount_sql

__all__ = [
    "FIELDS",
    "Format",
    "Rule",
    "amount_sql",
    "formats",
    "normal",
    "recognise",
    "unit_price_sql",
    "written",
]

# The fields of an order line. A format fills those that its file has.
HEADER_FIELDS = (
    "document",  # the number of the order or return in its source
    "kind",  # sale or return
    "placed",  # when, in the shop's local time unless the text has a zone
    "status",  # one of orders.Order.Status
    "customer",  # the customer's code in the source; empty for a guest
    "customer_name",
    "email",
    "country",  # name or ISO code
    "currency",
    "order_discount",  # amounts of the whole order, on any of its rows
    "shipping",
    "order_tax",
    "tax_included",  # 'true' where the order's prices include tax
)
LINE_FIELDS = (
    "sku", "product", "category", "quantity", "unit_price", "discount", "tax", "tax_rate",
    "line_total", "discount_percent",  # see imports/totals.py
)  # fmt: skip
FIELDS = HEADER_FIELDS + LINE_FIELDS


@dataclass(frozen=True)
class Rule:
    """Rows for which the SQL `when` is true are rejected with a code and a reason. A format's rules
    may name the {currency} of the shop and the {places} of its amounts."""

    column: str
    code: str
    reason: str
    when: str


@dataclass(frozen=True)
class Format:
    name: str
    title: str
    required: tuple[str, ...]  # normalised names of the columns by which a file is recognised
    optional: tuple[str, ...] = ()
    aliases: dict[str, str] = field(default_factory=dict)  # other spellings of the same columns
    fields: dict[str, str] = field(default_factory=dict)  # field → SQL over the columns
    rows: str = "from raw"  # another query where a record is not simply one line of an order
    rules: tuple[Rule, ...] = ()
    dates: tuple[str, ...] = ()  # strptime patterns besides ISO 8601, the most likely first
    tables: tuple[str, ...] = ()  # further files of an archive that are read
    # Normalised name of such a table → the rule by which its unused rows are rejected
    unused_rules: dict[str, Rule] = field(default_factory=dict)
    stores: str = "orders"  # or "vouchers"
    comes_from: str = ""  # which export to make, for the page that lists the formats
    mapping: dict[str, str] = field(default_factory=dict)  # field → column, of a file of the user's

    @property
    def columns(self) -> tuple[str, ...]:
        return self.required + self.optional

    def matched(self, header: Iterable[str]) -> int:
        """How many columns of the header the format knows; 0 if a required one is missing."""
        names = {self.canonical_name(name) for name in header}
        if not names.issuperset(self.required):
            return 0
        return len(names.intersection(self.columns))

    def canonical_name(self, name: str) -> str:
        return self.aliases.get(normal(name), normal(name))


def normal(name: str) -> str:
    """A name without case, blanks and punctuation: "Customer ID" and "customer_id" are the same."""
    return re.sub(r"[\W_]", "", name.lower())


def written(number: str) -> str:
    """SQL: a computed number as text, without a point: in a file with 12,50 a point would mean
    thousands."""
    return f"(cast(round(({number}) * 10000) as hugeint) || 'e-4')"


def unit_price_sql(total: str, quantity: str) -> str:
    """SQL for the price of one piece, rounded up to four decimals: 20.00 for three are 6.6667 each.

    The format deducts the difference, 0.0001, as a discount, so that the line is exactly the
    amount that was paid.
    """
    # Null instead of a division by zero; the caller falls back on the file's own text.
    pieces = f"nullif(cast({quantity} as bigint), 0)"
    return f"((cast({total} * 10000 as hugeint) + {pieces} - 1) // {pieces} / 10000)"


@cache
def formats() -> dict[str, Format]:
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    declared = (value for m in modules for value in vars(m).values() if isinstance(value, Format))
    return {format.name: format for format in sorted(declared, key=lambda format: format.name)}


def recognise(header: Iterable[str]) -> Format | None:
    """The format that knows most of these columns; None if no format knows them."""
    header = list(header)
    best = max(formats().values(), key=lambda format: format.matched(header))
    return best if best.matched(header) else None
