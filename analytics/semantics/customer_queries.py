"""What is known of each customer: reports about people begin here."""

import ibis
from django import forms
from ibis import Table, _

from analytics.semantics.filters import Filters
from analytics.semantics.measures import orders, revenue, units
from analytics.semantics.shop import Shop

SOLD = _.kind == "sale"
NEW_TO_THE_SHOP = "new to the shop, not only to a category or country that is chosen."
HORIZONS = (30, 90, 180)  # days ahead for which it is foretold who stays away


class Away(Filters):
    days = forms.IntegerField(
        required=False,
        min_value=2,
        max_value=3650,
        initial=90,
        help_text="Days without an order until a customer has churned; at risk after half of them.",
    )


def people(documents: Table) -> Table:
    """Those who bought, one row each."""
    each = documents.group_by("customer_id").agg(
        revenue,
        units,
        orders,
        first_order=_.day.min(where=SOLD),
        last_order=_.day.max(where=SOLD),
    )
    return each.filter(_.first_order.notnull())


def newcomers(shop: Shop) -> Table:
    """Those whose first order ever lies in the period, with all that they did up to its end. They
    are new to the shop: of a category or a country, only its buyers count."""
    return buyers_of(shop, people(shop.whole.history).filter(_.first_order >= shop.start))


def buyers_of(shop: Shop, customers: Table) -> Table:
    """Those of them who bought in the period what is asked for; all if everything is."""
    if shop.whole is shop:
        return customers
    return customers.semi_join(shop.buyers.filter(SOLD), "customer_id")


def first_orders(shop: Shop) -> Table:
    """The day of each customer's first order ever, of whatever and wherever it was."""
    return people(shop.whole.history).select("customer_id", first_ever="first_order")


def on_file(shop: Shop) -> Table:
    """Those who were registered by the end of the period."""
    nothing_sold = shop.end.isnull()
    return shop.customers.filter((_.registered_on <= shop.end) | nothing_sold)


def never_bought(shop: Shop) -> Table:
    return on_file(shop).anti_join(people(shop.history), "customer_id")


def as_of_the_end(shop: Shop, people: Table) -> Table:
    """The same people, with how long they had been away on the last day of the period."""
    seen = people.mutate(as_of=ibis.null("date") if shop.end is None else shop.end)
    return seen.mutate(days_since=_.as_of.delta(_.last_order, unit="day"))


def months(shop: Shop) -> Table:
    """The months of the period, each with its last day that belongs to the period."""
    return shop.days.group_by(month=_.day.truncate("M")).agg(as_of=_.day.max())
