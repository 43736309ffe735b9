"""How much is sold, when, and what becomes of it."""

from dataclasses import replace

import ibis
from ibis import Table, _
from ibis.common.deferred import Deferred

from analytics.semantics.calendars import (
    with_every_day,
)
from analytics.semantics.charts import Bars, Lines, Steps
from analytics.semantics.comparison import growth_column
from analytics.semantics.measures import (
    WORDS,
    discounts,
    gross,
    orders,
    returns,
    revenue,
    shipping,
    tax,
    total_sales,
)
from analytics.semantics.placeholders import HOURS_TODAY, days_before
from analytics.semantics.question_report import OverTime, grouped_report
from analytics.semantics.report import Column, report
from analytics.semantics.shop import Shop


@report(
    "revenue/daily-trend",
    Column("date"),
    Column("revenue"),
    Column("orders"),
    Column(
        "week_mean",
        "money",
        "Average net sales of the day and the six days before it. No value in the first six days "
        "of the shop.",
        "Mean of 7 days",
    ),
    title="Net sales by day",
    chart=Lines(x="date", y=("revenue", "week_mean")),
)
def revenue_by_day(shop: Shop) -> Table:
    """How much is sold each day, and what is the trend?

    Moving averages even out single days.
    """
    # Six days more, so that the first days of the period have whole weeks behind them, too.
    longer = replace(shop, start=days_before(shop.start, days=6))
    days = with_every_day(longer, longer.orders).group_by(date=_.day).agg(revenue, orders)
    # The window counts rows: they are days only because no day is missing.
    week = ibis.window(order_by="date", preceding=6, following=0)
    # Cast before the division: Spark would round a quotient of decimals.
    mean = _.revenue.sum().over(week).cast("float64") / 7
    known = _.date - ibis.interval(days=6) >= shop.opened
    trend = days.mutate(week_mean=ibis.cases((known, mean)))
    return trend.filter(_.date >= shop.start).order_by("date")


grouped_report(
    "revenue/monthly",
    "How much was sold in each month?",
    rows=("month",),
    measures=("gross", "discounts", "returns", "revenue", "orders", "units", "aov"),
    form=OverTime,
    title="Net sales by month",
    chart=Bars(x="month", y="revenue"),
    aliases=("analytics/revenue/monthly",),
)


@report(
    "revenue/growth",
    Column("month"),
    Column("complete", "text", "Whether the whole month is in the period and over."),
    Column("revenue"),
    Column("orders"),
    Column(
        "month_change",
        "money",
        "Net sales − net sales of the same days of the previous month.",
        "Change on the month before",
    ),
    Column(
        "month_growth",
        "share",
        "The change as a share of the earlier net sales.",
        "Growth on the month before",
    ),
    Column(
        "year_change",
        "money",
        "Net sales − net sales of the same days of the previous year.",
        "Change on the year before",
    ),
    Column(
        "year_growth",
        "share",
        "The change as a share of the earlier net sales.",
        "Growth on the year before",
    ),
    title="Net sales growth",
    chart=Bars(x="month", y="month_growth"),
    key=("month",),
)
def revenue_growth(shop: Shop) -> Table:
    """Is the shop growing?

    Compares each month with the month before and with the same month a year before. A month
    that is not over, or only partly in the period, is compared with the same days. There is no
    value where the shop had not opened by then.
    """
    # One read for all: the months shown, the months before them, and those of a year ago.
    longer = replace(shop, start=days_before(shop.month_start, months=12))
    begun = _.revenue.sum(where=_.placed_at.hour() < HOURS_TODAY).fill_null(0)
    days = with_every_day(longer, longer.orders)
    days = days.group_by("day").agg(revenue, orders, begun=begun)
    this = days.filter(_.day >= shop.start).group_by(month=_.day.truncate("M"))
    months = this.agg(revenue=_.revenue.sum(), orders=_.orders.sum())
    for name, ago in (("month_before", 1), ("year_before", 12)):
        then = months_ago(shop, days, ago).rename({name: "revenue"})
        # A left join: the shop's first months have nothing before them, and stay.
        months = months.left_join(then, "month").drop("month_right")
    return months.mutate(
        complete=is_whole(shop).ifelse("yes", "no"),
        month_change=_.revenue - _.month_before,
        month_growth=growth_column(_.revenue, _.month_before),
        year_change=_.revenue - _.year_before,
        year_growth=growth_column(_.revenue, _.year_before),
    ).order_by("month")


grouped_report(
    "revenue/by-hour",
    "At what time of day do customers buy?",
    rows=("hour",),
    measures=("revenue", "orders"),
    title="Net sales by hour",
    chart=Bars(x="hour", y="revenue"),
)

grouped_report(
    "revenue/by-day-of-week",
    "On which weekdays do customers buy?",
    rows=("weekday",),
    measures=("revenue", "orders", "aov", "days_in_period", "revenue_per_day"),
    title="Net sales by weekday",
    chart=Bars(x="weekday", y="revenue"),
)

grouped_report(
    "revenue/by-category",
    "How much does each category sell?",
    rows=("category",),
    measures=(
        *("gross", "discounts", "returns", "revenue", "revenue_share"),
        *("orders", "units", "margin_rate"),
    ),
    named={"revenue_share": Column("share", "share", "Share of total net sales.")},
    sort="-revenue",
    title="Net sales by category",
    chart=Bars(x="category", y="revenue", ranked=True),
)


STEPS = ("gross", "discounts", "returns", "revenue", "tax", "shipping", "total_sales")


@report(
    "revenue/breakdown",
    Column("step", "text", "Gross sales, or an amount added to or deducted from them."),
    Column("amount", "money"),
    title="Sales breakdown",
    chart=Steps(x="step", y="amount"),
    totals=None,
)
def sales_breakdown(shop: Shop) -> Table:
    """How do gross sales become net sales and total sales?

    Net sales are gross sales less discounts and returns; with tax and shipping they are total
    sales. With a category filter there is no shipping, because it is charged per order.
    """
    sums = shop.orders.agg([gross, discounts, returns, revenue, tax, shipping, total_sales])
    places = ibis.range(len(STEPS)).unnest().name("place").as_table()
    # Below zero, because the chart adds up: an amount equal to the sum so far is a total.
    steps = sums.mutate(discounts=-_.discounts, returns=-_.returns).cross_join(places)
    label = _.place.cases(*((place, WORDS[name].label) for place, name in enumerate(STEPS)))
    amount = _.place.cases(*((place, _[name]) for place, name in enumerate(STEPS)))
    return steps.mutate(step=label, amount=amount).order_by("place")


def months_ago(shop: Shop, days: Table, ago: int) -> Table:
    """For each month of the period the revenue so many months before, up to the same day."""
    # The 31st moves to the last day of a shorter month: a whole month stays a whole month. While
    # that day is not over, it is compared with the same day only.
    moved = days.mutate(then=_.day, day=_.day + ibis.interval(months=ago))
    moved = moved.filter(_.day.between(shop.start, ibis.least(shop.end, shop.today)))
    moved = moved.filter((_.then.day() == _.day.day()) | (_.day < shop.today))
    # The day that today is compared with counts for as many hours.
    moved = moved.mutate(revenue=(_.day == shop.today).ifelse(_.begun, _.revenue))
    months = moved.group_by(month=_.day.truncate("M"))
    sums = months.agg(revenue=_.revenue.sum(), since=_.then.min())
    # No value, instead of that of a part, where the shop opened within the earlier days.
    return sums.filter(_.since >= shop.opened).drop("since")


def is_whole(shop: Shop) -> Deferred:
    """Of a month: all of its days are in the period, and over."""
    # Yesterday is the last day that is over.
    over = ibis.least(shop.end, days_before(shop.today, days=1))
    next_month = _.month + ibis.interval(months=1)
    return (_.month >= shop.start) & (next_month <= over + ibis.interval(days=1))
