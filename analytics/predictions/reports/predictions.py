"""Reports of predicted customer value and churn risk, as the nightly fits wrote them.

Predictions start from the last day of the books. So the period of a report does not move them: it
selects customers, those who bought in it.
"""

import ibis
from django import forms
from ibis import Table, _
from ibis.expr.types.groupby import GroupedTable

from analytics.predictions.fit import note_of_fit
from analytics.semantics.charts import Bars, Histogram, Lines
from analytics.semantics.customer_queries import HORIZONS, people
from analytics.semantics.filters import Filters
from analytics.semantics.measures import ratio, share_of_all
from analytics.semantics.report import Column, report
from analytics.semantics.rfm import scored_customers
from analytics.semantics.shop import Shop, ever

PREDICTED = "Expected net sales in the 365 days after the last day with data."
HISTORIC = "Net sales to the customer to date."
AS_OF = Column("as_of", "date", "The day on which the prediction starts.", "From")
MODEL = Column("model", "text", "The model that made the prediction.")
NAMES = (Column("customer_id"), Column("code"), Column("customer"))
HIGH_RISK, LOW_RISK = 2 / 3, 1 / 3
DECILES = 10


class Grouping(Filters):
    by = forms.ChoiceField(
        required=False,
        choices=[("decile", "tenth by prediction"), ("rfm", "RFM group"), ("country", "country")],
        initial="decile",
        help_text="How to group customers.",
    )


class Horizon(Filters):
    days = forms.TypedChoiceField(
        required=False,
        coerce=int,
        choices=[(days, f"{days} days") for days in HORIZONS],
        initial=90,
        help_text="Number of days to look ahead.",
    )


@report(
    "customers/predicted-value",
    *NAMES,
    Column("expected_orders", "number", "Expected purchases in the next 365 days."),
    Column("fewest_orders", "count", "In nine of ten cases there are at least so many purchases."),
    Column("most_orders", "count", "In nine of ten cases there are at most so many purchases."),
    Column("predicted", "money", PREDICTED, "Predicted value"),
    Column("lower", "money", "Net sales exceed this in nine of ten cases.", "At least"),
    Column("upper", "money", "Net sales stay below this in nine of ten cases.", "At most"),
    Column("alive", "share", "Probability that the customer is still active."),
    Column("silent", "share", "Probability of no purchase in the next 365 days.", "No purchase"),
    Column("historic", "money", HISTORIC, "To date"),
    Column("total", "money", "Net sales to date plus predicted value."),
    AS_OF,
    MODEL,
    title="Predicted customer value",
    chart=Histogram(x="predicted"),
    totals=None,
    personal=True,
    note=note_of_fit("lifetime"),
)
def predicted_value(shop: Shop) -> Table:
    """How much will each customer spend in the next year?

    Lists all customers who bought in the period, highest value first.
    """
    return shop.named(with_sales_to_date(shop)).order_by(_.predicted.desc(), "customer_id")


@report(
    "customers/value-by-group",
    Column("group", "text", "Tenth by predicted value (1 is the highest), RFM group, or country."),
    Column("customers", "count", "Customers who bought in the period."),
    Column("expected_orders", "number", "Expected purchases of the group in the next 365 days."),
    Column("predicted", "money", PREDICTED, "Predicted value"),
    Column("per_customer", "money", "Predicted value ÷ customers."),
    Column("historic", "money", "Net sales to the group to date.", "To date"),
    Column("share", "share", "Share of the total predicted value."),
    title="Predicted value by group",
    form=Grouping,
    chart=Bars(x="group", y="predicted"),
    totals=None,
    note=note_of_fit("lifetime"),
)
def value_by_group(shop: Shop, by: str) -> Table:
    """Where will next year's net sales come from?

    Groups the customers of the period into tenths by predicted value, by RFM group, or by the
    country where they live.
    """
    groups = GROUPINGS[by](shop).agg(
        customers=_.count(),
        expected_orders=_.expected_orders.sum(),
        predicted=_.predicted.sum(),
        # Cast, because DuckDB's mean of decimals is a double and Spark's a rounded decimal.
        per_customer=_.predicted.cast("float64").mean(),
        historic=_.historic.sum(),
    )
    groups = groups.mutate(share=share_of_all("predicted"))
    # By the number: as text, "Tenth 10" comes before "Tenth 2".
    return groups.order_by(*(["tenth"] if by == "decile" else [_.predicted.desc(), "group"]))


@report(
    "customers/churn-risk",
    *NAMES,
    Column(
        "silent", "share", "Probability of no purchase in the chosen number of days.", "No purchase"
    ),
    Column("risk", "text", "High from two thirds, low up to one third, else medium."),
    Column("last_order", "date", "Day of the last order."),
    Column("days_since", "count", "Days from the last order to the start of the prediction."),
    Column("orders", "count", "Orders to date."),
    Column("historic", "money", HISTORIC, "To date"),
    AS_OF,
    MODEL,
    title="Churn risk",
    form=Horizon,
    chart=Histogram(x="silent"),
    totals=None,
    personal=True,
    note=note_of_fit("churn"),
)
def churn_risk(shop: Shop, days: int) -> Table:
    """Which customers are unlikely to buy in the next 30, 90 or 180 days?

    Lists all customers who bought in the period, highest risk first.
    """
    risk = ibis.cases((_.silent >= HIGH_RISK, "high"), (_.silent > LOW_RISK, "medium"), else_="low")
    each = shop.rows_of_buyers("churn_risk").filter(_.days == days)
    each = each.join(sales_to_date(shop), "customer_id").mutate(
        risk=risk, days_since=_.as_of.delta(_.last_order, unit="day")
    )
    return shop.named(each).order_by(_.silent.desc(), _.historic.desc(), "customer_id")


@report(
    "customers/churn-calibration",
    Column("tenth", "count", "Tenth of the customers by predicted risk, lowest first."),
    Column("customers", "count", "Customers on that day."),
    Column("predicted_share", "share", "Predicted probability of no purchase, as of that day."),
    Column("came_true", "share", "Share of customers who then did not buy.", "Stayed away"),
    AS_OF,
    MODEL,
    title="Churn model calibration",
    form=Horizon,
    chart=Lines(x="tenth", y=("predicted_share", "came_true")),
    totals=None,
    note=note_of_fit("churn"),
    key=("tenth",),
)
def churn_calibration(shop: Shop, days: int) -> Table:
    """Of the customers with an 80 % churn risk, do 80 % stay away?

    Predictions are made for a past day whose outcome is known, using only what was known on
    that day. Customers are grouped into tenths by risk.
    """
    tested = shop.rows_of_buyers("churn_backtest").filter(_.days == days)
    # ntile begins at 0. The id breaks ties: without it the tenths of equal risks are random.
    tenth = ibis.ntile(DECILES).over(order_by=["silent", "customer_id"]) + 1
    return (
        tested.mutate(tenth=tenth)
        .group_by("tenth", "as_of", "model")
        .agg(
            customers=_.count(),
            predicted_share=_.silent.mean(),
            came_true=ratio(_.was_silent.cast("int64").sum(), _.count()),
        )
        .order_by("tenth")
    )


def with_sales_to_date(shop: Shop) -> Table:
    """The predictions, with the net sales to the same customers to date."""
    each = shop.rows_of_buyers("predicted_value").join(
        sales_to_date(shop).select("customer_id", "historic"), "customer_id"
    )
    return each.mutate(total=_.historic + _.predicted)


def sales_to_date(shop: Shop) -> Table:
    """Orders and net sales of customers in the reader's countries, in all time."""
    # All time: the period selects customers, it does not shorten what they bought "to date".
    each = people(ever(shop.countries).history)
    return each.select("customer_id", "orders", "last_order", historic=_.revenue)


def by_decile(shop: Shop) -> GroupedTable:
    # ntile begins at 0; the id breaks ties.
    tenth = ibis.ntile(DECILES).over(order_by=[_.predicted.desc(), "customer_id"]) + 1
    names = _.tenth.cases(*((n, f"Tenth {n}") for n in range(1, DECILES + 1)))
    return with_sales_to_date(shop).mutate(tenth=tenth).group_by("tenth", group=names)


def by_rfm(shop: Shop) -> GroupedTable:
    return (
        with_sales_to_date(shop)
        .join(scored_customers(shop).select("customer_id", "group"), "customer_id")
        .group_by("group")
    )


def by_country(shop: Shop) -> GroupedTable:
    homes = shop.customers.select("customer_id", "country_id")
    named = shop.named(with_sales_to_date(shop).join(homes, "customer_id"))
    return named.group_by(group=_.country)


GROUPINGS = {"decile": by_decile, "rfm": by_rfm, "country": by_country}
