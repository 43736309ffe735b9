"""What is known of an order beyond its own row: facts that dimensions and measures join to it.

Facts do not depend on filters: a customer's first order is the first of all that the reader sees.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import ibis
from ibis import Table, _

from analytics.semantics.rfm import scored_customers
from analytics.semantics.shop import PRODUCTS, Shop
from analytics.semantics.steps import step
from ledger.engine import ledger_table

# Of rows with the facts "documents" and "first_order"; a return belongs to the order it returns.
is_first = _.returns_id.coalesce(_.order_id) == _.first_order_id


@dataclass(frozen=True)
class Fact:
    """A table with one row for each value of the key; but a product may have several tags."""

    key: str
    table: Callable[[Shop], Table]


def with_facts(shop: Shop, rows: Table, names: Iterable[str]) -> Table:
    """The rows of lines or orders with the columns of these facts."""
    for name in names:
        fact = FACTS[name]
        table = fact_table(shop, name)
        new = [column for column in table.columns if column not in rows.columns]
        if new:
            # A left join: guests have no customer, and products may have no tag.
            rows = rows.left_join(table.select(fact.key, *new), fact.key)
            rows = rows.drop(f"{fact.key}_right")
    return rows


@lru_cache(1024)
def fact_table(shop: Shop, name: str) -> Table:
    return step(FACTS[name].table(shop))


def all_sales(shop: Shop) -> Table:
    """Every order of a known customer that the reader sees, in any period."""
    ever = replace(shop.whole, start=None, end=None, hours=None, returns_on="return")
    return ever.history.filter(_.kind == "sale")


def first_orders(shop: Shop) -> Table:
    """The first order ever of each customer; the id decides between orders of one moment."""
    place = ibis.struct({"placed_at": _.placed_at, "order_id": _.order_id})
    return (
        all_sales(shop)
        .group_by("customer_id")
        .agg(first_order_id=_.order_id.argmin(place), first_day=_.day.min())
    )


def days_since_previous(shop: Shop) -> Table:
    in_turn = ibis.window(group_by="customer_id", order_by=["placed_at", "order_id"])
    gap = _.day.delta(_.day.lag().over(in_turn), unit="day")
    return all_sales(shop).select("order_id", days_since_previous=gap)


def documents(shop: Shop) -> Table:
    """Of rows of lines: those of orders have it already."""
    return ledger_table("orders").select("order_id", "source", "returns_id")


def order_amounts(shop: Shop) -> Table:
    """Of sales: a return has no value of its own that could be compared with theirs."""
    is_sale = _.kind == "sale"
    return ledger_table("orders").select(
        "order_id",
        whole_value=is_sale.ifelse(_.gross - _.discount, ibis.null()),
        whole_units=is_sale.ifelse(_.units, ibis.null()),
        has_voucher=_.voucher != 0,
    )


def rfm_groups(shop: Shop) -> Table:
    """Scored as everybody is who bought in the period, whatever the filters."""
    return scored_customers(shop.whole).select("customer_id", rfm_group=_.group)


FACTS = {
    "amounts": Fact("order_id", order_amounts),
    "countries": Fact("country_id", lambda shop: ledger_table("countries")),
    "customers": Fact("customer_id", lambda shop: ledger_table("customers").drop("country_id")),
    "documents": Fact("order_id", documents),
    "first_order": Fact("customer_id", first_orders),
    "previous_order": Fact("order_id", days_since_previous),
    "products": Fact("product_id", lambda shop: PRODUCTS.drop("price", "unit_cost", "is_active")),
    "rfm": Fact("customer_id", rfm_groups),
    "tags": Fact("product_id", lambda shop: ledger_table("product_tags")),
}
