"""The reports of the monthly sheets: products, customers, orders, lines and returns."""

from dataclasses import replace

import ibis
from ibis import Table, _

from analytics.reports.products import PRODUCT
from analytics.semantics.charts import Bars, Histogram
from analytics.semantics.customer_queries import first_time_buyers, people
from analytics.semantics.measures import (
    discounts,
    gross,
    margin,
    returned_units,
    returns,
    revenue,
    shipping,
    tax,
    total_sales,
    uncosted,
    units,
)
from analytics.semantics.report import Column, report
from analytics.semantics.shop import Shop

DOCUMENT = ("order_id", "number", "kind", "status", "day", "country_id", "customer_id")
LINE = ("line_id", "order_id", "kind", "day", "country_id", "product_id", "tax_rate")
NUMBER = Column("number", "text", label="Order")
KIND = Column("kind", "text", "A sale, or a return.")


@report(
    "products/sold",
    *PRODUCT,
    Column("units", label="Quantity sold"),
    Column("returned_units"),
    Column("gross"),
    Column("discounts"),
    Column("returns"),
    Column("revenue"),
    Column("margin"),
    Column("uncosted"),
    title="Products sold",
    chart=Bars(x="product", y="revenue", ranked=True),
    totals="goods",
)
def products_sold(shop: Shop) -> Table:
    """Units, sales, returns and margin of each product."""
    numbers = units, returned_units, gross, discounts, returns, revenue, margin, uncosted
    sums = shop.lines.group_by("product_id").agg(*numbers)
    return shop.named(sums).order_by(ibis.desc("revenue"), "product_id")


@report(
    "customers/buyers",
    Column("customer_id"),
    Column("code"),
    Column("customer"),
    Column(
        "acquaintance",
        "text",
        "New: the customer's first order is in the period.",
        "New or not",
    ),
    Column("orders"),
    Column("units"),
    Column("revenue"),
    Column("first_order", "date", "Day of the first order of the period."),
    Column("last_order", "date", "Day of the last order of the period."),
    title="Customers of the period",
    chart=Bars(x="customer", y="revenue", ranked=True),
    totals="buyers",
    personal=True,
)
def buyers(shop: Shop) -> Table:
    """Which customers bought in the period, and who is new?

    The largest customers come first.
    """
    new = first_time_buyers(shop).select("customer_id", new=ibis.literal(True))
    customers = people(shop.buyers).left_join(new, "customer_id").drop("customer_id_right")
    customers = customers.mutate(acquaintance=_.new.notnull().ifelse("new", "returning"))
    return shop.named(customers).order_by(ibis.desc("revenue"), "customer_id")


@report(
    "orders/amounts",
    Column("order_id"),
    NUMBER,
    KIND,
    Column("status", label="State"),
    Column("day"),
    Column("country"),
    Column("code"),
    Column("customer"),
    Column("gross"),
    Column("discounts"),
    Column("returns"),
    Column("revenue"),
    Column("tax"),
    Column("shipping"),
    Column("total_sales"),
    title="Order amounts",
    chart=Histogram(x="revenue"),
    personal=True,
)
def order_amounts(shop: Shop) -> Table:
    """Subtotal, discount, tax, shipping and total of each order and return."""
    numbers = gross, discounts, returns, revenue, tax, shipping, total_sales
    each = shop.orders.group_by(*DOCUMENT).agg(*numbers)
    return shop.named(each).order_by("day", "order_id")


@report(
    "orders/lines",
    NUMBER,
    KIND,
    Column("day"),
    Column("country"),
    Column("sku"),
    Column("product"),
    Column("category"),
    Column("units"),
    Column("returned_units"),
    Column("gross"),
    Column("discounts"),
    Column("returns"),
    Column("revenue"),
    Column("tax_rate", "share", "The tax rate stored with the line."),
    Column("tax"),
    title="Order lines",
    chart=Histogram(x="revenue"),
    totals="lines",
    by_month=True,
)
def order_lines(shop: Shop) -> Table:
    """Which products are in the orders and returns, line by line?"""
    own = "units", "returned_units", "gross", "revenue", "tax"  # what the measures sum up
    each = shop.lines.select(*LINE, *own, discounts="discount", returns="returned")
    # Stored in percent, as tax laws write it; a share is a fraction everywhere here.
    return with_order_numbers(shop, each).mutate(tax_rate=_.tax_rate.cast("float64") / 100)


@report(
    "orders/returned",
    NUMBER,
    Column("sale", "text", "The order that the return belongs to.", "Of order"),
    Column("day"),
    Column("country"),
    Column("sku"),
    Column("product"),
    Column("category"),
    Column("returned_units"),
    Column("returns"),
    Column("returned_tax", "money", "Tax refunded."),
    title="Returned lines",
    chart=Histogram(x="returns"),
    totals=lambda shop: shop.lines.filter(_.kind == "return"),
)
def returned_lines(shop: Shop) -> Table:
    """What was returned, from which order, and how much was refunded?"""
    # Tax of return lines is negative; the column says how much was given back.
    own = {"returns": "returned", "returned_tax": -_.tax}
    returned = shop.lines.filter(_.kind == "return").select(*LINE, "returned_units", **own)
    return with_order_numbers(shop, returned)


def with_order_numbers(shop: Shop, lines: Table) -> Table:
    """Adds the number of each line's order, and for returns that of the order they belong to."""
    numbers = shop.orders.select("order_id", "number", "returns_id")
    # A return belongs to a sale that may be older than the period.
    ever = replace(shop, start=None).orders
    sales = ever.select(sale_id="order_id", sale="number")
    numbered = lines.left_join(numbers, "order_id").drop("order_id_right")
    numbered = numbered.left_join(sales, numbered.returns_id == sales.sale_id)
    return shop.named(numbered).order_by("day", "order_id", "line_id")
