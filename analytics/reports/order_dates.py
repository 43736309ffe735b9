"""When each customer ordered first, next and last, and how far their orders lie apart."""

import ibis
from ibis import Table, _

from analytics.reports.orders import order_gaps
from analytics.semantics.charts import Figures, Histogram
from analytics.semantics.customer_queries import SOLD
from analytics.semantics.report import Column, report
from analytics.semantics.shop import Shop

SECOND = 1  # counted from 0


@report(
    "customers/order-dates",
    Column("customer_id"),
    Column("code"),
    Column("customer"),
    Column("first_order", "date", "Day of the customer's first order."),
    Column("second_order", "date", "Day of the customer's second order."),
    Column("last_order", "date", "Day of the last order up to the end of the period."),
    Column("days_to_second", "count", "Days from the first order to the second."),
    Column("lifetime_days", "count", "Days from the first order to the last."),
    Column("orders", definition="All orders up to the end of the period."),
    title="First, second and last orders",
    chart=Histogram(x="lifetime_days"),
    totals=None,
    personal=True,
)
def order_dates(shop: Shop) -> Table:
    """When did each customer place the first, second and last order?

    Lists everyone who ever bought up to the end of the period. With a category or country
    filter, lists its buyers with all of their orders.
    """
    own = ibis.window(group_by="customer_id", order_by=["day", "order_id"])
    turns = shop.whole.history.filter(SOLD).mutate(turn=ibis.row_number().over(own))
    each = turns.group_by("customer_id").agg(
        first_order=_.day.min(),
        # There is one such row at most: max() only takes it out of the group.
        second_order=_.day.max(where=_.turn == SECOND),
        last_order=_.day.max(),
        orders=_.count(),
    )
    dates = each.mutate(
        days_to_second=_.second_order.delta(_.first_order, unit="day"),
        lifetime_days=_.last_order.delta(_.first_order, unit="day"),
    )
    # After the turns are counted: a filter chooses customers, not which of their orders is first.
    if shop.whole is not shop:
        dates = dates.semi_join(shop.history.filter(SOLD), "customer_id")
    return shop.named(dates).order_by("first_order", "customer_id")


@report(
    "orders/mean-days-between",
    Column("customers", definition="Customers with a repeat order in the period."),
    Column("repeat_orders", "count", "Orders of the period that follow an earlier order."),
    Column(
        "mean_days",
        "number",
        "Average number of days between these orders and the ones before.",
        "Average days",
    ),
    title="Average days between orders",
    chart=Figures(("mean_days", "repeat_orders", "customers")),
    totals=None,
)
def mean_days_between(shop: Shop) -> Table:
    """How many days pass, on average, until customers order again?

    The average over all customers of the report "Days between orders".
    """
    return order_gaps(shop).agg(
        customers=_.customer_id.nunique(),
        repeat_orders=_.count(),
        # Each repeat order weighs the same, unlike in a mean of the customers' means.
        mean_days=_.gap.cast("float64").mean(),
    )
