"""When each customer ordered first, next and last, and how far their orders lie apart."""

import ibis
from ibis import Table, _

from analytics.reports.orders import gaps
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
    Column("first_order", "date", "Day of the first order ever."),
    Column("second_order", "date", "Day of the second order ever."),
    Column("last_order", "date", "Day of the last order up to the end of the period."),
    Column("days_to_second", "count", "Days from the first order to the second."),
    Column("lifetime_days", "count", "Days from the first order to the last."),
    Column("orders", definition="Orders ever, up to the end of the period."),
    title="First, second and last orders",
    chart=Histogram(x="lifetime_days"),
    totals=None,
    personal=True,
)
def order_dates(shop: Shop) -> Table:
    """When did each customer order for the first, the second and the last time? Everybody who ever
    bought up to the end of the period; of a category or country, its buyers with all their orders.
    """
    own = ibis.window(group_by="customer_id", order_by=["day", "order_id"])
    turns = shop.whole.history.filter(SOLD).mutate(turn=ibis.row_number().over(own))
    each = turns.group_by("customer_id").agg(
        first_order=_.day.min(),
        second_order=_.day.max(where=_.turn == SECOND),
        last_order=_.day.max(),
        orders=_.count(),
    )
    dates = each.mutate(
        days_to_second=_.second_order.delta(_.first_order, unit="day"),
        lifetime_days=_.last_order.delta(_.first_order, unit="day"),
    )
    if shop.whole is not shop:
        dates = dates.semi_join(shop.history.filter(SOLD), "customer_id")
    return shop.named(dates).order_by("first_order", "customer_id")


@report(
    "orders/mean-days-between",
    Column("customers", definition="Customers with an order of the period that follows another."),
    Column("repeat_orders", "count", "Orders of the period that follow another one, ever."),
    Column("mean_days", "number", "Mean of the days between those orders and the ones before."),
    title="Mean of the days between orders",
    chart=Figures(("mean_days", "repeat_orders", "customers")),
    totals=None,
)
def mean_days_between(shop: Shop) -> Table:
    """After how many days do customers order again, on average? As in the days between orders, in
    one number."""
    return gaps(shop).agg(
        customers=_.customer_id.nunique(),
        repeat_orders=_.count(),
        mean_days=_.gap.cast("float64").mean(),
    )
