"""The sales of one product by month and country; of all products, where none is named."""

import ibis
from ibis import Table, _

from analytics.semantics.calendars import with_every_day
from analytics.semantics.charts import Bars, Lines
from analytics.semantics.fields import ProductField
from analytics.semantics.filters import Filters
from analytics.semantics.measures import (
    orders,
    return_rate,
    returned_units,
    returns,
    revenue,
    units,
)
from analytics.semantics.report import Column, report
from analytics.semantics.shop import Shop


class OneProduct(Filters):
    product = ProductField()


def product_lines(shop: Shop, product: int | None) -> Table:
    lines = shop.lines
    # A placeholder, bound to the id when the query runs: one SQL for all products.
    return lines if product is None else lines.filter(lines.product_id == product)


@report(
    "products/over-time",
    Column("month"),
    Column("units"),
    Column("revenue"),
    Column("orders"),
    Column("returned_units"),
    Column("returns"),
    title="Product sales by month",
    form=OneProduct,
    chart=Lines(x="month", y=("revenue",)),
    totals=None,
)
def product_by_month(shop: Shop, product: int | None) -> Table:
    """How does a product sell from month to month?"""
    days = with_every_day(shop, product_lines(shop, product))
    months = days.group_by(month=_.day.truncate("M"))
    return months.agg(units, revenue, orders, returned_units, returns).order_by("month")


@report(
    "products/where",
    Column("country_id"),
    Column("country"),
    Column("units"),
    Column("revenue"),
    Column("orders"),
    Column("return_rate"),
    title="Product sales by country",
    form=OneProduct,
    chart=Bars(x="country", y="revenue", ranked=True),
    totals=None,
)
def product_by_country(shop: Shop, product: int | None) -> Table:
    """In which countries does a product sell?"""
    sums = (
        product_lines(shop, product).group_by("country_id").agg(units, revenue, orders, return_rate)
    )
    return shop.named(sums).order_by(ibis.desc("revenue"), "country_id")
