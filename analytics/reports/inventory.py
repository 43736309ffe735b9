"""Stock: how long it lasts, how much of it sells, what to reorder, and its value.

All countries share the stock; the sales next to it are those of the countries shown.
"""

from dataclasses import replace

import ibis
from django import forms
from ibis import Table, _

from analytics.reports.abc import every_product
from analytics.reports.products import PRODUCT
from analytics.semantics.charts import Bars, Histogram
from analytics.semantics.filters import Filters, WithoutConditions
from analytics.semantics.measures import ratio, stock_at_cost, stock_at_price, stock_uncosted, units
from analytics.semantics.placeholders import days_before
from analytics.semantics.report import Column, report
from analytics.semantics.shop import Shop


class RecentDays(Filters):
    days = forms.IntegerField(
        required=False,
        initial=30,
        min_value=1,
        max_value=366,
        help_text="Number of days to look back from the end of the period.",
    )


RECENT_UNITS = Column(
    "recent_units",
    "count",
    "Units sold in the last days (30 by default), in the countries shown.",
)
LEAD_TIME = Column(
    "lead_time_days", "count", "Days from ordering until the goods arrive.", "Lead time (days)"
)


@report(
    "products/sell-through",
    *PRODUCT,
    Column("units"),
    Column("on_hand"),
    Column(
        "sell_through", "share", "Units sold ÷ (units sold + units on hand now).", "Sell-through"
    ),
    title="Sell-through",
    chart=Histogram(x="sell_through"),
    totals="goods",
)
def sell_through(shop: Shop) -> Table:
    """What share of the available units was sold?

    Counts units sold in the countries shown. Products without tracked stock have no value.
    """
    stock = shop.inventory.select("product_id", "on_hand")
    goods = every_product(shop).left_join(stock, "product_id").drop("product_id_right")
    # NULL on hand, which is untracked stock, makes the share NULL and not 100 %.
    goods = goods.mutate(sell_through=ratio(_.units, _.units + _.on_hand))
    return goods.order_by(ibis.desc("sell_through"), ibis.desc("units"), "product_id")


@report(
    "inventory/low-stock",
    *PRODUCT,
    Column("on_hand"),
    Column("reorder_level", "count", "Reorder when stock is at or below this number."),
    LEAD_TIME,
    RECENT_UNITS,
    Column("to_order", "count", "Units to reach the reorder level, plus the units sold recently."),
    title="Low stock",
    form=RecentDays,
    chart=Bars(x="product", y="to_order", ranked=True),
    totals=None,
)
def low_stock(shop: Shop, days: int) -> Table:
    """Which products should be reordered now, and how many units?

    For readers who see only some countries, quantities cover the needs of those countries.
    """
    goods = active_stock(shop, days)
    low = goods.filter(goods.on_hand <= goods.reorder_level)
    low = low.mutate(to_order=_.reorder_level - _.on_hand + _.recent_units)
    return low.order_by(ibis.desc("to_order"), "product_id")


@report(
    "inventory/days-left",
    *PRODUCT,
    Column("on_hand"),
    RECENT_UNITS,
    Column(
        "daily_units",
        "number",
        "Units sold recently ÷ days, not counting days before the shop opened.",
    ),
    Column(
        "days_left",
        "number",
        "Units on hand ÷ units sold per day in all countries, which share the stock. No value if "
        "nothing was sold, or for readers who see only some countries.",
        "Days of stock left",
    ),
    LEAD_TIME,
    title="Days of stock left",
    form=RecentDays,
    chart=Histogram(x="days_left"),
    totals=None,
)
def days_left(shop: Shop, days: int) -> Table:
    """How long will the stock last at the current pace of sales?

    The pace is that of the last days of the period. Units sold are those of the countries
    shown; days of stock left follow from sales in all countries.
    """
    # By the days that a young shop was open, else its stock would seem to last longer.
    goods = active_stock(shop, days).mutate(opened=shop.whole.opened, as_of=shop.end)
    since_then = _.as_of.delta(_.opened, unit="day") + 1
    # Where nothing was ever sold, any number of days gives a pace of 0.
    goods = goods.mutate(days=ibis.least(since_then, days).fill_null(days))
    # A reader of some countries must not divide all of the stock by a part of its sales.
    left = ibis.null("float64")
    if shop.scope is None:
        everywhere = recently_sold(replace(shop, countries=None), days)
        everywhere = everywhere.rename(all_units="recent_units")
        goods = goods.left_join(everywhere, "product_id").drop("product_id_right")
        left = ratio(_.on_hand * _.days, _.all_units)
    pace = {"daily_units": ratio(_.recent_units, _.days), "days_left": left}
    return goods.mutate(**pace).order_by("days_left", ibis.desc("on_hand"), "product_id")


@report(
    "inventory/value",
    *PRODUCT,
    Column("on_hand"),
    Column("stock_at_cost"),
    Column("stock_at_price"),
    Column("stock_uncosted"),
    title="Stock value",
    form=WithoutConditions,
    chart=Bars(x="product", y="stock_at_price", ranked=True),
    totals="inventory",
)
def stock_value(shop: Shop) -> Table:
    """How much money is tied up in stock now?

    Dates and countries make no difference.
    """
    # Stock is never below 0 (a CHECK in the books), so the totals miss nothing.
    stock = shop.inventory.filter(_.on_hand > 0)
    goods = stock.group_by(*(column.name for column in PRODUCT), "on_hand")
    values = goods.agg(stock_at_cost, stock_at_price, stock_uncosted)
    return values.order_by(ibis.desc("stock_at_price"), "product_id")


def active_stock(shop: Shop, days: int) -> Table:
    """The stock of active products, with the units sold in the last days up to the end of the
    period, even if it began later."""
    sold = recently_sold(shop, days)
    goods = shop.inventory.filter(shop.inventory.is_active).left_join(sold, "product_id")
    return goods.drop("product_id_right").fill_null({"recent_units": 0})


def recently_sold(shop: Shop, days: int) -> Table:
    # The last day is one of them.
    recent = replace(shop, start=days_before(shop.end, days=days - 1))
    return recent.lines.group_by("product_id").agg(recent_units=units)
