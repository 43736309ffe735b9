"""What becomes of new customers.

Every report here is about those whose first order ever lies in the period, and follows them up to
its end. An order is activity, a return is none. With a choice of categories or countries they are
those who are new to the shop and bought of them, and only such orders are activity.
"""

import ibis
from django import forms
from ibis import Table, _

from analytics.semantics.charts import Bars, Heatmap
from analytics.semantics.customer_queries import SOLD, buyers_of, months, newcomers
from analytics.semantics.filters import Filters
from analytics.semantics.measures import customers, ratio, revenue, share_of_all
from analytics.semantics.report import Column, report
from analytics.semantics.shop import Shop

COHORT = Column("cohort", "month", "The month of the first order ever, of whatever it was.")
AGE = Column("age", "count", "Calendar months since then.", "Months later")
SIZE = Column("size", "count", "New customers of that month.", "New customers")
SPAN = (
    Column("from_day", "count", "The least number of days that is counted in this row."),
    Column("to_day", "count", "The greatest number of days that is counted in this row."),
)


class Spans(Filters):
    width = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=366,
        initial=30,
        help_text="How many days are counted together; day 0 stands alone.",
    )


def triangle(shop: Shop) -> Table:
    """A row for each cohort and each month of its life up to the end, silent ones too."""
    new = newcomers(shop).select("customer_id", cohort=_.first_order.truncate("M"))
    sizes, calendar = new.group_by("cohort").agg(size=_.count()), months(shop)
    lives = sizes.join(calendar, sizes.cohort <= calendar.month)
    done = shop.history.join(new, "customer_id")
    done = done.group_by("cohort", month=_.day.truncate("M")).agg(customers, revenue)
    return lives.left_join(done, ["cohort", "month"]).select(
        "cohort",
        "size",
        age=(_.month.year() - _.cohort.year()) * 12 + _.month.month() - _.cohort.month(),
        customers=_.customers.fill_null(0),
        revenue=_.revenue.fill_null(0),
    )


@report(
    "customers/cohorts",
    COHORT,
    AGE,
    Column("customers", definition="Customers of the cohort who ordered in that month."),
    chart=Heatmap(x="age", y="cohort", color="customers"),
    totals=None,
    key=("cohort", "age"),
)
def cohorts(shop: Shop) -> Table:
    """Of those who were new in a month, how many order in it and in each month after it, up to the
    end of the period? A month without new customers is no cohort.
    """
    return triangle(shop).order_by("cohort", "age")


@report(
    "customers/retention",
    COHORT,
    AGE,
    SIZE,
    Column("retention", "share", "Share of the cohort who ordered in that month; it may rise."),
    title="Retention",
    chart=Heatmap(x="age", y="cohort", color="retention"),
    totals=None,
    key=("cohort", "age"),
)
def retention(shop: Shop) -> Table:
    """Of those who were new in a month, what share orders in each month after it?"""
    shares = triangle(shop).mutate(retention=ratio(_.customers, _.size))
    return shares.order_by("cohort", "age")


@report(
    "customers/cohort-value",
    COHORT,
    AGE,
    SIZE,
    Column("value", "money", "Net sales to the cohort so far ÷ its size.", "Value per customer"),
    title="Value of cohorts",
    chart=Heatmap(x="age", y="cohort", color="value"),
    totals=None,
    key=("cohort", "age"),
)
def cohort_value(shop: Shop) -> Table:
    """What has a customer of a month brought in, so and so many months later? Net sales from the
    month of the first order on: what came back before that counts for no cohort.
    """
    so_far = ibis.cumulative_window(group_by="cohort", order_by="age")
    values = triangle(shop).mutate(value=ratio(_.revenue.sum().over(so_far), _.size))
    return values.order_by("cohort", "age")


@report(
    "customers/lifetime",
    *SPAN,
    Column("customers", definition="Customers so long from their first to their last order."),
    Column("share", "share", "Share of all new customers of the period."),
    title="Lifetime",
    form=Spans,
    chart=Bars(x="from_day", y="customers"),
    totals=None,
    key=("from_day",),
)
def lifetime(shop: Shop, width: int) -> Table:
    """How many days lie between the first and the last order of those who were new in the period?
    Day 0 is theirs who bought on one day only.
    """
    lives = newcomers(shop).mutate(days=_.last_order.delta(_.first_order, unit="day"))
    return spread(lives, width).mutate(share=share_of_all("customers")).order_by("from_day")


@report(
    "customers/first-to-second",
    *SPAN,
    Column("customers", definition="Customers who ordered again after so many days."),
    Column("share", "share", "Share of all new customers of the period, also of those still away."),
    Column("came_back", "share", "Share of them who had ordered again by then."),
    title="From first to second order",
    form=Spans,
    chart=Bars(x="from_day", y="customers"),
    totals=None,
    key=("from_day",),
)
def first_to_second(shop: Shop, width: int) -> Table:
    """How soon do those who were new in the period order again? The last row tells how many came
    back at all. Day 0 is theirs who ordered again on the same day.
    """
    new = buyers_of(shop, first_two(shop).filter(_.first_order >= shop.start))
    delays = new.filter(_.orders == 2).mutate(days=_.second_order.delta(_.first_order, unit="day"))
    so_far = ibis.cumulative_window(order_by="from_day")
    spans = spread(delays, width).cross_join(new.agg(everybody=_.count()))
    return spans.mutate(
        share=ratio(_.customers, _.everybody),
        came_back=ratio(_.customers.sum().over(so_far), _.everybody),
    ).order_by("from_day")


def first_two(shop: Shop) -> Table:
    """The first order ever of each customer, and the second if there is one."""
    own = ibis.window(group_by="customer_id", order_by=["day", "order_id"])
    sales = shop.whole.history.filter(SOLD).mutate(earlier=ibis.row_number().over(own))
    return (
        sales.filter(_.earlier < 2)
        .group_by("customer_id")
        .agg(first_order=_.day.min(), second_order=_.day.max(), orders=_.count())
    )


def spread(people: Table, width: int) -> Table:
    """How many have how many `days`, in spans without gaps: 0, 1 to `width`, …"""
    counted = people.group_by(span=(_.days + (width - 1)) // width).agg(found=_.count())
    last = counted.agg(span=_.span.max())
    spans = last.select(span=ibis.range(0, last.span + 1).unnest())
    return spans.left_join(counted, "span").select(
        from_day=ibis.greatest((_.span - 1) * width + 1, 0),
        to_day=_.span * width,
        customers=_.found.fill_null(0),
    )
