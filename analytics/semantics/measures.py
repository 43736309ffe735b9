"""What the words mean: each measure and dimension, defined once.

A measure is an expression over rows of lines or of orders, which carry the same amounts. Its label
and definition are shown on every face.
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
    of_orders: bool = False  # paid for an order, not for its goods: lines have no value of it
    needs_first: bool = False  # reads which order was the customer's first (order_facts.py)

    @property
    def is_sum(self) -> bool:
        """Whether the value of a whole is the sum of those of its parts, whatever the parts."""
        return self.name in SUMS


WORDS: dict[str, Word] = {}
SUMS = {
    "gross", "discounts", "returns", "revenue", "tax", "shipping", "total_sales", "units",
    "returned_units", "net_units", "margin", "new_customer_revenue",
}  # fmt: skip


def measure(
    name: str, kind: str, expression: Deferred, definition: str, label: str = "", **more: bool
) -> Deferred:
    named = expression.name(name)
    WORDS[name] = Word(name, kind, label or labelled(name), definition, named, **more)
    return named


def word(name: str, kind: str, definition: str = "", label: str = "") -> None:
    """A dimension, or a number that is no sum of lines or orders."""
    WORDS[name] = Word(name, kind, label or labelled(name), definition)


def labelled(name: str) -> str:
    return name.replace("_", " ").capitalize()


# SUM of no rows is NULL, but a day without sales sold 0: that is known, unlike a cost or a ratio.
def total(column: str) -> Deferred:
    return _[column].sum().fill_null(0)


def ratio(part: Deferred, whole: Deferred) -> Deferred:
    """No value where the whole is 0."""
    # As floats: Spark rounds the quotient of two decimals, at worst to six places. Without nullif,
    # x / 0 is infinity in DuckDB and an error in Spark.
    return part.cast("float64") / whole.cast("float64").nullif(0.0)


def share_of_all(name: str, **among) -> Deferred:
    """The share of a row in all rows together, or in those of its group (`among`)."""
    return ratio(_[name], _[name].sum().over(**among))


@deferrable
def documents(rows: Table, which: Deferred) -> Scalar:
    """How many orders: a document with its shipping is a row of its own, while lines name theirs
    once for each product. To look for doubles takes longer than all the rest."""
    # By id: rows that are counted under a condition are no number on Spark where there are none.
    if "shipping" in rows.columns:
        return rows.order_id.count(where=which)
    if "first_of_product" in rows.columns:
        return rows.order_id.count(where=which & rows.first_of_product)
    return rows.order_id.nunique(where=which)


# A return is a document of its own. It is no order, and makes nobody a customer.
_sold = _.kind == "sale"
_orders = documents(_, _sold)
_customers = _.customer_id.nunique(where=_sold)
_net_of_discounts = total("gross") - total("discount")

gross = measure(
    "gross", "money", total("gross"),
    "Unit price × quantity of items sold, before discounts, tax and shipping.",
    "Gross sales",
)  # fmt: skip
discounts = measure("discounts", "money", total("discount"), "Line discounts and vouchers.")
returns = measure(
    "returns", "money", total("returned"),
    "Value of returned items (price × quantity − discount), on the day of the return.",
)  # fmt: skip
revenue = measure(
    "revenue", "money", total("revenue"),
    "Gross sales − discounts − returns, without tax and shipping.", "Net sales",
)  # fmt: skip
tax = measure(
    # Rows of orders add the tax on shipping to that of their lines (ledger/tables.py).
    "tax", "money", total("tax"),
    "Tax on goods and shipping, less tax on returns. By product, category or line: tax "
    "on goods only.",
)  # fmt: skip
shipping = measure(
    "shipping", "money", total("shipping"),
    "Shipping paid by customers, without tax. Products and categories have none.",
    of_orders=True,
)  # fmt: skip
total_sales = measure(
    "total_sales", "money", total("revenue") + total("tax") + total("shipping"),
    "Net sales + tax + shipping.", of_orders=True,
)  # fmt: skip
orders = measure("orders", "count", _orders, "Orders that were not canceled.")
customers = measure(
    "customers",
    "count",
    _customers,
    "Identified customers who bought; guest orders are counted separately.",
)
guests = measure(
    "guests", "count", documents(_, _sold & _.customer_id.isnull()),
    "Orders by buyers without a customer record.", "Guest orders",
)  # fmt: skip
units = measure("units", "count", total("units"), "Units sold.")
returned_units = measure("returned_units", "count", total("returned_units"), "Units returned.")
aov = measure(
    "aov", "money", ratio(_net_of_discounts, _orders),
    "Average order value (AOV): (gross sales − discounts) ÷ orders.", "Average order value",
)  # fmt: skip
items_per_order = measure(
    "items_per_order", "number", ratio(total("units"), _orders), "Units sold ÷ orders."
)
revenue_per_customer = measure(
    "revenue_per_customer", "money",
    # Guests are not among the customers, so their sales are left out, too.
    ratio(_.revenue.sum(where=_.customer_id.notnull()), _customers),
    "Net sales to identified customers ÷ identified customers.", "Net sales per customer",
)  # fmt: skip
orders_per_customer = measure(
    "orders_per_customer", "number",
    ratio(documents(_, _sold & _.customer_id.notnull()), _customers),
    "Orders by identified customers ÷ identified customers.",
)  # fmt: skip
return_rate = measure(
    "return_rate", "share", ratio(total("returned"), _net_of_discounts),
    "Returns ÷ (gross sales − discounts).",
)  # fmt: skip
_with_cost = (_.costed != 0) | (_.cost != 0)  # both are 0 where nobody knows the cost
margin = measure(
    # No fill_null here: a margin of 0 would say that the goods were sold at cost.
    "margin", "money", _.costed.sum(where=_with_cost) - _.cost.sum(where=_with_cost),
    "Net sales − cost of goods, where the cost is known; no value where no cost is known.",
)  # fmt: skip
margin_rate = measure(
    # Over costed sales only: over all of them, goods without a cost would count as sold at cost.
    "margin_rate", "share", ratio(total("costed") - total("cost"), total("costed")),
    "Margin ÷ net sales of items with a known cost.",
)  # fmt: skip
uncosted = measure(
    "uncosted", "share", ratio(total("revenue") - total("costed"), total("revenue")),
    "Share of net sales for which no cost is known.", "Net sales without a cost",
)  # fmt: skip
refunds = measure("refunds", "count", documents(_, _.kind == "return"), "Returns, one a document.")
net_units = measure(
    "net_units", "count", total("units") - total("returned_units"), "Units sold − units returned."
)
discount_rate = measure(
    "discount_rate", "share", ratio(total("discount"), total("gross")), "Discounts ÷ gross sales."
)
effective_tax_rate = measure(
    "effective_tax_rate", "share", ratio(total("tax"), total("revenue")), "Tax ÷ net sales."
)

# Over rows that say whether the order was the customer's first ever (order_facts.py)

new_customers = measure(
    "new_customers", "count", _.customer_id.nunique(where=_sold & _.is_first),
    "Customers whose first order ever is among these orders.", needs_first=True,
)  # fmt: skip
returning_customers = measure(
    "returning_customers", "count", _.customer_id.nunique(where=_sold & ~_.is_first),
    "Customers with an order here that is not their first ever.", needs_first=True,
)  # fmt: skip
new_customer_revenue = measure(
    "new_customer_revenue", "money", _.revenue.sum(where=_.is_first).fill_null(0),
    "Net sales of customers' first orders; a return counts with the order it returns.",
    "Net sales to new customers", needs_first=True,
)  # fmt: skip

# Over the rows of the stock

stock_at_cost = measure(
    # No value where no cost is known. Every product has a price, so the next is 0 at least.
    "stock_at_cost", "money", (_.on_hand * _.unit_cost).sum(),
    "Units on hand × unit cost, where the cost is known.", "Value at cost",
)  # fmt: skip
stock_at_price = measure(
    "stock_at_price", "money", (_.on_hand * _.price).sum().fill_null(0),
    "Units on hand × current price.", "Value at price",
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
word("hour", "hour", "Hour of the day, in the shop's time zone.")
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
    "(Net sales − net sales of the previous period) ÷ net sales of the previous period: 0.1 is "
    "10 % growth. No value if the previous net sales were not above 0, or the previous period "
    "began before the shop opened.",
)  # fmt: skip
word("on_hand", "count", "Units in stock now, shared by all countries.")
word("days_in_period", "count", "Number of such days in the period.", "Days")
word("revenue_per_day", "money", "Net sales ÷ days.", "Net sales per day")
word("orders_per_day", "number", "Orders ÷ days.")

# For people who choose among them
MEASURE_GROUPS = {
    "Sales": (
        "revenue", "orders", "aov", "units", "items_per_order", "gross", "discounts",
        "discount_rate", "tax", "effective_tax_rate", "shipping", "total_sales", "revenue_per_day",
        "orders_per_day", "days_in_period",
    ),
    "Profit": ("margin", "margin_rate", "uncosted"),
    "Customers": (
        "customers", "new_customers", "returning_customers", "guests", "new_customer_revenue",
        "revenue_per_customer", "orders_per_customer",
    ),
    "Returns": ("returns", "return_rate", "refunds", "returned_units", "net_units"),
}  # fmt: skip
BAD_WHEN_HIGHER = {
    "discounts", "discount_rate", "returns", "return_rate", "refunds", "returned_units", "uncosted",
}  # fmt: skip
NEITHER_GOOD_NOR_BAD = {"tax", "effective_tax_rate", "shipping", "days_in_period", "guests"}
