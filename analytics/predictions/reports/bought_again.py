"""Who bought again: what customers with the same history did after a day in the past."""

from itertools import pairwise

import ibis
from ibis import Table, _
from ibis.common.deferred import Deferred

from analytics.predictions.reports.predictions import Horizon
from analytics.semantics.charts import Heatmap
from analytics.semantics.customer_queries import SOLD
from analytics.semantics.measures import ratio
from analytics.semantics.placeholders import days_before
from analytics.semantics.report import Column, report
from analytics.semantics.shop import Shop

# The lowest number of each band; the last one has no end.
ORDER_BANDS = (1, 2, 3, 5, 9, 14, 25)
DAYS_BANDS = (0, 10, 26, 61, 121, 241)


def band_names(lowest: tuple[int, ...]) -> list[str]:
    """1, 2, 3–4 … 25 or more"""
    inner = [f"{low}–{next - 1}" if next - low > 1 else str(low) for low, next in pairwise(lowest)]
    return [*inner, f"{lowest[-1]} or more"]


def band_of(number: int, lowest: tuple[int, ...]) -> str:
    return band_names(lowest)[sum(low <= number for low in lowest) - 1]


def band(column: Deferred, lowest: tuple[int, ...]) -> Deferred:
    """The name of the band in which the column's number lies."""
    *inner, last = band_names(lowest)
    ends = zip(lowest[1:], inner, strict=True)
    return ibis.cases(*((column < end, name) for end, name in ends), else_=last)


@report(
    "customers/bought-again",
    Column("order_band", "text", "Orders of the customer up to that day.", "Orders"),
    Column("days_band", "text", "Days from their last order to that day.", "Days since the last"),
    Column("customers", "count", "Customers with such a history on that day."),
    Column("bought_again", "count", "Those of them who ordered in the days after it."),
    Column(
        "again_rate", "share", "Customers who bought again ÷ customers.", "Share that bought again"
    ),
    Column("as_of", "date", "The day in the past.", "On"),
    title="Who bought again",
    form=Horizon,
    chart=Heatmap(x="days_band", y="order_band", color="again_rate"),
    totals=None,
    key=("order_band", "days_band"),
)
def bought_again(shop: Shop, days: int) -> Table:
    """Of customers with such a history, how many bought again?

    Looks at the day that lies as many days before the end of the period, at what each customer
    had ordered by then, and at who ordered between then and the end. The first day of the period
    makes no difference.
    """
    sales = shop.history.filter(SOLD).mutate(as_of=days_before(shop.end, days=days))
    then = sales.filter(_.day <= _.as_of).group_by("customer_id", "as_of")
    then = then.agg(orders=_.count(), last_order=_.day.max())
    later = sales.filter(_.day > _.as_of).select(came="customer_id").distinct()
    each = then.left_join(later, then.customer_id == later.came)
    each = each.mutate(days_since=_.as_of.delta(_.last_order, unit="day"))
    bands = each.group_by(
        "as_of",
        order_band=band(_.orders, ORDER_BANDS),
        days_band=band(_.days_since, DAYS_BANDS),
    ).agg(
        customers=_.count(),
        bought_again=_.came.count(),
        fewest_orders=_.orders.min(),
        fewest_days=_.days_since.min(),
    )
    bands = bands.mutate(again_rate=ratio(_.bought_again, _.customers))
    # Bands do not overlap, so the least of each puts them in order.
    return bands.order_by("fewest_orders", "fewest_days")
