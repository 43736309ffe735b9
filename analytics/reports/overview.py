"""How the shop does, in a few figures."""

from dataclasses import replace
from functools import cache
from typing import Any

from django import forms
from ibis import Table, _

from analytics.semantics.calendars import with_every_day
from analytics.semantics.charts import Lines
from analytics.semantics.customer_queries import NEW_TO_THE_SHOP, SOLD
from analytics.semantics.dimensions import DIMENSIONS
from analytics.semantics.filters import Filters
from analytics.semantics.measures import (
    aov,
    customers,
    discounts,
    gross,
    guests,
    items_per_order,
    margin,
    margin_rate,
    orders,
    ratio,
    return_rate,
    returns,
    revenue,
    tax,
    uncosted,
    units,
)
from analytics.semantics.report import Column, Report, report
from analytics.semantics.shop import Shop

NEW = f"Customers whose first order ever lies in the period: {NEW_TO_THE_SHOP}"


@report(
    "analytics/kpis",
    Column("gross"),
    Column("discounts"),
    Column("returns"),
    Column("revenue"),
    Column("tax"),
    Column("orders"),
    Column("customers"),
    Column("guests"),
    Column("units"),
    Column("aov"),
    Column("items_per_order"),
    Column("new_customers", "count", NEW),
    Column("returning_rate", "share", "Customers with an earlier order ÷ customers of the period."),
    Column(
        "repeat_rate",
        "share",
        "Customers with two or more orders in the period ÷ customers of the period.",
    ),
    Column("return_rate"),
    Column("margin"),
    Column("margin_rate"),
    Column("uncosted"),
    title="Key figures",
    totals=None,
)
def key_figures(shop: Shop) -> Table:
    """Sales, customers and margin of the period."""
    sales = [gross, discounts, returns, revenue, tax, orders, units, aov, items_per_order]
    people = [customers, guests]
    rates = [return_rate, margin, margin_rate, uncosted]
    # Each side has exactly one row.
    return shop.orders.agg([*sales, *people, *rates]).cross_join(acquaintance(shop))


def acquaintance(shop: Shop) -> Table:
    """How well the shop and the customers of the period know each other."""
    # Of the whole shop: a filter by category or country makes no customer new.
    firsts = shop.whole.history.filter(SOLD).group_by("customer_id")
    firsts = firsts.agg(first_day=_.day.min(), first_at=_.placed_at.min())
    buyers = shop.buyers.filter(SOLD).group_by("customer_id")
    buyers = buyers.agg(orders=_.count(), last_at=_.placed_at.max()).join(firsts, "customer_id")
    return buyers.agg(
        new_customers=_.customer_id.count(where=_.first_day >= shop.start),
        # Two orders of one moment are told apart by their number only.
        returning_rate=ratio(_.count(where=(_.orders >= 2) | (_.last_at > _.first_at)), _.count()),
        repeat_rate=ratio(_.count(where=_.orders >= 2), _.count()),
    )


SPANS = ("day", "week", "month")


class BySpan(Filters):
    grain = forms.ChoiceField(
        required=False,
        widget=forms.HiddenInput,  # on pages it is a row of links
        choices=[(name, name.capitalize()) for name in SPANS],
        initial="day",
        help_text="The span of time of each row.",
    )

    def report(self, declared: Any) -> Report:
        return by_span(declared, self.cleaned_data["grain"])


@cache
def by_span(declared: Report, grain: str) -> Report:
    """The same by week or by month, whose column has its name."""
    if grain == "day":
        return declared
    return replace(
        declared,
        columns=(Column(grain, grain), *declared.columns[1:]),
        title=declared.title.replace("day", grain),
        chart=Lines(x=grain, y=("revenue",)),
    )


@report(
    "analytics/daily",
    Column("date"),
    Column("revenue"),
    Column("orders"),
    Column("aov"),
    Column("customers"),
    Column(
        "returning_rate",
        "share",
        "Customers of the day who had ordered before ÷ customers of the day.",
    ),
    Column("return_rate"),
    Column("margin"),
    title="Key figures by day",
    form=BySpan,
    totals=None,
    chart=Lines(x="date", y=("revenue",)),
)
def key_figures_by_day(shop: Shop, grain: str) -> Table:
    """Key figures for each day of the period."""
    name = "date" if grain == "day" else grain
    span = {name: DIMENSIONS[grain].value}
    days = with_every_day(shop, shop.orders).group_by(**span)
    figures = days.agg(revenue, orders, aov, customers, return_rate, margin)
    again = back_again(shop, span)
    return figures.left_join(again, name).drop(f"{name}_right").order_by(name)


def back_again(shop: Shop, span: dict[str, Any]) -> Table:
    """Of each day's customers the share of those for whom it was not the first order."""
    sales = shop.buyers.filter(SOLD).left_join(very_first_orders(shop), "customer_id")
    sales = sales.mutate(again=_.first_id.isnull() | (_.order_id != _.first_id), **span)
    # A second order on the day of the first returns on that day.
    visits = sales.group_by(*span, "customer_id").agg(again=_.again.any())
    return visits.group_by(*span).agg(returning_rate=ratio(_.count(where=_.again), _.count()))


def very_first_orders(shop: Shop) -> Table:
    """The first order ever of each customer who is new in the period.

    Numbering all orders of each customer would give the same, and sort all orders there ever were.
    """
    # Of the whole shop: a filter by category or country makes no customer new.
    firsts = shop.whole.history.filter(SOLD).group_by("customer_id")
    firsts = firsts.agg(first_at=_.placed_at.min())
    sales = shop.whole.buyers.filter(SOLD).join(firsts, "customer_id")
    of_that_moment = sales.filter(_.placed_at == _.first_at)
    return of_that_moment.group_by("customer_id").agg(first_id=_.order_id.min())
