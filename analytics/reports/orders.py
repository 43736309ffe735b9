"""When customers order, and how long until they order again."""

import ibis
from django import forms
from ibis import Table, _

from analytics.semantics.charts import Bars, Heatmap, Histogram
from analytics.semantics.filters import Filters
from analytics.semantics.kinds import MONTHS
from analytics.semantics.level import Level
from analytics.semantics.measures import ratio, share_of_all
from analytics.semantics.question import Question
from analytics.semantics.question_report import grouped_report
from analytics.semantics.report import Column, report
from analytics.semantics.shop import Shop
from orders.models import Order

# Some days of the month or the week are rarer than others: only their means compare.
PER_DAY = ("orders", "days_in_period", "orders_per_day")

grouped_report(
    "orders/by-hour",
    "At what time of day do customers order?",
    rows=("hour",),
    measures=("orders", "customers", "units"),
    title="Orders by hour",
    chart=Bars(x="hour", y="orders"),
)

grouped_report(
    "orders/by-day-of-week",
    "On which weekdays do customers order?",
    rows=("weekday",),
    measures=PER_DAY,
    title="Orders by weekday",
    chart=Bars(x="weekday", y="orders_per_day"),
)

grouped_report(
    "orders/by-day-of-month",
    "On which days of the month do customers order?",
    rows=("day_of_month",),
    measures=PER_DAY,
    title="Orders by day of month",
    chart=Bars(x="day_of_month", y="orders_per_day"),
)


@report(
    "orders/by-month",
    # A text, as it always was; the dimension of this name is a number.
    Column("month_of_year", "text"),
    *map(Column, PER_DAY),
    title="Orders by month of the year",
    chart=Bars(x="month_of_year", y="orders_per_day"),
)
def orders_by_month_of_year(shop: Shop) -> Table:
    """In which months of the year do customers order?

    All years are added together.
    """
    months = Level(Question(PER_DAY, ("month_of_year",)), 1).table(shop)
    months = months.rename(number="month_of_year").order_by("number")
    return months.mutate(month_of_year=_.number.cases(*enumerate(MONTHS, start=1)))


grouped_report(
    "orders/heatmap",
    "At which hours of which weekdays do customers order?",
    rows=("weekday", "hour"),
    measures=("orders", "revenue"),
    title="Orders by weekday and hour",
    chart=Heatmap(x="hour", y="weekday", color="orders"),
)

grouped_report(
    "orders/value-by-hour",
    "At what time of day are orders largest?",
    rows=("hour",),
    measures=("aov", "items_per_order", "orders"),
    title="Average order value by hour",
    chart=Bars(x="hour", y="aov"),
)


class Bins(Filters):
    width = forms.IntegerField(
        required=False, initial=7, min_value=1, max_value=365, help_text="Days in each row."
    )
    bins = forms.IntegerField(
        required=False,
        initial=14,
        min_value=2,
        max_value=100,
        help_text="Number of rows; the last one contains all longer gaps.",
    )


@report(
    "orders/days-between",
    Column("days", "text", "Days from an order to the next one of the same customer."),
    Column(
        "times",
        "count",
        "Number of repeat orders placed after this number of days.",
        "Repeat orders",
    ),
    Column("share", "share", "Share of all repeat orders."),
    Column(
        "share_so_far",
        "share",
        "Share of repeat orders placed after this number of days or fewer.",
        "Cumulative share",
    ),
    title="Days between orders",
    form=Bins,
    chart=Bars(x="days", y="times"),
    totals=None,
)
def days_between(shop: Shop, width: int, bins: int) -> Table:
    """How many days pass until customers order again?

    Counts each order of the period that follows another order by the same customer, however
    long ago.
    """
    # A row for each span, also where nobody came back: the bars beside it would close the gap.
    places = ibis.range(bins).unnest().name("place").as_table()
    found = (
        order_gaps(shop).group_by(place=ibis.least(_.gap // width, bins - 1)).agg(times=_.count())
    )
    rows = places.left_join(found, "place").mutate(times=_.times.fill_null(0))
    # By the number of the span: as text, "14 to 20" comes before "7 to 13".
    so_far = _.times.sum().over(ibis.cumulative_window(order_by="place"))
    return rows.mutate(
        days=_.place.cases(*enumerate(spans(width, bins))),
        share=share_of_all("times"),
        share_so_far=ratio(so_far, _.times.sum().over()),
    ).order_by("place")


@report(
    "orders/days-between-by-customer",
    Column("customer_id"),
    Column("code"),
    Column("customer"),
    Column("repeat_orders", "count", "Orders of the period that follow an earlier order."),
    Column(
        "mean_days",
        "number",
        "Average number of days between these orders and the ones before.",
        "Average days",
    ),
    Column("shortest", "count", "Fewest days between two orders."),
    Column("longest", "count", "Most days between two orders."),
    Column("last_order", "date"),
    title="Days between orders by customer",
    chart=Histogram(x="mean_days"),
    totals=None,
    personal=True,
)
def days_between_by_customer(shop: Shop) -> Table:
    """How regularly does each customer order?"""
    means = (
        order_gaps(shop)
        .group_by("customer_id")
        .agg(
            repeat_orders=_.count(),
            mean_days=_.gap.cast("float64").mean(),
            shortest=_.gap.min(),
            longest=_.gap.max(),
            last_order=_.day.max(),
        )
    )
    return shop.named(means).order_by(ibis.desc("repeat_orders"), "mean_days", "customer_id")


@report(
    "orders/status",
    Column("status"),
    Column("documents", "count", "Orders in this status; refunded ones are returns."),
    Column("value", "money", "Price × quantity of these orders, less discounts."),
    title="Orders by status",
    chart=Bars(x="status", y="documents"),
    totals=None,
)
def orders_by_status(shop: Shop) -> Table:
    """How many orders are in each status?

    Canceled orders are included.
    """
    # A document is a sale or a return: what belongs to the other is 0.
    amount = _.gross - _.discount + _.returned
    states = shop.documents.group_by("status").agg(documents=_.count(), value=amount.sum())
    # In the order of an order's life, as the model lists them, not by the alphabet.
    turn = _.status.cases(*((status, turn) for turn, status in enumerate(Order.Status.values)))
    return states.order_by(turn, "status")


def order_gaps(shop: Shop) -> Table:
    """Each order of the period that follows another one of its customer, and the days between."""
    # From before the period, too: the first order of the period follows one of an earlier time.
    sales = shop.history.filter(_.kind == "sale")
    # The id decides between orders of one moment, so that every engine has the same order.
    in_turn = ibis.window(group_by="customer_id", order_by=["placed_at", "order_id"])
    gap = _.day.delta(_.day.lag().over(in_turn), unit="day")
    return sales.mutate(gap=gap).filter(_.gap.notnull(), _.day >= shop.start)


def spans(width: int, bins: int) -> list[str]:
    """ "0 to 6", "7 to 13", "14 or more"."""
    starts = range(0, width * bins, width)
    days = [f"{first} to {first + width - 1}" if width > 1 else f"{first}" for first in starts]
    return [*days[:-1], f"{starts[-1]} or more"]
