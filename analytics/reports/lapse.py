"""When is a customer lost? The shop's own answer, from how long its customers stay away."""

import ibis
from django import forms
from ibis import Table, _

from analytics.semantics.charts import Lines
from analytics.semantics.customer_queries import SOLD
from analytics.semantics.filters import Filters
from analytics.semantics.measures import ratio
from analytics.semantics.report import Column, report
from analytics.semantics.shop import Shop

# The usual rule, which is also the initial value of ChurnDays.
RULE = 90
ENOUGH = 30  # repeat orders: with fewer there is no lapse point


class Lapse(Filters):
    share = forms.FloatField(
        required=False,
        min_value=0.5,
        max_value=0.99,
        initial=0.9,
        help_text="Share of returning customers that defines the lapse point.",
    )


@report(
    "customers/lapse-point",
    Column("days", "count", "Days without an order.", "Days away"),
    Column("came_back", "share", "Share of customers who had ordered again by then."),
    Column(
        "yet_to_come",
        "share",
        "Of those who had not ordered again by then, the share who did later.",
    ),
    Column("still_away", "count", "Number of gaps between orders longer than that."),
    Column("point", "text", "Marks the lapse point and the 90-day rule."),
    title="Lapse point",
    form=Lapse,
    chart=Lines(x="days", y=("came_back", "yet_to_come")),
    totals=None,
    key=("days",),
)
def lapse_point(shop: Shop, share: float) -> Table:
    """After how many days without an order is a customer lost?

    Uses all gaps between orders up to the end of the period, including those that are still
    open (Kaplan & Meier 1958). The lapse point is the day by which the set share of returning
    customers has come back. It needs at least 30 repeat orders.
    """
    curve = came_back_by(shop)
    # Of those who come back at all: 90 % of all customers may never do.
    every = curve.agg(most=_.came_back.max(), returns=_.returned.sum())
    curve = curve.cross_join(every).mutate(
        yet_to_come=ratio(_.most - _.came_back, 1 - _.came_back),
        is_past=(_.came_back >= _.most * share) & (_.returns >= ENOUGH),
    )
    lapse = _.days == _.days.min(where=_.is_past).over()
    point = ibis.cases((lapse, "lapse point"), (_.days == RULE, f"rule of {RULE} days"), else_="")
    marked = curve.mutate(point=point)
    return marked.filter((_.days % 7 == 0) | (_.point != "")).order_by("days")


def came_back_by(shop: Shop) -> Table:
    """For each number of days, the share who came back within it. A customer whose last order was
    only a few days ago counts as away for these few, and as nothing after them.
    """
    curve = (
        days_to_next_order(shop)
        .group_by("days")
        .agg(returned=_.came_back.cast("int64").sum(), over=_.count())
    )
    # The number at risk in Kaplan & Meier: gaps that had lasted this long, open ones included.
    onwards = ibis.window(order_by=_.days.desc(), preceding=None, following=0)
    so_far = ibis.cumulative_window(order_by="days")
    curve = curve.mutate(away=_.over.sum().over(onwards))
    # A product, which SQL lacks, by way of logarithms; the small number keeps it from ln(0) where
    # the last one at risk comes back.
    stayed = ibis.greatest(1 - ratio(_.returned, _.away), 1e-12).ln().sum().over(so_far).exp()
    return curve.mutate(came_back=1 - stayed, still_away=_.away - _.over)


def days_to_next_order(shop: Shop) -> Table:
    """The days from each day with an order to the customer's next, or to the end."""
    # Two orders on one day are one visit, or gaps of 0 days would look like returning customers.
    visits = shop.history.filter(SOLD).select("customer_id", "day").distinct()
    own = ibis.window(group_by="customer_id", order_by="day")
    visits = visits.mutate(next_day=_.day.lead().over(own))
    return visits.select(
        days=_.next_day.coalesce(shop.end).delta(_.day, unit="day"), came_back=_.next_day.notnull()
    )
