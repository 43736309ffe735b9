"""Who stays and who leaves, of all who ever bought up to the end of the period.

A customer without an order for the set number of days (90) has churned; for half of it, is at risk.
"""

from datetime import date

import ibis
from ibis import Table, _
from ibis.common.deferred import Deferred

from analytics.semantics.charts import Counts, Lines
from analytics.semantics.customer_queries import (
    SOLD,
    first_orders,
    months,
    people,
    with_days_since,
)
from analytics.semantics.filters import ChurnDays
from analytics.semantics.measures import ratio
from analytics.semantics.report import Column, report
from analytics.semantics.shop import Shop

NEVER = date(9999, 12, 31)
ACTIVE = "Last order less than half the set number of days ago."
AT_RISK = "No order for at least half the set number of days, but less than the full number."
CHURNED = "No order for at least the set number of days."


@report(
    "customers/churn",
    Column("customer_id"),
    Column("code"),
    Column("customer"),
    Column("last_order", "date", "Day of the last order."),
    Column(
        "days_since",
        "count",
        "Days from the last order to the end of the period.",
        "Days since last order",
    ),
    Column("orders", definition="All orders up to the end of the period."),
    Column("revenue", definition="All net sales up to the end of the period."),
    Column("status", "text", "Active, at risk or churned."),
    title="Churn status",
    form=ChurnDays,
    chart=Counts(x="status", label="Customers"),
    totals=None,
    personal=True,
)
def churn_status(shop: Shop, days: int) -> Table:
    """Which customers are active, at risk or churned?

    Lists every customer who ever bought, longest absence first. A customer is at risk after
    half the set number of days without an order, and churned after the full number.
    """
    return shop.named(customers_with_status(shop, days)).order_by("last_order", "customer_id")


@report(
    "customers/churn-rate",
    Column("ever_bought", "count", "Customers who ordered by the end of the period."),
    Column("active", "count", ACTIVE),
    Column("at_risk", "count", AT_RISK),
    Column("churned", "count", CHURNED),
    Column("churn_rate", "share", "Churned ÷ ever bought."),
    title="Churn rate",
    form=ChurnDays,
    totals=None,
)
def churn_rate(shop: Shop, days: int) -> Table:
    """What share of past buyers has stopped buying?

    A customer has churned after the set number of days without an order, counted back from the
    end of the period.
    """
    counted = customers_with_status(shop, days).agg(
        ever_bought=_.count(),
        active=count_where(_.status == "active"),
        at_risk=count_where(_.status == "at risk"),
        churned=count_where(_.status == "churned"),
    )
    return counted.mutate(churn_rate=ratio(_.churned, _.ever_bought))


@report(
    "customers/lifecycle",
    Column("month", "month", "As of the end of the month, or of the period."),
    Column("new", "count", "First order ever less than half the set number of days ago."),
    Column(
        "active",
        "count",
        "Last order less than half the set number of days ago, and neither new nor regained.",
    ),
    Column(
        "regained",
        "count",
        "Ordered again in the last half of the set number of days, after at least the full number "
        "without an order.",
    ),
    Column("at_risk", "count", AT_RISK),
    Column("churned", "count", CHURNED),
    title="Customer lifecycle",
    form=ChurnDays,
    chart=Lines(x="month", y=("new", "active", "regained", "at_risk", "churned")),
    totals=None,
)
def lifecycle(shop: Shop, days: int) -> Table:
    """How many customers are at each lifecycle stage at the end of each month?

    Everyone who has bought by then is counted at exactly one of the five stages.
    """
    calendar, known = months(shop), spells(shop, days)
    # A left join: months in which nobody had bought yet are shown with zeros.
    customers = calendar.left_join(
        known, (known.begun <= calendar.month) & (calendar.month < known.until)
    )
    counted = customers.mutate(stage=lifecycle_stage(days)).group_by("month")
    stages = ("new", "active", "regained", "at_risk", "churned")
    return counted.agg(**{name: count_where(_.stage == name) for name in stages}).order_by("month")


def customers_with_status(shop: Shop, days: int) -> Table:
    """The status of each customer on the last day of the period."""
    # Twice the days, because half of an odd number is no whole day.
    status = ibis.cases(
        (_.days_since >= days, "churned"), (_.days_since * 2 >= days, "at risk"), else_="active"
    )
    return with_days_since(shop, people(shop.history)).mutate(status=status)


def lifecycle_stage(days: int) -> Deferred:
    def ago(day: Deferred) -> Deferred:
        return _.as_of.delta(day, unit="day")

    # The order decides: who has churned may have been new or regained as well.
    return ibis.cases(
        (ago(_.last) >= days, "churned"),
        (ago(_.last) * 2 >= days, "at_risk"),
        (ago(_.first) * 2 < days, "new"),
        (ago(_.regained) * 2 < days, "regained"),
        # A month before the first customer has a blank row, which is at no stage.
        (_.last.notnull(), "active"),
    )


def spells(shop: Shop, days: int) -> Table:
    """What was known of a customer in a month with orders, and until their next such month.

    A customer's stage follows from the last spell that has begun, so no table of all customers in
    all months is made before it is counted.
    """
    own = ibis.window(group_by="customer_id", order_by=["day", "order_id"])
    sales = shop.history.filter(SOLD).mutate(before=_.day.lag().over(own))
    spells = sales.group_by("customer_id", begun=_.day.truncate("M")).agg(
        first=_.day.min(),
        last=_.day.max(),
        regained=_.day.max(where=_.day.delta(_.before, unit="day") >= days),
    )
    if shop.whole is not shop:
        # With a filter, too, only who is new to the shop is new.
        ever = first_orders(shop).rename(first="first_ever")
        spells = spells.drop("first").join(ever, "customer_id")
    so_far = ibis.cumulative_window(group_by="customer_id", order_by="begun")
    next_one = ibis.window(group_by="customer_id", order_by="begun")
    return spells.mutate(
        first=_.first.min().over(so_far),
        regained=_.regained.max().over(so_far),
        # Excludes the next spell's month, so each month has one spell of a customer.
        until=_.begun.lead().over(next_one).coalesce(ibis.literal(NEVER)),
    )


def count_where(condition: Deferred) -> Deferred:
    return condition.sum().fill_null(0)
