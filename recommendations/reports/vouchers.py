"""Reports of voucher use by segment, and of the effect of vouchers."""

import ibis
from django import forms
from ibis import Table, _

from analytics.predictions.fit import note_of_fit
from analytics.semantics.charts import Bars
from analytics.semantics.customer_queries import SOLD
from analytics.semantics.filters import Filters, WithoutConditions
from analytics.semantics.measures import ratio
from analytics.semantics.report import Column, report
from analytics.semantics.shop import Shop
from recommendations.segments import kinds


class SegmentFilter(WithoutConditions):
    segment_name = forms.ChoiceField(
        required=False,
        choices=[(name, name.replace("_", " ")) for name in kinds()],
        help_text="Only segments by number of orders, days since the last order, or RFM group.",
    )


@report(
    "vouchers/segments",
    Column("country_id"),
    Column("country"),
    Column("segment_name", "text", "What the segment is based on.", "Kind of segment"),
    Column(
        "segment",
        "text",
        "Number of orders, days since the last one, or RFM group; or why vouchers were left out.",
    ),
    Column("amount", "number", "In the currency of the voucher."),
    Column("times", "count", "How often this amount was used in the segment."),
    Column("share", "share", "Share of the segment's vouchers."),
    Column("advice", "text", "Marks the amount that the segment gets: the most used one."),
    title="Voucher segments",
    form=SegmentFilter,
    chart=Bars(x="segment", y="times"),
    totals=None,
    note=note_of_fit("vouchers"),
    key=("country_id", "segment_name", "segment", "amount"),
)
def voucher_segments(shop: Shop, segment_name: str) -> Table:
    """Which voucher amounts do the customers of each segment use?

    Segments go by number of orders, days since the last order, or RFM group. All past vouchers
    count, whatever the period. Vouchers that cannot be assigned to a segment are listed with
    the reason.
    """
    rows = shop.rows_of_countries("vouchers")
    if segment_name:
        rows = rows.filter(rows.segment_name == segment_name)
    of_segment = ibis.window(group_by=["country_id", "segment_name", "place", "segment"])
    found = rows.mutate(
        share=ratio(_.times, _.times.sum().over(of_segment)),
        advice=_.chosen.ifelse("most used", ""),
    )
    order = "country", "segment_name", "place", "segment", "amount"
    return shop.named(found).order_by(*order)


class LiftParameters(Filters):
    days = forms.IntegerField(
        required=False, initial=30, min_value=1, max_value=365,
        help_text="Number of days after the voucher to compare.",
    )  # fmt: skip


MIN_VOUCHERS = 100  # customers on either side


@report(
    "recommendations/voucher-lift",
    Column("side", "text", "Customers who got their voucher, or were held out.", "Customers"),
    Column(
        "issued", "count", "Vouchers issued at least the chosen number of days ago.", "Vouchers"
    ),
    Column("orders_each", "number", "Orders per voucher in the days after.", "Orders per voucher"),
    Column(
        "revenue_each", "money", "Net sales per voucher in the days after.", "Net sales per voucher"
    ),
    Column("lift", "number", "Net sales per voucher − that of customers held out."),
    Column("lower", "number", "Lower bound of the lift, with 95 % confidence."),
    Column("upper", "number", "Upper bound of the lift, with 95 % confidence."),
    Column("verdict", "text", "The conclusion."),
    title="Voucher effect",
    form=LiftParameters,
    chart=Bars(x="side", y="revenue_each"),
    totals=None,
    note=note_of_fit("vouchers"),
)
def voucher_lift(shop: Shop, days: int) -> Table:
    """Do vouchers lead to more orders?

    Compares customers who got a voucher with customers held out at random.
    """
    each = voucher_outcomes(shop, days)
    sides = each.group_by("held_out").agg(
        issued=_.count(),
        orders_each=_.orders.cast("float64").mean(),
        revenue_each=_.revenue.cast("float64").mean(),
        # The variance of a mean, of each side by itself (Welch): vouchers may change it.
        spread=_.revenue.cast("float64").var(how="sample") / _.count(),
    )
    all_sides = ibis.window()
    without = {
        # Only one row is held out: `max` fetches its value for the other one.
        f"{name}_without": _[name].max(where=_.held_out).over(all_sides)
        for name in ("revenue_each", "spread", "issued")
    }
    lift_inputs = sides.mutate(
        **without, fewest=_.issued.min().over(all_sides), sides=_.count().over(all_sides)
    )
    enough = (_.sides == 2) & (_.fewest >= MIN_VOUCHERS) & ~_.held_out
    lift = enough.ifelse(_.revenue_each - _.revenue_each_without, ibis.null("float64"))
    # The normal quantile: with MIN_VOUCHERS on each side Student's t is nearly the same.
    margin = 1.96 * (_.spread + _.spread_without).sqrt()
    lifts = lift_inputs.mutate(lift=lift, margin=margin)
    lifts = lifts.mutate(lower=_.lift - _.margin, upper=_.lift + _.margin)
    return lifts.mutate(
        side=_.held_out.ifelse("held out", "got the voucher"),
        verdict=ibis.cases(
            (_.held_out, ""),
            (
                _.lift.isnull(),
                f"Not enough data yet: {MIN_VOUCHERS} vouchers are needed on each side.",
            ),
            (_.lower > 0, "Vouchers increase net sales."),
            (_.upper < 0, "Vouchers reduce net sales."),
            else_="No significant difference.",
        ),
    ).order_by("side")


def voucher_outcomes(shop: Shop, days: int) -> Table:
    """For each voucher the customer's purchases in the days after, if those are over."""
    issued = shop.rows_of_countries("issued")
    if shop.start is not None:
        issued = issued.filter(issued.issued_on.between(shop.start, shop.end))
    # A key, because a customer may get several vouchers.
    issued = issued.mutate(turn=ibis.row_number())
    sales = shop.history.select("order_id", "day", "revenue", "kind", buyer="customer_id")
    last = sales.agg(last=_.day.max())
    # By the last day of the books, not today: an import may be behind.
    past = issued.cross_join(last).filter(_.last.delta(_.issued_on, unit="day") >= days)
    bought = past.left_join(sales, past.customer_id == sales.buyer)
    # Not the day itself: an order may have been placed before the voucher was issued.
    after = _.day.delta(_.issued_on, unit="day").between(1, days)
    return bought.group_by("turn", "held_out").agg(
        orders=_.order_id.count(where=after & SOLD),
        # Without SOLD: returns are subtracted, as in net sales.
        revenue=_.revenue.sum(where=after).fill_null(0),
    )
