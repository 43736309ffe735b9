"""New customers over time: cohorts, retention and the time to the second order.

The reports cover customers whose first order ever is in the period, and follow them up to its end.
Orders are activity, returns are not. With a category or country filter they cover customers who are
new to the shop and bought there, and only orders that pass the filter are activity.
"""

import ibis
from django import forms
from ibis import Table, Value, _

from analytics.semantics.charts import Bars, Heatmap
from analytics.semantics.customer_queries import SOLD, first_time_buyers, months, only_buyers
from analytics.semantics.filters import Filters
from analytics.semantics.measures import customers, ratio, revenue, share_of_all
from analytics.semantics.report import Column, report
from analytics.semantics.shop import Shop

COHORT = Column("cohort", "month", "The month of the customer's first order.")
AGE = Column("age", "count", "Calendar months since the first order.", "Months later")
SIZE = Column("size", "count", "New customers in that month.", "New customers")
SO_FAR = ibis.cumulative_window(group_by="cohort", order_by="age")
SPAN = (
    Column("from_day", "count", "The lowest number of days in this row."),
    Column("to_day", "count", "The highest number of days in this row."),
)


class Spans(Filters):
    width = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=366,
        initial=30,
        help_text="Number of days in each row; day 0 has its own row.",
    )


def triangle(shop: Shop) -> Table:
    """A row for each cohort and each month since, up to the end, also months without orders."""
    new = first_time_buyers(shop).select("customer_id", cohort=_.first_order.truncate("M"))
    sizes, calendar = new.group_by("cohort").agg(size=_.count()), months(shop)
    # Not only begun, and not cut off by the end of the period.
    is_whole = (_.as_of + ibis.interval(days=1)).day() == 1
    calendar = calendar.mutate(is_over=is_whole & (_.as_of < shop.today))
    # Every month up to the end, because a month without orders is a retention of 0, not a gap.
    lives = sizes.join(calendar, sizes.cohort <= calendar.month)
    # With returns: `customers` counts only sales, but the value of a cohort is net of returns.
    done = shop.history.join(new, "customer_id")
    done = done.group_by("cohort", month=_.day.truncate("M")).agg(customers, revenue)
    return lives.left_join(done, ["cohort", "month"]).select(
        "cohort",
        "size",
        # Calendar months, not spans of 30 days: a cohort is a calendar month, too.
        age=(_.month.year() - _.cohort.year()) * 12 + _.month.month() - _.cohort.month(),
        customers=_.customers.fill_null(0),
        revenue=_.revenue.fill_null(0),
        is_over=_.is_over,
    )


def averages(cohorts: Table, **amounts: Value) -> Table:
    """A row for each age, over the customers of all cohorts whose month of that age is over."""
    size = _["size"].mean().round().cast("int64")
    return cohorts.filter(_.is_over).group_by("age").agg(size=size, **amounts).order_by("age")


def average_retention(shop: Shop) -> Table:
    return averages(triangle(shop), retention=ratio(_.customers.sum(), _["size"].sum()))


def average_value(shop: Shop) -> Table:
    cohorts = triangle(shop).mutate(revenue=_.revenue.sum().over(SO_FAR))
    return averages(cohorts, value=ratio(_.revenue.sum(), _["size"].sum()))


@report(
    "customers/cohorts",
    COHORT,
    AGE,
    Column("customers", definition="Customers of the cohort who ordered in that month."),
    title="Customers by cohort",
    chart=Heatmap(x="age", y="cohort", color="customers"),
    totals=None,
    key=("cohort", "age"),
)
def cohorts(shop: Shop) -> Table:
    """How many customers of each cohort order in the months after their first order?

    A cohort is the customers whose first order was in the same month. Months run to the end of
    the period; a month without new customers has no cohort.
    """
    return triangle(shop).order_by("cohort", "age")


@report(
    "customers/retention",
    COHORT,
    AGE,
    SIZE,
    Column(
        "retention", "share", "Share of the cohort that ordered in that month. It may rise again."
    ),
    title="Retention by cohort",
    chart=Heatmap(x="age", y="cohort", color="retention", facts=("size",)),
    totals=None,
    key=("cohort", "age"),
    averages=average_retention,
)
def retention(shop: Shop) -> Table:
    """What share of each cohort orders again in the months after its first order?

    A cohort is the customers whose first order was in the same month.
    """
    shares = triangle(shop).mutate(retention=ratio(_.customers, _.size))
    return shares.order_by("cohort", "age")


@report(
    "customers/cohort-value",
    COHORT,
    AGE,
    SIZE,
    Column(
        "value", "money", "Net sales to the cohort so far ÷ new customers.", "Value per customer"
    ),
    title="Cohort value",
    chart=Heatmap(x="age", y="cohort", color="value", facts=("size",)),
    totals=None,
    key=("cohort", "age"),
    averages=average_value,
)
def cohort_value(shop: Shop) -> Table:
    """How much have the customers of each cohort spent, month by month?

    A cohort is the customers whose first order was in the same month. Net sales count from that
    month on; returns before it count for no cohort.
    """
    values = triangle(shop).mutate(value=ratio(_.revenue.sum().over(SO_FAR), _["size"]))
    return values.order_by("cohort", "age")


@report(
    "customers/lifetime",
    *SPAN,
    Column(
        "customers", definition="Customers with this number of days between first and last order."
    ),
    Column("share", "share", "Share of all new customers of the period."),
    title="Customer lifetime",
    form=Spans,
    chart=Bars(x="from_day", y="customers"),
    totals=None,
    key=("from_day",),
)
def customer_lifetime(shop: Shop, width: int) -> Table:
    """How many days pass between a customer's first and last order?

    Covers customers whose first order was in the period. Day 0 is customers who bought on one
    day only.
    """
    lives = first_time_buyers(shop).mutate(days=_.last_order.delta(_.first_order, unit="day"))
    return count_by_span(lives, width).mutate(share=share_of_all("customers")).order_by("from_day")


@report(
    "customers/first-to-second",
    *SPAN,
    Column("customers", definition="Customers who ordered again after this number of days."),
    Column(
        "share",
        "share",
        "Share of all new customers of the period, including those who have not ordered again.",
    ),
    Column("came_back", "share", "Share of new customers who had ordered again by then."),
    title="Time to second order",
    form=Spans,
    chart=Bars(x="from_day", y="customers"),
    totals=None,
    key=("from_day",),
)
def first_to_second(shop: Shop, width: int) -> Table:
    """How soon do new customers order again?

    Covers customers whose first order was in the period. The last row shows how many came back
    at all. Day 0 is a second order on the same day.
    """
    new = only_buyers(shop, first_two(shop).filter(_.first_order >= shop.start))
    # Only two orders of each customer were kept, so this is everybody who ordered again.
    delays = new.filter(_.orders == 2).mutate(days=_.second_order.delta(_.first_order, unit="day"))
    so_far = ibis.cumulative_window(order_by="from_day")
    spans = count_by_span(delays, width).cross_join(new.agg(everybody=_.count()))
    return spans.mutate(
        share=ratio(_.customers, _.everybody),
        came_back=ratio(_.customers.sum().over(so_far), _.everybody),
    ).order_by("from_day")


def first_two(shop: Shop) -> Table:
    """The first order ever of each customer, and the second if there is one."""
    # Ends in a unique key: two orders on one day are a first and a second, with 0 days between.
    own = ibis.window(group_by="customer_id", order_by=["day", "order_id"])
    sales = shop.whole.history.filter(SOLD).mutate(earlier=ibis.row_number().over(own))
    return (
        sales.filter(_.earlier < 2)
        .group_by("customer_id")
        .agg(first_order=_.day.min(), second_order=_.day.max(), orders=_.count())
    )


def count_by_span(people: Table, width: int) -> Table:
    """The number of customers in each span of `days`, without gaps: 0, 1 to `width`, …"""
    # Rounded up, so that day 0 has span 0 to itself.
    counted = people.group_by(span=(_.days + (width - 1)) // width).agg(people=_.count())
    last = counted.agg(span=_.span.max())
    spans = last.select(span=ibis.range(0, last.span + 1).unnest())
    return spans.left_join(counted, "span").select(
        from_day=ibis.greatest((_.span - 1) * width + 1, 0),
        to_day=_.span * width,
        customers=_.people.fill_null(0),
    )
