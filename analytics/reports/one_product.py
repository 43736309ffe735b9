"""One product by itself: when and where it is sold. Without one: all together."""

import ibis
from ibis import _

from analytics.semantics.charts import Bars, Lines
from analytics.semantics.filters import Filters, ProductId
from analytics.semantics.measures import (
    orders,
    return_rate,
    returned_units,
    returns,
    revenue,
    units,
)
from analytics.semantics.report import Column, report


class OneProduct(Filters):
    product = ProductId()


def lines_of(shop, product):
    lines = shop.lines
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
def over_time(shop, product):
    """How does a product sell from month to month?"""
    days = shop.with_every_day(lines_of(shop, product))
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
def where(shop, product):
    """In which countries does a product sell?"""
    sums = lines_of(shop, product).group_by("country_id").agg(units, revenue, orders, return_rate)
    return shop.named(sums).order_by(ibis.desc("revenue"), "country_id")
