"""Customers: how much they buy, how many are new, how many order again.

Guest orders have no customer: they count only in the columns that name them.
"""

import ibis
from django import forms
from ibis import Table, _

from analytics.semantics.calendars import with_every_day
from analytics.semantics.charts import Bars, Lines
from analytics.semantics.customer_queries import (
    NEW_TO_THE_SHOP,
    SOLD,
    first_orders,
    first_time_buyers,
    never_bought,
    people,
    registered_customers,
)
from analytics.semantics.filters import Filters
from analytics.semantics.measures import (
    customers,
    guests,
    orders,
    orders_per_customer,
    ratio,
    revenue,
    revenue_per_customer,
)
from analytics.semantics.report import Column, report
from analytics.semantics.shop import Shop

NEW = f"Customers whose first order ever lies in this time: {NEW_TO_THE_SHOP}"


class Ranking(Filters):
    by = forms.ChoiceField(
        required=False,
        choices=[("revenue", "revenue"), ("orders", "orders"), ("units", "units")],
        initial="revenue",
        help_text="The measure to rank by.",
    )
    limit = forms.IntegerField(
        required=False, min_value=1, max_value=10_000, initial=10, help_text="Number of customers."
    )


@report(
    "customers/top",
    Column("customer_id"),
    Column("code"),
    Column("customer"),
    Column("revenue"),
    Column("orders"),
    Column("units"),
    Column("last_order", "date", "Day of the last order of the period."),
    title="Top customers",
    form=Ranking,
    chart=Bars(x="customer", y="revenue", ranked=True),
    totals="buyers",
    personal=True,
)
def top_customers(shop: Shop, by: str, limit: int) -> Table:
    """Which customers spend the most?

    Totals cover all customers, listed or not.
    """
    order = (_[by].desc(), "customer_id")
    largest = people(shop.buyers).order_by(*order).limit(limit)
    # Once more, because a join does not keep the order.
    return shop.named(largest).order_by(*order)


@report(
    "customers/by-country",
    Column("country_id"),
    Column("country"),
    Column("country_code", label="Code"),
    Column("customers"),
    Column("orders"),
    Column("revenue"),
    Column("revenue_per_customer"),
    Column("orders_per_customer"),
    title="Customers by country",
    chart=Bars(x="country", y="customers", ranked=True),
    totals="buyers",
)
def customers_by_country(shop: Shop) -> Table:
    """How many customers does each country have, and how much do they spend?

    Customers count in the country of their orders: someone who orders in two countries counts
    in both, and once in the totals. Guest orders are left out.
    """
    countries = shop.buyers.group_by("country_id").agg(
        customers, orders, revenue, revenue_per_customer, orders_per_customer
    )
    return shop.named(countries).order_by(_.customers.desc(), _.revenue.desc(), "country_id")


@report(
    "customers/new-vs-returning",
    Column("month"),
    Column("new_customers", "count", NEW),
    Column("returning_customers", "count", "Customers of the month who had ordered before."),
    Column(
        "new_revenue", "money", "Net sales of the month to new customers.", "New customer sales"
    ),
    Column(
        "returning_revenue",
        "money",
        "Net sales of the month to returning customers.",
        "Returning customer sales",
    ),
    Column("guest_revenue", "money", "Net sales of the month to guests.", "Guest sales"),
    title="New and returning customers",
    chart=Lines(x="month", y=("new_customers", "returning_customers")),
    totals=None,
)
def new_vs_returning(shop: Shop) -> Table:
    """How many customers of each month are new, and how much do they spend?

    Net sales to new customers, returning customers and guests add up to the net sales of the
    month.
    """
    firsts = first_time_buyers(shop).select("customer_id", first_month=_.first_order.truncate("M"))
    days = with_every_day(shop, shop.orders).mutate(month=_.day.truncate("M"))
    # Filled, or those who bought before the period are in neither group: ~NULL is not true.
    sales = days.left_join(firsts, "customer_id").mutate(
        known=_.customer_id.notnull(), new=(_.first_month == _.month).fill_null(False)
    )
    return (
        sales.group_by("month")
        .agg(
            new_customers=_.customer_id.nunique(where=_.new),
            # Who only returns goods in a month is no customer of it, but their returns count below.
            returning_customers=_.customer_id.nunique(where=SOLD & ~_.new),
            new_revenue=_.revenue.sum(where=_.new).fill_null(0),
            returning_revenue=_.revenue.sum(where=_.known & ~_.new).fill_null(0),
            guest_revenue=_.revenue.sum(where=~_.known).fill_null(0),
        )
        .order_by("month")
    )


@report(
    "customers/growth",
    Column("month"),
    Column("new_customers", "count", NEW),
    Column("ever_bought", "count", "Customers who had ever bought by the end of the month."),
    title="Customer growth",
    chart=Lines(x="month", y=("ever_bought",)),
    totals=None,
)
def customer_growth(shop: Shop) -> Table:
    """How fast is the number of customers growing?

    The total includes customers from before the period.
    """
    # The first order that passes the filters adds to the total; new are only those whose first
    # order of all is in that month.
    firsts = people(shop.history).select("customer_id", day="first_order")
    firsts = firsts.join(first_orders(shop), "customer_id")
    in_period = _.day >= shop.start
    is_new = (_.first_ever >= shop.start) & (_.first_ever.truncate("M") == _.day.truncate("M"))
    monthly = (
        with_every_day(shop, firsts)
        .group_by(month=_.day.truncate("M"))
        .agg(
            first_orders=_.customer_id.count(),
            new_customers=_.customer_id.count(where=is_new),
            is_in_period=in_period.any(),
        )
    )
    so_far = ibis.cumulative_window(order_by="month")
    totals = monthly.mutate(ever_bought=_.first_orders.sum().over(so_far))
    # Earlier months were needed for the running total only.
    return totals.filter(_.is_in_period).order_by("month")


@report(
    "customers/repeat-rate",
    Column("customers"),
    Column("repeat_customers", "count", "Customers with two or more orders in the period."),
    Column(
        "repeat_rate",
        "share",
        "Customers with two or more orders in the period ÷ customers of the period.",
    ),
    title="Repeat rate",
    totals=None,
)
def repeat_rate(shop: Shop) -> Table:
    """What share of customers orders more than once in the period?"""
    counted = people(shop.buyers).agg(
        customers=_.count(), repeat_customers=(_.orders > 1).sum().fill_null(0)
    )
    return counted.mutate(repeat_rate=ratio(_.repeat_customers, _.customers))


@report(
    "customers/stats",
    Column(
        "registered",
        "count",
        "Customers registered by the end of the period who live in the chosen countries.",
    ),
    Column(
        "never_bought", "count", "Registered customers without an order by the end of the period."
    ),
    Column("ever_bought", "count", "Customers who ordered by the end of the period."),
    Column(
        "one_time",
        "count",
        "Customers with exactly one order by the end of the period.",
        "One-time customers",
    ),
    Column(
        "repeat",
        "count",
        "Customers with two or more orders by the end of the period.",
        "Repeat customers",
    ),
    Column("customers"),
    Column("new_customers", "count", NEW),
    Column("guests"),
    title="Customer statistics",
    totals=None,
)
def customer_stats(shop: Shop) -> Table:
    """How many customers are registered, have bought, and have bought again?

    With a country filter, registered customers are those who live there, and buyers those who
    ordered there.
    """
    bought = people(shop.history).agg(
        ever_bought=_.count(),
        one_time=(_.orders == 1).sum().fill_null(0),
        repeat=(_.orders > 1).sum().fill_null(0),
    )
    return (
        registered_customers(shop)
        .agg(registered=_.count())
        .cross_join(never_bought(shop).agg(never_bought=_.count()))
        .cross_join(bought)
        .cross_join(first_time_buyers(shop).agg(new_customers=_.count()))
        .cross_join(shop.orders.agg([customers, guests]))
    )
