"""Where the customers are."""

import ibis
from ibis import Table, _

from analytics.semantics.charts import Bars
from analytics.semantics.measures import (
    aov,
    customers,
    items_per_order,
    orders,
    return_rate,
    revenue,
    revenue_per_customer,
    share_of_all,
)
from analytics.semantics.question_report import grouped_report
from analytics.semantics.report import Column, report
from analytics.semantics.shop import Shop

SHARE = Column("share", "share", "Share of the net sales of all countries shown.")


grouped_report(
    "geographic/revenue-by-country",
    "How much is sold in each country?",
    rows=("country",),
    keys=(Column("country"), Column("country_code")),
    measures=("revenue", "revenue_share", "orders"),
    named={"revenue_share": SHARE},
    sort="-revenue",
    title="Net sales by country",
    chart=Bars(x="country", y="revenue", ranked=True),
)


@report(
    "geographic/country-performance",
    Column("country"),
    Column("country_code"),
    Column("revenue"),
    SHARE,
    Column("growth"),
    Column("orders"),
    Column("customers"),
    Column("aov"),
    Column("items_per_order"),
    Column("revenue_per_customer"),
    Column("return_rate"),
    title="Country performance",
    chart=Bars(x="country", y="revenue", ranked=True),
)
def country_performance(shop: Shop) -> Table:
    """How does each country sell, compared with the previous period?"""
    numbers = revenue, orders, customers, aov, items_per_order, revenue_per_customer, return_rate
    now = shop.orders.group_by("country_id").agg(*numbers)
    then = shop.before.orders.group_by("country_id").agg(then=revenue)
    # Countries that sold only before are not listed: they have no sales to compare.
    both = now.left_join(then, "country_id").drop("country_id_right")
    both = both.mutate(share=share_of_all("revenue"), growth=shop.growth(_.revenue, _.then))
    return shop.named(both).order_by(ibis.desc("revenue"), "country")
