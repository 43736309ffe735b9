"""What the words mean: each number that the shop speaks of, once.

A measure is an expression over rows of lines or of orders, which carry the same amounts. Its label
and definition go with it to every face.
"""

from dataclasses import dataclass

from ibis import Scalar, Table, _
from ibis.common.deferred import Deferred, deferrable


@dataclass(frozen=True)
class Word:
    name: str
    kind: str
    label: str
    definition: str
    measure: Deferred | None = None


WORDS: dict[str, Word] = {}


def measure(
    name: str, kind: str, expression: Deferred, definition: str, label: str = ""
) -> Deferred:
    WORDS[name] = Word(name, kind, label or labelled(name), definition, expression.name(name))
    return WORDS[name].measure


def word(name: str, kind: str, definition: str = "", label: str = "") -> None:
    """A word that a row is named by, or a number that only one report has."""
    WORDS[name] = Word(name, kind, label or labelled(name), definition)


def labelled(name: str) -> str:
    return name.replace("_", " ").capitalize()


def total(column: str) -> Deferred:
    return _[column].sum().fill_null(0)


def ratio(part: Deferred, whole: Deferred) -> Deferred:
    """No value where there is nothing to divide by."""
    return part.cast("float64") / whole.cast("float64").nullif(0.0)


def share_of_all(name: str, **among) -> Deferred:
    """What a row is of all rows together, or of those `among` which it stands."""
    return ratio(_[name], _[name].sum().over(**among))


@deferrable
def documents(rows: Table, which) -> Scalar:
    """How many orders: a document with its shipping is a row of its own, while lines name theirs
    once for each product. To look for doubles takes as long as all the rest."""
    if "shipping" in rows.columns:
        return rows.order_id.count(where=which)
    return rows.order_id.nunique(where=which)


_sold = _.kind == "sale"
_orders = documents(_, _sold)
_customers = _.customer_id.nunique(where=_sold)
_net_of_discounts = total("gross") - total("discount")

gross = measure(
    "gross", "money", total("gross"),
    "Unit price × quantity of what was sold, before discounts, tax and shipping.",
    "Gross sales",
)  # fmt: skip
discounts = measure("discounts", "money", total("discount"), "Discounts on lines, and vouchers.")
returns = measure(
    "returns", "money", total("returned"),
    "What came back: price × quantity − discount, on the day it came back.",
)  # fmt: skip
revenue = measure(
    "revenue", "money", total("revenue"),
    "Net sales: gross sales − discounts − returns; without tax and shipping.",
)  # fmt: skip
tax = measure(
    "tax", "money", total("tax"),
    "Tax on goods and shipping, less tax on what came back. By product, category or line: the tax "
    "on the goods alone.",
)  # fmt: skip
shipping = measure(
    "shipping", "money", total("shipping"),
    "What customers paid for shipping, without tax. Of a product or category there is none.",
)  # fmt: skip
total_sales = measure(
    "total_sales", "money", total("revenue") + total("tax") + total("shipping"),
    "Revenue + tax + shipping.",
)  # fmt: skip
orders = measure("orders", "count", _orders, "Sales that were not canceled.")
customers = measure(
    "customers", "count", _customers, "People known by name who bought; guests are counted apart."
)
guests = measure(
    "guests", "count", documents(_, _sold & _.customer_id.isnull()),
    "Orders of buyers who are not known by name.", "Guest orders",
)  # fmt: skip
units = measure("units", "count", total("units"), "Pieces sold.")
returned_units = measure(
    "returned_units", "count", total("returned_units"), "Pieces that came back."
)
aov = measure(
    "aov", "money", ratio(_net_of_discounts, _orders),
    "Average order value: (gross sales − discounts) ÷ orders.", "Average order",
)  # fmt: skip
items_per_order = measure(
    "items_per_order", "number", ratio(total("units"), _orders), "Pieces sold ÷ orders."
)
revenue_per_customer = measure(
    "revenue_per_customer", "money",
    ratio(_.revenue.sum(where=_.customer_id.notnull()), _customers),
    "Revenue with customers who are known by name ÷ these customers.",
)  # fmt: skip
orders_per_customer = measure(
    "orders_per_customer", "number",
    ratio(documents(_, _sold & _.customer_id.notnull()), _customers),
    "Orders of customers ÷ customers.",
)  # fmt: skip
return_rate = measure(
    "return_rate", "share", ratio(total("returned"), _net_of_discounts),
    "Returns ÷ (gross sales − discounts).",
)  # fmt: skip
_with_cost = (_.costed != 0) | (_.cost != 0)  # both are 0 where nobody knows the cost
margin = measure(
    "margin", "money", _.costed.sum(where=_with_cost) - _.cost.sum(where=_with_cost),
    "Revenue − cost of the pieces, where the cost is known; no value where none is.",
)  # fmt: skip
margin_rate = measure(
    "margin_rate", "share", ratio(total("costed") - total("cost"), total("costed")),
    "Margin ÷ revenue of the pieces whose cost is known.",
)  # fmt: skip
uncosted = measure(
    "uncosted", "share", ratio(total("revenue") - total("costed"), total("revenue")),
    "Share of the revenue for which no cost is known.", "Revenue without a cost",
)  # fmt: skip

# Over the rows of the stock

stock_at_cost = measure(
    "stock_at_cost", "money", (_.on_hand * _.unit_cost).sum(),
    "On hand × cost of a piece, where the cost is known.", "Value at cost",
)  # fmt: skip
stock_at_price = measure(
    "stock_at_price", "money", (_.on_hand * _.price).sum().fill_null(0),
    "On hand × today’s price.", "Value at price",
)  # fmt: skip
stock_uncosted = measure(
    "stock_uncosted", "share",
    ratio((_.on_hand * _.price).sum(where=_.unit_cost.isnull()).fill_null(0),
          (_.on_hand * _.price).sum()),
    "Share of the value at price for which no cost is known.", "Stock without a cost",
)  # fmt: skip

word("date", "date")
word("day", "date")
word("month", "month")
word("hour", "hour", "Hour of the day, by the shop's clock.")
word("weekday", "weekday")
word("country", "text")
word("category", "text")
word("product", "text")
word("sku", "text", label="SKU")
word("customer", "text")
word("customer_id", "id")
word("product_id", "id")
word("country_id", "id")
word("order_id", "id")
word(
    "growth", "share",
    "(Revenue − revenue of the period before) ÷ revenue of the period before: 0.1 is a tenth more. "
    "No value if that was not above 0, or began before the shop opened.",
)  # fmt: skip
word("on_hand", "count", "Pieces on the shelf now, for all countries together.")
word("days_in_period", "count", "How many such days the period has.", "Days")
