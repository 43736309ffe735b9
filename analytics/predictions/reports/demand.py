"""Reports of product demand and reorder suggestions.

Stock is shared by all countries. Demand is that of the countries shown, added up, and so is the
safety stock.
"""

from dataclasses import replace

import ibis
from django import forms
from ibis import Table, _

from analytics.predictions.fit import note_of_fit
from analytics.reports.products import PRODUCT
from analytics.semantics.charts import Bars
from analytics.semantics.filters import WithoutConditions
from analytics.semantics.measures import ratio
from analytics.semantics.report import Column, report
from analytics.semantics.shop import Shop

WEEK, MAX_DAYS_LEFT = 7, 3653  # days
SERVICES = ("80", "90", "95", "98", "99")
STOCK_COLUMNS = (
    Column("on_hand"),
    Column(
        "lead_time_days", "count", "Days from ordering until the goods arrive.", "Lead time (days)"
    ),
)
WEEKLY = Column("weekly_units", "number", "Units expected to sell in a week.", "Units a week")
RUNS_OUT = Column(
    "runs_out",
    "date",
    "Day on which stock runs out at the current pace of all countries, which share the stock. "
    "No value for readers who see only some countries.",
    "Runs out",
)


class ReorderParameters(WithoutConditions):
    service = forms.ChoiceField(
        required=False,
        choices=[(share, f"{share} %") for share in SERVICES],
        initial="95",
        help_text="Target share of lead times without a stockout, in percent.",
    )
    cover = forms.IntegerField(
        required=False,
        initial=30,
        min_value=1,
        max_value=365,
        help_text="Number of days that an order should last.",
    )


@report(
    "products/demand",
    *PRODUCT,
    WEEKLY,
    Column("weeks", "count", "Number of weeks with known sales."),
    *STOCK_COLUMNS,
    RUNS_OUT,
    title="Product demand",
    form=WithoutConditions,
    chart=Bars(x="product", y="weekly_units", ranked=True),
    totals=None,
    note=note_of_fit("demand"),
)
def product_demand(shop: Shop) -> Table:
    """How many units of each product will sell per week, and when will it run out?

    Days without stock do not count as days without demand. Stock is shared by all countries.
    """
    stock = shop.inventory.select("product_id", "on_hand")
    goods = demand_of_countries(shop).left_join(stock, "product_id").drop("product_id_right")
    goods = with_runs_out(shop, shop.named(goods))
    return goods.order_by(ibis.desc("weekly_units"), "product_id")


@report(
    "inventory/reorder",
    *PRODUCT,
    *STOCK_COLUMNS,
    WEEKLY,
    RUNS_OUT,
    Column(
        "reorder_point",
        "count",
        "Reorder at this stock level: the units sold in a lead time, plus a safety margin.",
    ),
    Column("to_order", "count", "Units for the lead time and the days that an order should last."),
    Column(
        "at_risk",
        "money",
        "Net sales of the units missing up to the reorder point: they may be out of stock before "
        "an order placed today arrives.",
        "Money at risk",
    ),
    title="Reorder suggestions",
    form=ReorderParameters,
    chart=Bars(x="product", y="to_order", ranked=True),
    totals=None,
    note=note_of_fit("demand"),
)
def reorder(shop: Shop, service: str, cover: int) -> Table:
    """Which products should be reordered, how many units, and what sales are at risk?

    Products with the most money at risk come first. For readers who see only some countries,
    quantities cover the needs of those countries.
    """
    # The fit's lead time, not the current one: the safety stock was computed for it.
    goods = shop.inventory.filter(_.is_active).drop("lead_time_days")
    goods = goods.join(demand_of_countries(shop, f"safety_{service}"), "product_id")
    in_lead_time = _.weekly_units * _.lead_time_days / WEEK
    goods = goods.mutate(reorder_point=(in_lead_time + _.safety).ceil().cast("int64"))
    low = with_runs_out(shop, goods.filter(_.on_hand <= _.reorder_point))
    low = low.mutate(
        to_order=(_.reorder_point + _.weekly_units * cover / WEEK - _.on_hand).ceil().cast("int64"),
        at_risk=(_.reorder_point - _.on_hand) * _.price,
    )
    return low.order_by(ibis.desc("at_risk"), ibis.desc("to_order"), "product_id")


def demand_of_countries(shop: Shop, safety: str = "safety_95") -> Table:
    """The demand of the countries shown, added up."""
    demand = shop.rows_of_scopes("demand").semi_join(shop.products, "product_id")
    return demand.group_by("product_id").agg(
        weekly_units=_.weekly.sum(),
        weeks=_.weeks.max(),
        lead_time_days=_.lead_time_days.max(),
        safety=_[safety].sum(),
    )


def with_runs_out(shop: Shop, goods: Table) -> Table:
    """Adds the day on which stock runs out; empty if that is more than ten years ahead."""
    if shop.scope is not None:
        # The date would tell the sales of countries that these readers do not see.
        return goods.mutate(runs_out=ibis.null("date"))
    everywhere = demand_of_countries(replace(shop, countries=None))
    everywhere = everywhere.select("product_id", all_units="weekly_units")
    goods = goods.left_join(everywhere, "product_id").drop("product_id_right")
    days = ratio(_.on_hand * WEEK, _.all_units).floor()
    goods = goods.mutate(days_left=ibis.cases((days <= MAX_DAYS_LEFT, days.cast("int64"))))
    # A column, because Ibis wants the column first in date arithmetic, not a literal.
    goods = goods.mutate(today=shop.today)
    return goods.mutate(runs_out=(_.today + _.days_left.as_interval("D")).cast("date"))
