"""The files that shops really have: one module a format, found here by being in this folder.

A format says by which columns it is recognised and how its columns become the fields of an order
line. Everything is text and SQL over text; reading numbers and dates, checking, matching with the
books and writing are the same for all (`imports/staging.py`).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from imports.numbers import amount

__all__ = [
    "FIELDS",
    "Format",
    "Rule",
    "amount",
    "formats",
    "normal",
    "recognise",
    "unit_price_sql",
    "written",
]

# What a line of an order can tell. A format fills what its file has.
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
    "tax_included",  # 'true' where the order's prices hold the tax already
)
LINE_FIELDS = (
    "sku", "product", "category", "quantity", "unit_price", "discount", "tax", "tax_rate",
    "line_total", "discount_percent",  # see imports/totals.py
)  # fmt: skip
FIELDS = HEADER_FIELDS + LINE_FIELDS


@dataclass(frozen=True)
class Rule:
    """Rows for which the SQL `when` is true are set aside, with a code and words that say why."""

    column: str
    code: str
    reason: str
    when: str


@dataclass(frozen=True)
class Format:
    name: str
    title: str
    required: tuple[str, ...]  # normalised names of the columns that recognise the file
    optional: tuple[str, ...] = ()
    aliases: dict[str, str] = field(default_factory=dict)  # other spellings of the same columns
    fields: dict[str, str] = field(default_factory=dict)  # field → SQL over the columns
    rows: str = "from raw"  # where a record is not simply one line of an order
    rules: tuple[Rule, ...] = ()
    dates: tuple[str, ...] = ()  # strptime patterns beside ISO 8601, the surest first
    tables: tuple[str, ...] = ()  # files of an archive that are read beside the main one
    # Normalised name of such a table → the rule by which its unused rows are rejected
    unused_rules: dict[str, Rule] = field(default_factory=dict)
    stores: str = "orders"  # or "vouchers"
    comes_from: str = ""  # which export to make, for the page that lists the formats
    mapping: dict[str, str] = field(default_factory=dict)  # field → column, of a file of the user's

    @property
    def columns(self) -> tuple[str, ...]:
        return self.required + self.optional

    def matched(self, header: Iterable[str]) -> int:
        """How many columns of the header the format knows; 0 if one that it needs is missing."""
        names = {self.canonical_name(name) for name in header}
        if not names.issuperset(self.required):
            return 0
        return len(names.intersection(self.columns))

    def canonical_name(self, name: str) -> str:
        return self.aliases.get(normal(name), normal(name))


def normal(name: str) -> str:
    """A column's name without case, blanks and signs: "Customer ID" and "customer_id" are one."""
    return re.sub(r"[\W_]", "", name.lower())


def written(number: str) -> str:
    """SQL: a reckoned number as text, without a point, which means thousands beside 12,50."""
    return f"(cast(round(({number}) * 10000) as hugeint) || 'e-4')"


def unit_price_sql(total: str, quantity: str) -> str:
    """SQL for the price of one, in ten-thousandths upwards: 20.00 for three are 6.6667 each.

    What three of them are too much, 0.0001, the format takes off as a discount: so the line comes
    to what was paid for it, exactly.
    """
    pieces = f"nullif(cast({quantity} as bigint), 0)"
    return f"((cast({total} * 10000 as hugeint) + {pieces} - 1) // {pieces} / 10000)"


@cache
def formats() -> dict[str, Format]:
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    found = (value for m in modules for value in vars(m).values() if isinstance(value, Format))
    return {known.name: known for known in sorted(found, key=lambda known: known.name)}


def recognise(header: Iterable[str]) -> Format | None:
    """The format that knows most of these columns."""
    header = list(header)
    best = max(formats().values(), key=lambda known: known.matched(header))
    return best if best.matched(header) else None
