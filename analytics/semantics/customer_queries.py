"""Tables of customers that several reports start from."""

import ibis
from ibis import Table, _

from analytics.semantics.calendars import days_of_period
from analytics.semantics.measures import orders, revenue, units
from analytics.semantics.shop import Shop

SOLD = _.kind == "sale"
NEW_TO_THE_SHOP = "new to the shop, not only to a chosen category or country."
HORIZONS = (30, 90, 180)  # days ahead for which churn is predicted


def people(documents: Table) -> Table:
    """Those who bought, one row each, with their totals."""
    each = documents.group_by("customer_id").agg(
        revenue,
        units,
        orders,
        first_order=_.day.min(where=SOLD),
        last_order=_.day.max(where=SOLD),
    )
    # Who only returned something has a row, too, but has bought nothing.
    return each.filter(_.first_order.notnull())


def first_time_buyers(shop: Shop) -> Table:
    """Those whose first order ever is in the period, with their totals up to its end. They are new
    to the shop; with a category or country filter, only its buyers count."""
    return only_buyers(shop, people(shop.whole.history).filter(_.first_order >= shop.start))


def only_buyers(shop: Shop, customers: Table) -> Table:
    """Those of them who bought something in the period that passes the filters."""
    # Without filters all of them bought in the period: the join would only cost time.
    if shop.whole is shop:
        return customers
    return customers.semi_join(shop.buyers.filter(SOLD), "customer_id")


def first_orders(shop: Shop) -> Table:
    """The day of each customer's first order ever, in any category and country."""
    return people(shop.whole.history).select("customer_id", first_ever="first_order")


def registered_customers(shop: Shop) -> Table:
    """Those who were registered by the end of the period."""
    if shop.end is None:
        return shop.customers
    # Before the first sale the open end of the period is NULL, to which every comparison is NULL.
    nothing_sold = shop.end.isnull()
    return shop.customers.filter((_.registered_on <= shop.end) | nothing_sold)


def never_bought(shop: Shop) -> Table:
    return registered_customers(shop).anti_join(people(shop.history), "customer_id")


def with_days_since(shop: Shop, people: Table) -> Table:
    """The same people, with the days from their last order to the end of the period."""
    seen = people.mutate(as_of=ibis.null("date") if shop.end is None else shop.end)
    return seen.mutate(days_since=_.as_of.delta(_.last_order, unit="day"))


def months(shop: Shop) -> Table:
    """The months of the period, each with its last day that belongs to the period."""
    return days_of_period(shop).group_by(month=_.day.truncate("M")).agg(as_of=_.day.max())
