"""RFM groups: how recently, how often and for how much customers buy."""

import ibis
from ibis import Table, _
from ibis.common.deferred import Deferred

from analytics.semantics.customer_queries import people, with_days_since
from analytics.semantics.shop import Shop

# Down: how recent the last order is, R. Across: how often and how much they buy, (F + M) / 2 up to
# the bound. Each of the 45 pairs of the two lies in one field. Prospects never bought: no score.
BOUNDS = (2, 3.5, 5)
GROUPS = {
    5: ("New", "Active", "Champions"),
    4: ("Promising", "Active", "Loyal"),
    3: ("Needs attention", "Needs attention", "Loyal"),
    2: ("Almost lost", "At risk", "Previously loyal"),
    1: ("Dormant", "At risk", "Previously loyal"),
}
PROSPECTS = "Prospects"
RFM_GROUPS = (*dict.fromkeys(name for row in GROUPS.values() for name in row), PROSPECTS)


def scored_customers(shop: Shop) -> Table:
    """A row for each customer of the period, with scores and the RFM group."""
    each = with_days_since(shop, people(shop.buyers)).select(
        "customer_id",
        recency_days=_.days_since,
        frequency=_.orders,
        monetary=_.revenue,
        r=quintile(_.last_order),
        f=quintile(_.orders),
        m=quintile(_.revenue),
    )
    digits = (_.r * 100 + _.f * 10 + _.m).cast("string")
    return each.mutate(score=digits, group=rfm_group())


def quintile(value: Deferred) -> Deferred:
    """From 1 to 5 by percent rank, which depends only on how many are smaller."""
    # Not ntile: it puts equal values in two fifths to make them equally large.
    fifth = (ibis.percent_rank().over(order_by=value) * 5).floor().cast("int64")
    # The highest percent rank is 1, which would be a sixth fifth.
    return ibis.least(fifth, 4) + 1


def rfm_group() -> Deferred:
    fields = (
        # Twice the bound of (F + M) / 2, to compare whole numbers.
        ((_.r == r) & (_.f + _.m <= int(2 * bound)), name)
        for r, names in GROUPS.items()
        for bound, name in zip(BOUNDS, names, strict=True)
    )
    return ibis.cases(*fields)
