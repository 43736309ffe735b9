"""What is known of each customer: reports about people begin here."""

import ibis
from django import forms
from ibis import Table, _

from analytics.filters import Filters
from analytics.measures import orders, revenue, units
from analytics.shop import Shop

SOLD = _.kind == "sale"
HORIZONS = (30, 90, 180)  # days ahead for which it is foretold who stays away


class Away(Filters):
    days = forms.IntegerField(
        required=False,
        min_value=2,
        max_value=3650,
        initial=90,
        help_text="Who has not ordered for so many days is lost; from half of it, at risk.",
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
    """Those whose first order ever lies in the period, with all that they did up to its end."""
    return people(shop.history).filter(_.first_order >= shop.start)


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
