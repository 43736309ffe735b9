"""Customer value: tiers by what customers spend, RFM groups by how they buy."""

import ibis
from django.conf import settings
from ibis import Table, _
from ibis.expr.types.groupby import GroupedTable

from analytics.semantics.charts import Bars, Counts
from analytics.semantics.customer_queries import never_bought
from analytics.semantics.measures import (
    aov,
    customers,
    orders,
    revenue,
    revenue_per_customer,
    share_of_all,
)
from analytics.semantics.report import Column, report
from analytics.semantics.rfm import PROSPECTS, scored_customers
from analytics.semantics.shop import Shop

TIERS = ("VIP", "High", "Medium", "Low")


@report(
    "customers/segments",
    Column("tier", definition="By net sales to the customer in the period."),
    Column("customers"),
    Column("revenue"),
    Column("share", "share", "Share of the net sales to all customers."),
    title="Customer value segments",
    chart=Bars(x="tier", y="revenue"),
    totals="buyers",
)
def value_segments(shop: Shop) -> Table:
    """How much of net sales comes from the largest customers?

    Customers who spent more than the first limit are VIP, then High, then Medium; all others
    are Low. Guest orders are left out.
    """
    tiers = by_tier(shop.buyers).agg(customers, revenue)
    return tiers_with_names(tiers.mutate(share=share_of_all("revenue")))


@report(
    "customers/lifetime-value",
    Column("tier", definition="By net sales to the customer up to the end of the period."),
    Column("customers", definition="Customers who ever bought."),
    Column("revenue_per_customer", label="Lifetime value"),
    Column("orders"),
    Column("aov"),
    title="Customer lifetime value",
    chart=Bars(x="tier", y="revenue_per_customer"),
    totals="history",
)
def lifetime_value(shop: Shop) -> Table:
    """How much has each customer spent so far?

    Counts everything a customer bought up to the end of the period, less returns, in tiers of
    that value.
    """
    return tiers_with_names(by_tier(shop.history).agg(customers, revenue_per_customer, orders, aov))


def by_tier(documents: Table) -> GroupedTable:
    """The orders and returns, grouped by the tier of their customer."""
    # The setting is checked at the start: three limits, the highest first.
    last = len(settings.VALUE_TIERS)
    limits = ((_.revenue > limit, n) for n, limit in enumerate(settings.VALUE_TIERS))
    spent = documents.group_by("customer_id").agg(revenue)
    places = spent.select("customer_id", place=ibis.cases(*limits, else_=last))
    # Back to the documents: a tier's orders and average are of them, not sums of sums.
    return documents.join(places, "customer_id").group_by("place")


def tiers_with_names(tiers: Table) -> Table:
    return tiers.mutate(tier=_.place.cases(*enumerate(TIERS))).order_by("place")


@report(
    "customers/rfm",
    Column("customer_id"),
    Column("code"),
    Column("customer"),
    Column("recency_days", "count", "Days from the last order to the end of the period."),
    Column("frequency", "count", "Orders in the period."),
    Column("monetary", "money", "Net sales to the customer in the period."),
    Column("r", "count", "Recency quintile: 5 is the fifth that ordered most recently.", "R"),
    Column("f", "count", "Frequency quintile: 5 is the fifth that orders most often.", "F"),
    Column("m", "count", "Monetary quintile: 5 is the fifth that spends most.", "M"),
    Column("score", "text", "R, F and M written together."),
    Column("group", "text", "One of eleven groups, by R and by the average of F and M."),
    title="RFM scores",
    chart=Counts(x="group", label="Customers"),
    totals=None,
    personal=True,
)
def rfm(shop: Shop) -> Table:
    """How recently, how often and how much does each customer buy?

    Scores all customers who ordered in the period, in quintiles by percent rank. Equal values
    get equal scores.
    """
    return shop.named(scored_customers(shop)).order_by(
        _.score.desc(), _.monetary.desc(), "customer_id"
    )


@report(
    "customers/rfm-groups",
    Column("group", "text", "One of eleven groups, by R and by the average of F and M."),
    Column("customers", definition="Customers in the group."),
    Column("share", "share", "Share of the customers of all groups."),
    Column("revenue"),
    Column("recency_days", "number", "Average number of days since the last order."),
    Column("frequency", "number", "Average number of orders per customer in the period."),
    title="RFM groups",
    chart=Bars(x="group", y="customers", ranked=True),
    totals=None,
)
def rfm_groups(shop: Shop) -> Table:
    """How many customers are in each RFM group?

    Customers are scored as in the report "RFM scores". Prospects are registered but have never
    bought.
    """
    grouped = scored_customers(shop).select("group", "recency_days", "frequency", "monetary")
    groups = (
        grouped.union(prospects(shop, grouped))
        .group_by("group")
        .agg(
            customers=_.count(),
            revenue=_.monetary.sum().fill_null(0),
            recency_days=_.recency_days.cast("float64").mean(),
            frequency=_.frequency.cast("float64").mean(),
        )
    )
    return groups.mutate(share=share_of_all("customers")).order_by(_.customers.desc(), "group")


def prospects(shop: Shop, like: Table) -> Table:
    # NULL and not 0: they have no recency or frequency that the means could include.
    unknown = {name: ibis.null(kind) for name, kind in like.schema().items()}
    return never_bought(shop).select(**unknown | {"group": ibis.literal(PROSPECTS)})
